package org.align4j.recipes.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.align4j.core.UserException;

/** A process that measures and prints key=value pairs. */
final class BenchProcess {
    private BenchProcess() {}

    /** A Java process with the options and classes of this one. */
    static List<String> java(Class<?> main, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xms64m", "-Xmx1g"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments().stream().filter(a -> !a.startsWith("-Xm")).toList());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        return command;
    }

    /**
     * Runs a command and gives what it printed.
     *
     * @param ours whether idle OpenMP threads sleep, as Align4J's launcher has them; the peer sets its own threads
     */
    static String run(List<String> command, boolean ours) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        if (ours) {
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
        return output;
    }

    /** The number after {@code key=}; NaN where there is none. */
    static double value(String output, String key) {
        int at = output.indexOf(key + "=");
        return at < 0 ? Double.NaN : Double.parseDouble(output.substring(at + key.length() + 1).split("[\\s\\]]", 2)[0]);
    }
}
