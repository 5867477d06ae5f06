package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.align4j.recipes.rundir.RunFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a training process (SIGKILL) at random moments, half of the time while it writes a checkpoint, resumes it, and goes on until it has been
 * killed often enough and has come to its end: weights and metrics must be those of a run that was never killed.
 *
 * <p>The time goes into starting processes (some four seconds of processor time for each kill), so the default is eight kills;
 * {@code -Dalign4j.soak.kills=N} asks for more, {@code -Dalign4j.soak.seed=N} for other moments.
 */
class KillSoakTest {
    private static final int KILLS = Integer.getInteger("align4j.soak.kills", 8);
    private static final int STEPS = 30;
    private static final int PAUSE_MILLIS = 40;

    @TempDir
    Path temp;
    private int kills;
    private int whileSaving;

    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void killedAtRandomMoments() throws Exception {
        TinyRun.prepare(temp);
        Process undisturbed = start("whole", 0);
        assertEquals(0, undisturbed.waitFor(), () -> read(temp.resolve("whole.log")));
        RunFiles whole = new RunFiles(temp.resolve("whole"));
        SplittableRandom random = new SplittableRandom(Long.getLong("align4j.soak.seed", 1));
        int rounds = 0;
        while (kills < KILLS) {
            String output = "soak-" + rounds++;
            while (!attempt(output, random)) {
                kills++;
            }
            RunFiles files = new RunFiles(temp.resolve(output));
            assertArrayEquals(TinyRun.weights(whole), TinyRun.weights(files), "weights after " + kills + " kills");
            assertEquals(TinyRun.metrics(whole), TinyRun.metrics(files), "metrics after " + kills + " kills");
        }
        assertTrue(KILLS < 20 || whileSaving > 0, "none of " + kills + " kills hit the writing of a checkpoint");
        System.getLogger(KillSoakTest.class.getName()).log(System.Logger.Level.INFO, kills + " kills, " + whileSaving + " of them while a checkpoint was written");
    }

    /** Starts or resumes the run and kills it; true when it came to its end. */
    private boolean attempt(String output, SplittableRandom random) throws Exception {
        Path log = temp.resolve(output + ".log");
        Process p = start(output, PAUSE_MILLIS);
        try {
            boolean aim = random.nextBoolean();
            long delay = random.nextLong(aim ? 30 : 1500);
            long seed = random.nextLong(3);
            waitUntil(p, () -> Files.readString(log).contains("Backend "));
            if (aim && kills < KILLS) {
                // After a few saves of this process, in the middle of one.
                long[] left = {seed + 1};
                waitUntil(p, () -> saving(temp.resolve(output)) && left[0]-- <= 0);
            }
            Thread.sleep(aim ? delay / 10 : delay);
            if (kills < KILLS && p.isAlive()) {
                p.destroyForcibly().waitFor();
                whileSaving += saving(temp.resolve(output)) ? 1 : 0;
            }
            if (p.waitFor() == 0) {
                return true;
            }
            assertEquals(137, p.exitValue(), () -> "the run failed by itself:\n" + read(log));
            return false;
        } finally {
            p.destroyForcibly();
        }
    }

    private Process start(String output, int pauseMillis) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m", "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"), SoakMain.class.getName(), temp.toString(), output, Integer.toString(STEPS),
                Integer.toString(pauseMillis));
        // Several threads on operands this small wait for each other more than they work.
        builder.environment().put("OMP_NUM_THREADS", "1");
        return builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.to(temp.resolve(output + ".log").toFile())).start();
    }

    private interface Condition {
        boolean met() throws IOException;
    }

    private static void waitUntil(Process p, Condition c) throws IOException, InterruptedException {
        while (p.isAlive() && !c.met()) {
            Thread.sleep(1);
        }
    }

    /** Whether a checkpoint is there under its temporary name. */
    private static boolean saving(Path run) throws IOException {
        Path checkpoints = run.resolve("checkpoints");
        if (!Files.isDirectory(checkpoints)) {
            return false;
        }
        try (DirectoryStream<Path> list = Files.newDirectoryStream(checkpoints, ".step-*")) {
            return list.iterator().hasNext();
        }
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return List.of(e).toString();
        }
    }
}
