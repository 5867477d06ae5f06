package org.align4j.recipes.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.UserException;
import org.align4j.recipes.Align4j;

/** {@code align4j serve} in a process of its own. */
final class ServedProcess implements AutoCloseable {
    private static final Pattern PORT = Pattern.compile("^Serving .* on http://[^ ]*:(\\d+)");
    private final Process process;
    private final BufferedReader err;
    final int port;

    ServedProcess(Path model, List<String> options) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("serve", "--model", model.toString(), "--port", "0", "--no-access-log"));
        arguments.addAll(options);
        ProcessBuilder builder = new ProcessBuilder(BenchProcess.java(Align4j.class, arguments)).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putIfAbsent("OMP_WAIT_POLICY", "PASSIVE");
        process = builder.start();
        err = process.errorReader(StandardCharsets.UTF_8);
        StringBuilder said = new StringBuilder();
        Matcher m = null;
        for (String line = err.readLine(); line != null && m == null; line = m == null ? err.readLine() : line) {
            said.append(line).append('\n');
            Matcher one = PORT.matcher(line);
            m = one.find() ? one : null;
        }
        if (m == null) {
            throw new UserException("The service did not start:\n" + said);
        }
        port = Integer.parseInt(m.group(1));
    }

    /**
     * What became of a service that was told to end.
     *
     * @param answered requests it says it answered
     */
    record End(int exit, long answered, double seconds) {}

    /** Sends SIGTERM and waits. */
    End end() throws IOException, InterruptedException {
        long start = System.nanoTime();
        process.toHandle().destroy(); // the process's own method would close its streams as well
        long answered = -1;
        for (String line = err.readLine(); line != null; line = err.readLine()) {
            Matcher m = Pattern.compile("^Answered ([\\d,.\u00a0\u202f]+) requests").matcher(line);
            if (m.find()) {
                answered = Long.parseLong(m.group(1).replaceAll("\\D", ""));
            }
        }
        process.waitFor(60, TimeUnit.SECONDS);
        return new End(process.exitValue(), answered, (System.nanoTime() - start) * 1e-9);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
