package org.align4j.core.io;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.core.checkpoint.CheckpointStore;

/** Tries to write 4 MB in four ways into a directory that cannot take it, and prints what it met and what was left. */
public final class FullDiskMain {

    private FullDiskMain() {}

    public static void main(String[] args) throws Exception {
        Path dir = Path.of(args[0]);
        TensorEntry big = TensorEntry.of("w", DType.F32, new int[] {1 << 20}, (offset, dst, count) -> { });
        TensorEntry other = TensorEntry.of("v", DType.F32, new int[] {1 << 20}, (offset, dst, count) -> { });
        attempt(() -> SafeTensorsWriter.write(dir.resolve("x.safetensors"), List.of(big)));
        attempt(() -> ModelWriter.write(dir, List.of(big, other), 1 << 22));
        attempt(() -> AtomicFiles.write(dir.resolve("x.bin"), out -> out.write(new byte[1 << 22])));
        attempt(() -> CheckpointStore.open(dir).save(1, d -> Files.write(d.resolve("x"), new byte[1 << 22])));
        try (Stream<Path> left = Files.list(dir)) {
            System.out.println("left: " + left.toList());
        }
    }

    private static void attempt(Runnable action) {
        try {
            action.run();
            System.out.println("no failure");
        } catch (UserException e) {
            System.out.println("UserException: " + e.getMessage());
        }
    }
}
