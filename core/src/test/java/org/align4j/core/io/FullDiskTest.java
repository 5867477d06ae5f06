package org.align4j.core.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writing where the operating system says no; each case runs in a process with a file system or limit of its own. */
class FullDiskTest {
    @TempDir
    Path dir;

    private String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        return process.exitValue() + "\n" + output;
    }

    private String java(String setUp, String wrapper) throws IOException, InterruptedException {
        String jvm = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String script = setUp + " && exec '" + jvm + "' -Xmx200m -cp '" + System.getProperty("java.class.path") + "' "
                + FullDiskMain.class.getName() + " '" + dir + "'";
        return run(wrapper.isEmpty() ? List.of("sh", "-c", script) : List.of("unshare", "-m", "sh", "-c", script));
    }

    private void assumePrivateMounts() {
        try {
            String result = run(List.of("unshare", "-m", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs '" + dir + "'"));
            Assumptions.assumeTrue(result.startsWith("0\n"), "skipped: this system does not let the test mount a small disk of its own");
        } catch (IOException | InterruptedException e) {
            Assumptions.abort("skipped: this system has no unshare command");
        }
    }

    private static void assertRefused(String output, String reason) {
        List<String> lines = output.lines().toList();
        assertEquals("0", lines.get(0), output);
        assertEquals(4, lines.stream().filter(l -> l.contains("UserException") && l.contains(reason)).count(), output);
        assertTrue(output.contains("left: []"), output);
    }

    @Test
    void aFullDiskIsAnErrorThatLeavesNothing() throws Exception {
        assumePrivateMounts();
        assertRefused(java("mount -t tmpfs -o size=1m tmpfs '" + dir + "'", "unshare"), "the disk is full");
    }

    @Test
    void aReadOnlyDiskIsAnError() throws Exception {
        assumePrivateMounts();
        assertRefused(java("mount -t tmpfs -o ro tmpfs '" + dir + "'", "unshare"), "read-only");
    }

    @Test
    void aFileSizeLimitIsAnErrorThatLeavesNothing() throws Exception {
        Assumptions.assumeTrue(System.getProperty("os.name").startsWith("Linux"), "skipped: needs ulimit -f");
        assertRefused(java("ulimit -f 512", ""), "beyond what the file system or the process limit allows");
    }
}
