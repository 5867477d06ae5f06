package org.align4j.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.io.DType;
import org.align4j.core.io.FloatSource;
import org.align4j.core.io.ModelWriter;
import org.align4j.core.io.TensorEntry;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.model.config.Parameter;
import org.align4j.core.model.config.ParameterNames;
import org.align4j.recipes.Align4j;

/**
 * Merges synthetic models of more than a gigabyte each with the command line, in a process whose heap and buffers are limited, and says how much memory it took:
 * {@code MergeLargeModels DIRECTORY}. Needs 5 GB of disk there; all of it is removed at the end.
 */
public final class MergeLargeModels {
    private static final int HEAP_MB = 128;
    private static final int BUFFERS_MB = 32;
    /** 285 million parameters; the largest tensor alone has 66 million. */
    private static final ModelConfig CONFIG = ModelConfig.freshLlama(32_000, 2048, 5632, 3, 16, 16, 2048, false);

    private MergeLargeModels() {}

    /** A model whose values are a cheap hash of place and seed, within ±0.02. Finetuned models differ from the base by a tenth of that. */
    private static Path model(Path dir, int seed) throws IOException {
        Files.createDirectories(dir);
        Files.writeString(dir.resolve("config.json"), CONFIG.toJson());
        List<TensorEntry> entries = new ArrayList<>();
        for (Parameter p : ParameterNames.expected(CONFIG)) {
            int name = p.name().hashCode();
            FloatSource source = (offset, dst, count) -> {
                for (int i = 0; i < count; i++) {
                    dst[i] = 0.02f * hash(offset + i, name) + (seed == 0 ? 0 : 0.002f * hash(offset + i, name + seed));
                }
            };
            entries.add(TensorEntry.of(p.name(), DType.F32, p.shape(), source));
        }
        ModelWriter.write(dir, entries, seed == 0 ? 400_000_000 : Long.MAX_VALUE); // the base in shards, the others in one file
        return dir;
    }

    /** In [−1, 1). */
    private static float hash(long at, int seed) {
        int h = ((int) at ^ seed) * 0x9E3779B9;
        h = (h ^ h >>> 15) * 0x85EBCA6B;
        return (h ^ h >>> 13) * 0x1p-31f;
    }

    private static void merge(Path dir, String... arguments) throws IOException, InterruptedException {
        Path out = dir.resolve("merged");
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC", "-Xmx" + HEAP_MB + "m",
                "-XX:MaxDirectMemorySize=" + BUFFERS_MB + "m", "-cp", System.getProperty("java.class.path"), Align4j.class.getName(), "merge", "--out", out.toString()));
        command.addAll(List.of(arguments));
        long began = System.nanoTime();
        Process process = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        Map<String, Long> most = new HashMap<>();
        while (process.isAlive()) {
            sample(process.pid(), most);
            Thread.sleep(20);
        }
        System.out.printf("%-12s exit %d, %.0f s, %d MB written; heap at most %d MB, buffers at most %d MB; resident %d MB, of it %d MB of its own and %d MB pages of files%n",
                arguments[1], process.exitValue(), (System.nanoTime() - began) * 1e-9, Files.size(out.resolve("model.safetensors")) / 1_000_000, HEAP_MB, BUFFERS_MB,
                most.getOrDefault("VmHWM", 0L), most.getOrDefault("RssAnon", 0L), most.getOrDefault("RssFile", 0L));
        AtomicFiles.deleteTree(out);
    }

    /** Raises what is known of a process's memory, in MB, as Linux tells it. */
    private static void sample(long pid, Map<String, Long> most) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
                if (line.matches("(VmHWM|RssAnon|RssFile):.*")) {
                    most.merge(line.substring(0, line.indexOf(':')), Long.parseLong(line.replaceAll("\\D+", "")) / 1000, Math::max);
                }
            }
        } catch (IOException e) {
            return; // it has just ended
        }
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        Path dir = Files.createTempDirectory(Path.of(args[0]), "merge");
        try {
            String base = model(dir.resolve("base"), 0).toString();
            String a = model(dir.resolve("a"), 1).toString();
            String b = model(dir.resolve("b"), 2).toString();
            System.out.printf("Three models of %,d parameters, %.2f GB each%n", CONFIG.parameterCount(), 4e-9 * CONFIG.parameterCount());
            merge(dir, "--method", "linear", a, b);
            merge(dir, "--method", "slerp", "--t", "0.5", a, b);
            merge(dir, "--method", "dare_ties", "--density", "0.1", "--base", base, a, b);
            merge(dir, "--method", "ties", "--density", "0.2", "--base", base, a, b);
        } finally {
            AtomicFiles.deleteTree(dir);
        }
    }
}
