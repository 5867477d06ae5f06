package org.align4j.core.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that does nothing but save checkpoints is killed at random moments; whatever it left must be usable and whole. */
class KilledSavesTest {
    private static final int KILLS = 25;

    @TempDir
    Path dir;

    @Test
    void aKillAtAnyMomentLeavesAWholeNewestCheckpoint() throws IOException, InterruptedException {
        Random random = new Random(7);
        long last = 0;
        long oneSave = 200_000_000;
        for (int kill = 0; kill < KILLS; kill++) {
            Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx100m", "-Xshare:auto",
                    "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), KilledSavesMain.class.getName(), dir.toString())
                    .redirectErrorStream(true).start();
            BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            String line = out.readLine();
            if (!"ready".equals(line)) {
                fail(line + "\n" + String.join("\n", out.lines().toList()));
            }
            // The moment is random within the time one save takes, after none to three of them.
            long begun = System.nanoTime();
            int saves = random.nextInt(4);
            for (int i = 0; i < saves; i++) {
                line = out.readLine();
                assertTrue(line != null && line.startsWith("saved "), line);
            }
            if (saves > 0) {
                oneSave = (System.nanoTime() - begun) / saves;
            }
            Thread.sleep(Duration.ofNanos((long) (random.nextDouble() * oneSave)).toMillis());
            assertTrue(process.isAlive(), "the saving process ended by itself");
            process.destroyForcibly().waitFor();

            Optional<Checkpoint> newest = CheckpointStore.open(dir).newestValid(message -> fail("a kill must not damage a checkpoint: " + message));
            long step = newest.map(Checkpoint::step).orElse(0L);
            assertTrue(step >= last, "step " + step + " after " + last);
            last = step;
            if (newest.isPresent()) {
                assertEquals(KilledSavesMain.FILES, newest.get().files().size());
                for (int f = 0; f < KilledSavesMain.FILES; f++) {
                    assertArrayEquals(KilledSavesMain.content(step, f), Files.readAllBytes(newest.get().file("part-" + f)));
                }
            }
            try (var entries = Files.list(dir)) {
                assertTrue(entries.allMatch(p -> p.getFileName().toString().startsWith("step-")), "leftovers remain");
            }
        }
        assertTrue(last > KILLS / 2, "only " + last + " checkpoints were saved");
    }
}
