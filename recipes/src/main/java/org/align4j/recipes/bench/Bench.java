package org.align4j.recipes.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.Precision;
import org.align4j.core.backend.Tensor;

/**
 * The table of training speeds: whole updates on random weights, each configuration in a process of its own, rounds interleaved with a peer
 * when one is given. Speeds are compared within one run only.
 *
 * <p>Options: {@code --shapes A,B,C --modes sft,dpo --dtypes fp32,bf16 --rounds 3 --steps 4 --warm 2 --tunes full
 * --peer DIR}, tunes being some of full, cached, lora, dora, qlora and lisa, and DIR holding an executable
 * {@code peer.sh} that takes shape, mode and type as options and prints {@code median_s=… peak_rss_gb=…}.
 */
public final class Bench {
    private final Map<String, String> options = new LinkedHashMap<>(Map.of("shapes", "A,B,C", "modes", "sft,dpo", "dtypes", "fp32,bf16", "rounds", "3",
            "steps", "4", "warm", "2", "tunes", "full", "peer", ""));

    public static void main(String[] args) throws IOException, InterruptedException {
        new Bench().run(args);
    }

    private record Line(double seconds, double memory, double flops) {}

    private void run(String[] args) throws IOException, InterruptedException {
        if (args.length % 2 != 0) {
            System.out.println("Options, each with a value: " + options + "; peer is a directory that holds peer.sh");
            return;
        }
        for (int i = 0; i < args.length; i += 2) {
            if (!args[i].startsWith("--") || options.put(args[i].substring(2), args[i + 1]) == null) {
                throw new IllegalArgumentException("Unknown option " + args[i] + "; there are " + options.keySet());
            }
        }
        System.out.printf(Locale.ROOT, "Matmul ceiling, 2048×512×2048: %.0f GFLOP/s in float32, on %d threads%n", ceiling(), Runtime.getRuntime().availableProcessors());
        System.out.println("| shape | work | type | trained | Align4J s | tok/s | GB | useful GFLOP/s | peer s | GB | peer/Align4J time |");
        System.out.println("|---|---|---|---|---|---|---|---|---|---|---|");
        for (String dtype : list("dtypes")) {
            for (String shape : list("shapes")) {
                for (String mode : list("modes")) {
                    for (String tune : list("tunes")) {
                        row(shape, mode, dtype, tune);
                    }
                }
            }
        }
    }

    private List<String> list(String option) {
        return Arrays.asList(options.get(option).split(","));
    }

    private void row(String shape, String mode, String dtype, String tune) throws IOException, InterruptedException {
        List<Line> ours = new ArrayList<>();
        List<Line> theirs = new ArrayList<>();
        for (int r = 0; r < Integer.parseInt(options.get("rounds")); r++) {
            ours.add(measure(worker(shape, mode, dtype, tune)));
            if (!options.get("peer").isEmpty()) {
                theirs.add(measure(peer(shape, mode, dtype)));
            }
        }
        double seconds = median(ours);
        System.out.printf(Locale.ROOT, "| %s | %s | %s | %s | %.3f | %.0f | %.2f | %.0f |", shape, mode, dtype, tune, seconds, 2048 / seconds, memory(ours), ours.get(0).flops
                * ours.get(0).seconds / seconds);
        System.out.println(theirs.isEmpty() ? " | | |"
                : String.format(Locale.ROOT, " %.3f | %.2f | %.2f |", median(theirs), memory(theirs), median(theirs) / seconds));
    }

    private static double median(List<Line> lines) {
        double[] s = lines.stream().mapToDouble(Line::seconds).sorted().toArray();
        return s[s.length / 2];
    }

    private static double memory(List<Line> lines) {
        return lines.stream().mapToDouble(Line::memory).max().orElse(Double.NaN);
    }

    private List<String> worker(String shape, String mode, String dtype, String tune) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments().stream().filter(a -> !a.startsWith("-Xmx")).toList());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), BenchWorker.class.getName()));
        command.addAll(BenchWorker.arguments(shape, mode, dtype, Integer.parseInt(options.get("steps")), Integer.parseInt(options.get("warm")), tune));
        return command;
    }

    private List<String> peer(String name, String mode, String dtype) {
        BenchShape s = BenchShape.of(name);
        return List.of(Path.of(options.get("peer"), "peer.sh").toString(), "--dim", "" + s.dim(), "--layers", "" + s.layers(), "--heads", "" + s.heads(), "--kv",
                "" + s.kvHeads(), "--ffn", "" + s.ffn(), "--vocab", "" + s.vocab(), "--pairs", "4", "--T", "256", "--prompt", "128", "--steps", options.get("steps"),
                "--warm", options.get("warm"), "--dtype", dtype, "--mode", mode, "--head", "completion");
    }

    /** Each side runs with its own thread settings: Align4J's launcher lets idle OpenMP threads sleep, the peer sets its own. */
    private static Line measure(List<String> command) throws IOException, InterruptedException {
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
            throw new IOException("This failed: " + String.join(" ", command) + "\n" + output);
        }
        return new Line(value(output, "median_s"), value(output, "peak_rss_gb"), output.contains("useful_gflops") ? value(output, "useful_gflops") : Double.NaN);
    }

    private static double value(String output, String key) {
        String tail = output.substring(output.indexOf(key + "=") + key.length() + 1);
        return Double.parseDouble(tail.split("[\\s\\]]", 2)[0]);
    }

    /** GFLOP/s of the best of many products. */
    private static double ceiling() {
        try (Backend b = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend(); Tensor x = b.alloc(2048, 512); Tensor w = b.alloc(2048, 512);
                Tensor y = b.alloc(2048, 2048)) {
            b.fill(x, 1f);
            b.fill(w, 1f);
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
