package org.align4j.recipes.run;

import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.Hardware;
import org.align4j.recipes.cli.Commands;
import org.align4j.recipes.cli.Terminal;
import org.align4j.recipes.rundir.Provenance;
import org.align4j.recipes.rundir.internal.Machine;

/** Prints what the machine offers and what is made of it. */
final class Doctor {
    private final PrintWriter out;

    private Doctor(PrintWriter out) {
        this.out = out;
    }

    static void run(Commands.DoctorRequest request, Terminal terminal) {
        new Doctor(terminal.out()).print(request.measure());
    }

    private void print(boolean measure) {
        Backends.Chosen auto = Backends.open(Backends.Choice.AUTO, null);
        try (Backend open = auto.backend()) {
            line("Backend", auto.reason());
            auto.warnings().forEach(w -> line("", w));
        }
        Map<String, Object> cpu = Machine.cpu(Path.of("/proc/cpuinfo"));
        line("CPU", cpu.getOrDefault("model", System.getProperty("os.arch")) + ", " + cpu.get("cores") + " cores");
        line("Instructions", String.join(" ", features(cpu)));
        line("", "kernels for " + Hardware.instructionSet() + "; bfloat16 matrix instructions: " + (Hardware.bf16Units() ? "yes" : "no"));
        line("Threads", Hardware.workerThreads() + " of Java workers, " + openMp() + " of OpenMP" + waiting());
        memory();
        line("Java", System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + "), " + collectors());
        line("System", System.getProperty("os.name") + " " + System.getProperty("os.version") + " " + System.getProperty("os.arch"));
        StringBuilder versions = new StringBuilder("Align4J " + Provenance.version());
        Hardware.versions().forEach((name, v) -> versions.append(", ").append(name).append(' ').append(v));
        line("Versions", versions.toString());
        out.flush();
        if (measure) {
            Measurements.print(this::line);
        }
    }

    private void memory() {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean os) {
            line("Memory", gib(os.getTotalMemorySize()) + ", " + gib(available(os.getFreeMemorySize())) + " of it available");
        }
        long limit = Hardware.nativeLimit();
        line("Limits", "Java heap " + gib(Runtime.getRuntime().maxMemory()) + "; native memory, where tensors live, " + (limit == 0 ? "as much as the machine has" : gib(limit)));
    }

    /** Free memory and what the system would give back from its caches. */
    private static long available(long free) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
                if (line.startsWith("MemAvailable:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) << 10;
                }
            }
        } catch (java.io.IOException | NumberFormatException e) {
            return free;
        }
        return free;
    }

    private static List<?> featureList(Map<String, Object> cpu) {
        return cpu.get("features") instanceof List<?> f ? f : List.of();
    }

    private static List<String> features(Map<String, Object> cpu) {
        List<String> found = featureList(cpu).stream().map(Object::toString).toList();
        return found.isEmpty() ? List.of("unknown") : found;
    }

    private static String openMp() {
        String set = System.getenv("OMP_NUM_THREADS");
        return set == null ? Integer.toString(Runtime.getRuntime().availableProcessors()) : set + " (OMP_NUM_THREADS)";
    }

    private static String waiting() {
        StringBuilder s = new StringBuilder();
        for (String name : List.of("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")) {
            if (System.getenv(name) != null) {
                s.append(", ").append(name).append('=').append(System.getenv(name));
            }
        }
        return s.toString();
    }

    private static String collectors() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream().map(java.lang.management.MemoryManagerMXBean::getName).reduce((a, b) -> a + " + " + b).orElse("");
    }

    private void line(String name, String value) {
        out.printf("%-13s %s%n", name, value);
        out.flush();
    }

    private static String gib(long bytes) {
        return String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
    }
}
