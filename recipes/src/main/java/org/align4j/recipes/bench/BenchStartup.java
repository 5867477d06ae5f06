package org.align4j.recipes.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Precision;
import org.align4j.core.model.FreshWeights;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.train.Streams;
import org.align4j.recipes.cli.Terminal;

/**
 * The time from the start of the Java process to the end of the first update of a model read from safetensors files: random weights are written
 * to a temporary directory in each stored type, and fresh processes load and train them.
 */
final class BenchStartup {
    private static final int ROWS = 1;
    private static final int LENGTH = 64;
    /** Bytes touched for {@link #touching}. */
    private static final int TOUCHED = 1 << 29;
    private static final String[] PHASES = {"jvm", "libraries", "weights", "update", "total"};

    private BenchStartup() {}

    /** Prints a table, medians of {@code rounds} processes, and gives its lines. */
    static List<Map<String, Object>> run(BenchShape shape, List<String> precisions, int rounds, Terminal terminal) throws IOException, InterruptedException {
        List<Map<String, Object>> lines = new ArrayList<>();
        terminal.out().printf(Locale.ROOT, "Writing to memory the system has not handed out before: %.2f GB/s in one thread (an update of shape %s touches 2.2 GB)%n", touching(),
                shape.name());
        terminal.out().printf(Locale.ROOT, "Shape %s from disk (files in the page cache) to the end of an update of %d row of %d tokens; seconds, median of %d processes%n",
                shape.name(), ROWS, LENGTH, rounds);
        terminal.out().println("| stored | type | JVM and its classes | libraries | weights | first update | total |");
        terminal.out().println("|---|---|---|---|---|---|---|");
        Path directory = Files.createTempDirectory("align4j-bench");
        try {
            for (org.align4j.core.io.DType stored : List.of(org.align4j.core.io.DType.BF16, org.align4j.core.io.DType.F32)) {
                write(shape, directory, stored);
                for (String type : precisions) {
                    lines.add(line(stored.name().toLowerCase(Locale.ROOT), type, directory, rounds, terminal));
                }
            }
        } finally {
            delete(directory);
        }
        return lines;
    }

    /** What the first use of memory costs, which virtual machines often make dear. */
    private static double touching() {
        long t = System.nanoTime();
        ByteBuffer.allocateDirect(TOUCHED);
        return TOUCHED / (double) (System.nanoTime() - t);
    }

    static void write(BenchShape shape, Path directory, org.align4j.core.io.DType stored) throws IOException {
        ModelConfig config = shape.config(2 * LENGTH);
        try (Backend b = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend(); Parameters p = new Parameters(b, new ParameterLayout(config), DType.F32)) {
            FreshWeights.draw(config, p, Streams.of(0, "init", 0));
            ModelFiles.write(directory, config, p, stored);
        }
    }

    static void delete(Path directory) throws IOException {
        List<Path> all;
        try (Stream<Path> found = Files.walk(directory)) {
            all = found.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path p : all) {
            Files.delete(p);
        }
    }

    private static Map<String, Object> line(String stored, String type, Path directory, int rounds, Terminal terminal) throws IOException, InterruptedException {
        double[][] seconds = new double[PHASES.length][rounds];
        for (int r = 0; r < rounds; r++) {
            String output = BenchProcess.run(BenchProcess.java(StartupWorker.class, List.of(directory.toString(), type, "" + System.currentTimeMillis(), "" + ROWS,
                    "" + LENGTH)), true);
            for (int i = 0; i < PHASES.length; i++) {
                seconds[i][r] = BenchProcess.value(output, PHASES[i] + "_s");
            }
        }
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("stored", stored);
        line.put("type", type);
        terminal.out().printf(Locale.ROOT, "| %s | %s |", stored, type);
        for (int i = 0; i < PHASES.length; i++) {
            Arrays.sort(seconds[i]);
            line.put(PHASES[i] + "_seconds", seconds[i][rounds / 2]);
            terminal.out().printf(Locale.ROOT, " %.2f |", seconds[i][rounds / 2]);
        }
        terminal.out().println();
        terminal.out().flush();
        return line;
    }
}
