package org.align4j.core.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Safetensors files put together by hand, right or wrong. */
final class SafeTensorsBytes {

    private SafeTensorsBytes() {}

    static byte[] of(String header, byte... data) {
        return of(header.getBytes(StandardCharsets.UTF_8), data);
    }

    static byte[] of(byte[] header, byte[] data) {
        return ByteBuffer.allocate(8 + header.length + data.length).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length).put(header).put(data).array();
    }

    static Path file(Path dir, byte[] bytes) throws IOException {
        // Overwriting in place makes some file systems flush to the disk; a new file does not.
        Files.deleteIfExists(dir.resolve("made.safetensors"));
        return Files.write(dir.resolve("made.safetensors"), bytes);
    }

    static byte[] floats(float... values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (float v : values) {
            buffer.putFloat(v);
        }
        return buffer.array();
    }

    static float[] readAll(TensorSource source, String name) {
        float[] values = new float[Math.toIntExact(source.tensors().get(name).elements())];
        source.read(name, 0, values, 0, values.length);
        return values;
    }
}
