package org.align4j.recipes.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.recipes.cli.Commands.BenchRequest;
import org.align4j.recipes.cli.Terminal;

/**
 * Decoding speeds, every shape and type in a process of its own: tokens per second of one sequence beside what the machine could read (the copy bandwidth
 * divided by the bytes of bfloat16 weights, for every token needs every weight once), and of several at once beside what it could compute.
 */
final class BenchDecode {
    /** Sequences at once. */
    private static final int[] BATCHES = {1, 8, 32};
    /** So long does the just-in-time compiler take a share of the cores. */
    private static final int WARM_SECONDS = 10;

    private BenchDecode() {}

    /**
     * Prints a table as it grows and gives its lines.
     *
     * @param ceilings GFLOP/s of the matrix product by type
     * @param copy     GB/s of a copy, read and written
     */
    static List<Map<String, Object>> run(BenchRequest request, Terminal terminal, Map<String, Double> ceilings, double copy) throws IOException, InterruptedException {
        int tokens = request.length() - request.prompt();
        terminal.out().printf(Locale.ROOT, "Prompts of %d tokens, each its own, continued by %d; temperature 1 with log-probabilities; median of %d%n", request.prompt(), tokens,
                request.rounds());
        terminal.out().println("Bound: copy bandwidth ÷ bytes of the weights in bfloat16. Useful: 2 operations per weight and token.");
        terminal.out().println("| shape | type | MB | bound tok/s | batch 1 tok/s | of bound | batch 8 | batch 32 | batch 32 ÷ batch 1 | useful GFLOP/s at 32 | of ceiling |");
        terminal.out().println("|---|---|---|---|---|---|---|---|---|---|---|");
        List<Map<String, Object>> lines = new ArrayList<>();
        for (String type : request.precisions()) {
            for (String shape : request.shapes()) {
                lines.add(line(shape, type, tokens, request, terminal, ceilings.get(type), copy));
            }
        }
        return lines;
    }

    private static Map<String, Object> line(String shape, String type, int tokens, BenchRequest request, Terminal terminal, double ceiling, double copy)
            throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(shape, type, "" + request.prompt(), "" + tokens, "" + request.rounds(), "" + request.warm().orElse(WARM_SECONDS)));
        for (int b : BATCHES) {
            arguments.add("" + b);
        }
        String output = BenchProcess.run(BenchProcess.java(DecodeWorker.class, arguments), true);
        if (Boolean.getBoolean("align4j.bench.profile")) {
            terminal.out().println(output);
        }
        double bytes = BenchProcess.value(output, "bytes");
        double one = BenchProcess.value(output, "b1");
        double eight = BenchProcess.value(output, "b8");
        double many = BenchProcess.value(output, "b32");
        double bound = copy * 1e9 / bytes;
        double useful = bytes * many * 1e-9;
        terminal.out().printf(Locale.ROOT, "| %s | %s | %.0f | %.0f | %.1f | %.0f %% | %.0f | %.0f | %.1f | %.0f | %.0f %% |%n", shape, type, bytes * 1e-6, bound, one,
                100 * one / bound, eight, many, many / one, useful, 100 * useful / ceiling);
        terminal.out().flush();
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("shape", shape);
        line.put("type", type);
        line.put("bfloat16_bytes", bytes);
        line.put("bound_tokens_per_second", bound);
        line.put("batch_1_tokens_per_second", one);
        line.put("batch_8_tokens_per_second", eight);
        line.put("batch_32_tokens_per_second", many);
        line.put("batch_1_of_bound", one / bound);
        line.put("batch_32_over_batch_1", many / one);
        line.put("useful_gflops", useful);
        return line;
    }
}
