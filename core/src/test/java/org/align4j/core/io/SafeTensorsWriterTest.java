package org.align4j.core.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafeTensorsWriterTest {
    @TempDir
    Path dir;

    private List<String> names() throws IOException {
        try (Stream<Path> list = Files.list(dir)) {
            return list.map(p -> p.getFileName().toString()).sorted().toList();
        }
    }

    private static TensorEntry entry(String name, DType dtype, int[] shape, float... values) {
        return TensorEntry.of(name, dtype, shape, FloatSource.of(values));
    }

    @Test
    void bytesAreThoseOfTheFormat() throws IOException {
        Path file = dir.resolve("x.safetensors");
        SafeTensorsWriter.write(file, List.of(entry("h", DType.BF16, new int[] {1}, 1f), entry("w", DType.F32, new int[] {1, 2}, 1f, -2f)));
        // Wider types first, so that the float32 data is aligned; the header is padded with spaces to a multiple of 8.
        String header = "{\"__metadata__\":{\"format\":\"pt\"},\"w\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
                + "\"h\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[8,10]}}";
        String padded = header + " ".repeat((8 - header.length() % 8) % 8);
        byte[] data = {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, (byte) 0xc0, (byte) 0x80, 0x3f};
        assertArrayEquals(SafeTensorsBytes.of(padded, data), Files.readAllBytes(file));
        assertEquals(List.of("x.safetensors"), names());
    }

    @Test
    void whatIsWrittenIsReadBackRoundedToItsType() {
        int n = 700_001;
        float[] values = new float[n];
        Random random = new Random(1);
        for (int i = 0; i < n; i++) {
            values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(9) - 6));
        }
        Path file = dir.resolve("r.safetensors");
        SafeTensorsWriter.write(file, List.of(entry("a \"\u00e9\n", DType.F32, new int[] {n}, values), entry("b", DType.BF16, new int[] {n}, values),
                entry("c", DType.F16, new int[] {n}, values), entry("empty", DType.F32, new int[] {0, 3})), Map.of());
        try (SafeTensorsFile read = SafeTensorsFile.open(file)) {
            assertTrue(read.metadata().isEmpty());
            assertArrayEquals(values, SafeTensorsBytes.readAll(read, "a \"\u00e9\n"));
            float[] b = SafeTensorsBytes.readAll(read, "b");
            float[] c = SafeTensorsBytes.readAll(read, "c");
            for (int i = 0; i < n; i++) {
                assertEquals(HalfFloats.bf16ToFloat(HalfFloats.floatToBf16(values[i])), b[i]);
                assertEquals(HalfFloats.f16ToFloat(HalfFloats.floatToF16(values[i])), c[i]);
                assertEquals(values[i], b[i], Math.abs(values[i]) / 256);
                assertEquals(values[i], c[i], Math.abs(values[i]) / 2048 + 0x1p-25);
            }
        }
    }

    @Test
    void aValueBeyondTheRangeOfItsTypeIsNamedAndNothingIsWritten() throws IOException {
        Path file = dir.resolve("x.safetensors");
        UserException e = assertThrows(UserException.class, () ->
                SafeTensorsWriter.write(file, List.of(entry("w", DType.F16, new int[] {3}, 1, 70000, 2))));
        assertTrue(e.getMessage().contains("\"w\": element 1 is 70000.0, beyond the range of F16"), e.getMessage());
        assertEquals(List.of(), names());
        SafeTensorsWriter.write(file, List.of(entry("w", DType.F16, new int[] {1}, Float.POSITIVE_INFINITY)));
        assertThrows(UserException.class, () ->
                SafeTensorsWriter.write(file, List.of(entry("w", DType.BF16, new int[] {1}, Float.MAX_VALUE))));
        try (SafeTensorsFile read = SafeTensorsFile.open(file)) {
            assertArrayEquals(new float[] {Float.POSITIVE_INFINITY}, SafeTensorsBytes.readAll(read, "w"));
        }
    }

    @Test
    void aFailingSourceLeavesTheFileThatWasThere() throws IOException {
        Path file = dir.resolve("x.safetensors");
        SafeTensorsWriter.write(file, List.of(entry("w", DType.F32, new int[] {1}, 5)));
        byte[] before = Files.readAllBytes(file);
        TensorEntry failing = TensorEntry.of("w", DType.F32, new int[] {1 << 20}, (offset, dst, count) -> {
            if (offset > 0) {
                throw new IllegalStateException("source failed");
            }
        });
        assertThrows(IllegalStateException.class, () -> SafeTensorsWriter.write(file, List.of(failing)));
        assertThrows(IllegalStateException.class, () -> ModelWriter.write(dir, List.of(failing, failing), 1));
        assertArrayEquals(before, Files.readAllBytes(file));
        assertEquals(List.of("x.safetensors"), names());
    }

    @Test
    void wordsComeBackBitForBit() {
        int[] words = {0, 1, -1, 0x7fc00001, 0xff800001, Integer.MIN_VALUE, 42};
        TensorEntry entry = TensorEntry.words("w", new long[] {7}, (offset, dst, count) -> System.arraycopy(words, (int) offset, dst, 0, count));
        SafeTensorsWriter.write(dir.resolve("x"), List.of(entry, entry("f", DType.F32, new int[] {1}, 5)));
        try (SafeTensorsFile file = SafeTensorsFile.open(dir.resolve("x"))) {
            int[] found = new int[7];
            file.readWords("w", 0, found, 7);
            assertArrayEquals(words, found);
            file.readWords("w", 5, found, 2);
            assertEquals(42, found[1]);
            assertThrows(org.align4j.core.UserException.class, () -> file.readWords("f", 0, found, 1));
            assertThrows(org.align4j.core.UserException.class, () -> file.read("w", 0, new float[7], 0, 7));
            assertThrows(IndexOutOfBoundsException.class, () -> file.readWords("w", 1, found, 7));
        }
    }

    @Test
    void misuseIsRefused() {
        TensorEntry w = entry("w", DType.F32, new int[] {1}, 5);
        assertThrows(IllegalArgumentException.class, () -> SafeTensorsWriter.write(dir.resolve("x"), List.of(w, w)));
        assertThrows(IllegalArgumentException.class, () -> entry("w", DType.I32, new int[] {1}, 5));
        assertThrows(IllegalArgumentException.class, () -> entry("__metadata__", DType.F32, new int[] {1}, 5));
        assertThrows(IllegalArgumentException.class, () -> entry("w", DType.F32, new int[] {-1}, 5));
    }
}
