package org.align4j.core.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Saves checkpoints without pause until it is killed, every fourth of them twice. */
public final class KilledSavesMain {
    static final int FILES = 5;
    static final int SIZE = 60_000;

    private KilledSavesMain() {}

    public static void main(String[] args) {
        CheckpointStore store = CheckpointStore.open(Path.of(args[0]));
        long step = store.newestValid(message -> {
            throw new IllegalStateException(message);
        }).map(Checkpoint::step).orElse(0L);
        System.out.println("ready");
        while (true) {
            step++;
            save(store, step);
            if (step % 4 == 0) {
                save(store, step);
            }
            store.prune(2);
            System.out.println("saved " + step);
        }
    }

    private static void save(CheckpointStore store, long step) {
        store.save(step, d -> {
            for (int f = 0; f < FILES; f++) {
                Files.write(d.resolve("part-" + f), content(step, f));
            }
        });
    }

    static byte[] content(long step, int file) {
        byte[] bytes = new byte[SIZE];
        Arrays.fill(bytes, (byte) (step * 31 + file));
        return bytes;
    }
}
