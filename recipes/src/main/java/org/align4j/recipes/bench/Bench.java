package org.align4j.recipes.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Precision;
import org.align4j.core.backend.Tensor;
import org.align4j.core.io.AtomicFiles;
import org.align4j.recipes.cli.Commands.BenchRequest;
import org.align4j.recipes.cli.Terminal;
import tools.jackson.databind.json.JsonMapper;

/**
 * The table of training speeds: whole updates on random weights, each configuration in a process of its own, rounds interleaved with a peer
 * when one is given. Speeds are compared within one run only.
 *
 * <p>The peer is a directory with an executable {@code peer.sh} that takes shape, work and type as options and prints
 * {@code median_s=… peak_rss_gb=…}.
 */
public final class Bench {
    private final BenchRequest request;
    private final Terminal terminal;
    private final Map<String, Double> ceilings = new LinkedHashMap<>();
    private final List<Map<String, Object>> lines = new ArrayList<>();

    private Bench(BenchRequest request, Terminal terminal) {
        this.request = request;
        this.terminal = terminal;
    }

    /** Measures what is asked for and prints the table as it grows. */
    public static void run(BenchRequest request, Terminal terminal) {
        if (request.prompt() >= request.length()) {
            throw new UserException("--prompt " + request.prompt() + " leaves nothing of --length " + request.length() + " for responses; make it shorter.");
        }
        try {
            new Bench(request, terminal).run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What one process measured. */
    private record Measured(double seconds, double memory, double flops) {}

    private void run() throws IOException, InterruptedException {
        for (String type : request.precisions()) {
            ceilings.put(type, ceiling(type.equals("bf16") ? Precision.BF16 : Precision.FP32));
            terminal.out().printf(Locale.ROOT, "Matmul ceiling, 2048×512×2048, %s: %.0f GFLOP/s on %d threads%n", type, ceilings.get(type),
                    Runtime.getRuntime().availableProcessors());
        }
        terminal.out().printf(Locale.ROOT, "%d pairs or %d rows of %d tokens, %d of them prompt; median of %d x %d updates%n", request.pairs(), 2 * request.pairs(),
                request.length(), request.prompt(), request.rounds(), request.steps());
        terminal.out().println("| shape | work | type | trained | Align4J s | tok/s | GB | useful GFLOP/s | of ceiling | peer s | GB | peer/Align4J time |");
        terminal.out().println("|---|---|---|---|---|---|---|---|---|---|---|---|");
        for (String type : request.precisions()) {
            for (String shape : request.shapes()) {
                for (String work : request.works()) {
                    rows(shape, work, type);
                }
            }
        }
        request.json().ifPresent(this::write);
    }

    private void write(Path file) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("ceiling_gflops", ceilings);
        all.put("pairs", request.pairs());
        all.put("length", request.length());
        all.put("prompt", request.prompt());
        all.put("rounds", request.rounds());
        all.put("steps", request.steps());
        all.put("rows", lines);
        AtomicFiles.write(file, out -> out.write(JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsBytes(all)));
    }

    /** Every way to train and the peer in turn, round after round. */
    private void rows(String shape, String work, String type) throws IOException, InterruptedException {
        Map<String, List<Measured>> ours = new LinkedHashMap<>();
        request.tunes().forEach(t -> ours.put(t, new ArrayList<>()));
        List<Measured> theirs = new ArrayList<>();
        for (int r = 0; r < request.rounds(); r++) {
            for (String tune : request.tunes()) {
                ours.get(tune).add(measure(worker(shape, work, type, tune)));
            }
            if (request.peer().isPresent()) {
                theirs.add(measure(peer(shape, work, type)));
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
            terminal.out().println(" | | |");
        } else {
            line.put("peer_seconds", median(theirs));
            line.put("peer_memory_gb", memory(theirs));
            terminal.out().printf(Locale.ROOT, " %.3f | %.2f | %.2f |%n", median(theirs), memory(theirs), median(theirs) / seconds);
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
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments().stream().filter(a -> !a.startsWith("-Xmx")).toList());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), BenchWorker.class.getName(), shape, work, type, "" + request.pairs(),
                "" + request.length(), "" + request.prompt(), "" + request.steps(), "" + request.warm(), tune));
        return command;
    }

    private List<String> peer(String shape, String work, String type) {
        BenchShape s = BenchShape.of(shape);
        return List.of(request.peer().orElseThrow().resolve("peer.sh").toString(), "--dim", "" + s.dim(), "--layers", "" + s.layers(), "--heads", "" + s.heads(),
                "--kv", "" + s.kvHeads(), "--ffn", "" + s.ffn(), "--vocab", "" + s.vocab(), "--pairs", "" + request.pairs(), "--T", "" + request.length(), "--prompt",
                "" + request.prompt(), "--steps", "" + request.steps(), "--warm", "" + request.warm(), "--dtype", type, "--mode", work, "--head", "completion");
    }

    /** Each side runs with its own thread settings: Align4J's launcher lets idle OpenMP threads sleep, the peer sets its own. */
    private static Measured measure(List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        if (command.contains(BenchWorker.class.getName())) {
            builder.environment().putIfAbsent("OMP_WAIT_POLICY", "PASSIVE");
        } else {
            builder.environment().remove("OMP_WAIT_POLICY");
        }
        Process p = builder.start();
        String output;
        try (BufferedReader r = p.inputReader(StandardCharsets.UTF_8)) {
            output = r.lines().collect(Collectors.joining("\n"));
        }
        if (p.waitFor() != 0) {
            throw new UserException("This failed: " + String.join(" ", command) + "\n" + output);
        }
        return new Measured(value(output, "median_s"), value(output, "peak_rss_gb"),
                output.contains("useful_gflops") ? value(output, "useful_gflops") : Double.NaN);
    }

    private static double value(String output, String key) {
        String tail = output.substring(output.indexOf(key + "=") + key.length() + 1);
        return Double.parseDouble(tail.split("[\\s\\]]", 2)[0]);
    }

    /** GFLOP/s of the best of many products. */
    private static double ceiling(Precision precision) {
        try (Backend b = Backends.open(Backends.Choice.AUTO, precision).backend(); Tensor x = b.alloc(2048, 512);
                Tensor w = b.alloc(precision == Precision.BF16 ? DType.BF16 : DType.F32, 2048, 512); Tensor y = b.alloc(2048, 2048)) {
            b.fill(x, 1f);
            b.copy(w, x);
            double best = Double.MAX_VALUE;
            for (int i = 0; i < 60; i++) {
                long t = System.nanoTime();
                b.matmul(y, x, false, w, true, false);
                best = Math.min(best, System.nanoTime() - t);
            }
            return 2.0 * 2048 * 512 * 2048 / best;
        }
    }
}
