package org.align4j.recipes.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.recipes.cli.Commands.BenchRequest;
import org.align4j.recipes.cli.Terminal;

/**
 * The table of training speeds: every configuration in a process of its own, rounds interleaved with a peer when one is given.
 *
 * <p>The peer is a directory with an executable {@code peer.sh} that takes shape, work and type as options and prints
 * {@code median_s=… peak_rss_gb=…}. It knows sft and dpo; beside a list stands its dpo over as many rows, in pairs.
 */
final class BenchTable {
    private final BenchRequest request;
    private final Terminal terminal;
    private final Map<String, Double> ceilings;
    private final List<Map<String, Object>> lines = new ArrayList<>();

    /** @param ceilings GFLOP/s of the matrix product by type */
    BenchTable(BenchRequest request, Terminal terminal, Map<String, Double> ceilings) {
        this.request = request;
        this.terminal = terminal;
        this.ceilings = ceilings;
    }

    /** What one process measured. */
    record Measured(double seconds, double memory, double flops) {
        static Measured of(String output) {
            return new Measured(BenchProcess.value(output, "median_s"), BenchProcess.value(output, "peak_rss_gb"), BenchProcess.value(output, "useful_gflops"));
        }
    }

    /** Prints the table as it grows and gives its lines. */
    List<Map<String, Object>> run() throws IOException, InterruptedException {
        terminal.out().printf(Locale.ROOT, "%d rows of %d tokens, %d of them prompt: %1$d rows (sft), %d pairs (dpo) or lists of %d (list); median of %d x %d updates%n",
                2 * request.pairs(), request.length(), request.prompt(), request.pairs(), request.responses(), request.rounds(), request.steps());
        if (request.peer().isPresent()) {
            terminal.out().println("At the ceiling: that ratio if all useful operations ran as fast as the matmul ceiling and nothing else took time.");
            terminal.out().println("The peer computes its reference in every update, and has no lists: beside list stands its dpo over as many rows.");
        }
        terminal.out().println("| shape | work | type | trained | Align4J s | tok/s | GB | useful GFLOP/s | of ceiling | peer s | GB | peer/Align4J time | at the ceiling |");
        terminal.out().println("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        for (String type : request.precisions()) {
            for (String shape : request.shapes()) {
                for (String work : request.works()) {
                    rows(shape, work, type);
                }
            }
        }
        return lines;
    }

    /** Every way to train and the peer in turn, round after round. */
    private void rows(String shape, String work, String type) throws IOException, InterruptedException {
        Map<String, List<Measured>> ours = new LinkedHashMap<>();
        request.tunes().forEach(t -> ours.put(t, new ArrayList<>()));
        List<Measured> theirs = new ArrayList<>();
        for (int r = 0; r < request.rounds(); r++) {
            for (String tune : request.tunes()) {
                ours.get(tune).add(Measured.of(BenchProcess.run(worker(shape, work, type, tune), true)));
            }
            if (request.peer().isPresent()) {
                theirs.add(Measured.of(BenchProcess.run(peer(shape, work, type), false)));
            }
        }
        ours.forEach((tune, measured) -> row(shape, work, type, tune, measured, theirs));
    }

    private void row(String shape, String work, String type, String tune, List<Measured> ours, List<Measured> theirs) {
        double seconds = median(ours);
        double speed = 2.0 * request.pairs() * request.length() / seconds;
        double flops = ours.get(0).flops * ours.get(0).seconds / seconds;
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("shape", shape);
        line.put("work", work);
        line.put("type", type);
        line.put("trained", tune);
        line.put("seconds", seconds);
        line.put("tokens_per_second", speed);
        line.put("memory_gb", memory(ours));
        terminal.out().printf(Locale.ROOT, "| %s | %s | %s | %s | %.3f | %.0f | %.2f |", shape, work, type, tune, seconds, speed, memory(ours));
        if (Double.isNaN(flops)) {
            terminal.out().print(" | |");
        } else {
            line.put("useful_gflops", flops);
            terminal.out().printf(Locale.ROOT, " %.0f | %.0f %% |", flops, 100 * flops / ceilings.get(type));
        }
        if (theirs.isEmpty()) {
            terminal.out().println(" | | | |");
        } else {
            line.put("peer_work", peerWork(work));
            line.put("peer_seconds", median(theirs));
            line.put("peer_memory_gb", memory(theirs));
            double most = median(theirs) * ceilings.get(type) / (flops * seconds);
            terminal.out().printf(Locale.ROOT, " %.3f | %.2f | %.2f | %s |%n", median(theirs), memory(theirs), median(theirs) / seconds,
                    Double.isNaN(most) ? "" : String.format(Locale.ROOT, "%.2f", most));
        }
        terminal.out().flush();
        lines.add(line);
    }

    private static double median(List<Measured> all) {
        double[] s = all.stream().mapToDouble(Measured::seconds).sorted().toArray();
        return s[s.length / 2];
    }

    private static double memory(List<Measured> all) {
        return all.stream().mapToDouble(Measured::memory).max().orElse(Double.NaN);
    }

    private List<String> worker(String shape, String work, String type, String tune) {
        return BenchProcess.java(BenchWorker.class, List.of(shape, work, type, "" + request.pairs(), "" + request.length(), "" + request.prompt(),
                "" + request.steps(), warm(shape), tune, "" + request.responses()));
    }

    private String warm(String shape) {
        return "" + request.warm().orElse(BenchShape.of(shape).warm());
    }

    private static String peerWork(String work) {
        return work.equals("sft") ? "sft" : "dpo";
    }

    private List<String> peer(String shape, String work, String type) {
        BenchShape s = BenchShape.of(shape);
        Path program = request.peer().orElseThrow().resolve("peer.sh");
        return List.of(program.toString(), "--dim", "" + s.dim(), "--layers", "" + s.layers(), "--heads", "" + s.heads(), "--kv", "" + s.kvHeads(), "--ffn",
                "" + s.ffn(), "--vocab", "" + s.vocab(), "--pairs", "" + request.pairs(), "--T", "" + request.length(), "--prompt", "" + request.prompt(),
                "--steps", "" + request.steps(), "--warm", warm(shape), "--dtype", type, "--mode", peerWork(work), "--head", "completion");
    }
}
