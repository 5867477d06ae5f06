package org.align4j.core.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafeTensorsFileTest {
    @TempDir
    Path dir;

    @Test
    void readsEveryFloatingTypeInFileOrder() throws IOException {
        ByteBuffer data = ByteBuffer.allocate(8 + 8 + 4 + 4 + 3).order(ByteOrder.LITTLE_ENDIAN);
        data.putFloat(1.5f).putFloat(-2.25f).putDouble(1e-3).putShort((short) 0x3f80).putShort((short) 0xc000)
                .putShort((short) 0x3c00).putShort((short) 0x0001).put(new byte[] {1, 2, 3});
        String header = "{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"u\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[24,27]},"
                + "\"h\":{\"dtype\":\"F16\",\"shape\":[2,1],\"data_offsets\":[20,24]},"
                + "\"f\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                + "\"s\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[8,16]},"
                + "\"none\":{\"dtype\":\"F32\",\"shape\":[0,7],\"data_offsets\":[16,16]},"
                + "\"b\":{\"dtype\":\"BF16\",\"shape\":[1,2],\"data_offsets\":[16,20]}}";
        try (SafeTensorsFile file = SafeTensorsFile.open(SafeTensorsBytes.file(dir, SafeTensorsBytes.of(header, data.array())))) {
            assertEquals(List.of("f", "s", "none", "b", "h", "u"), List.copyOf(file.tensors().keySet()));
            assertEquals(Map.of("format", "pt"), file.metadata());
            assertArrayEquals(new float[] {1.5f, -2.25f}, SafeTensorsBytes.readAll(file, "f"));
            assertArrayEquals(new float[] {1e-3f}, SafeTensorsBytes.readAll(file, "s"));
            assertArrayEquals(new float[] {1f, -2f}, SafeTensorsBytes.readAll(file, "b"));
            assertArrayEquals(new float[] {1f, 0x1p-24f}, SafeTensorsBytes.readAll(file, "h"));
            assertArrayEquals(new float[0], SafeTensorsBytes.readAll(file, "none"));
            assertTrue(file.tensors().get("h").hasShape(2, 1));
            float[] some = {9, 9, 9};
            file.read("f", 1, some, 1, 1);
            assertArrayEquals(new float[] {9, -2.25f, 9}, some);
            assertThrows(IndexOutOfBoundsException.class, () -> file.read("f", 1, some, 0, 2));
            assertThrows(IndexOutOfBoundsException.class, () -> file.read("f", -1, some, 0, 1));
            assertThrows(IndexOutOfBoundsException.class, () -> file.read("f", Long.MAX_VALUE, some, 0, 1));
            UserException type = assertThrows(UserException.class, () -> file.read("u", 0, some, 0, 1));
            assertTrue(type.getMessage().contains("\"u\" has type U8"), type.getMessage());
            UserException absent = assertThrows(UserException.class, () -> file.read("zz", 0, some, 0, 1));
            assertTrue(absent.getMessage().contains("\"zz\""), absent.getMessage());
        }
    }

    @Test
    void aClosedFileRefusesToRead() throws IOException {
        SafeTensorsFile file = SafeTensorsFile.open(SafeTensorsBytes.file(dir, SafeTensorsBytes.of(
                "{\"f\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", new byte[4])));
        assertArrayEquals(new float[] {0}, SafeTensorsBytes.readAll(file, "f"));
        file.close();
        file.close();
        assertThrows(IllegalStateException.class, () -> file.read("f", 0, new float[1], 0, 1));
    }

    @Test
    void tensorsMayCrossWindowsAtAnyAlignment() throws IOException {
        float[] values = new float[1000];
        for (int i = 0; i < values.length; i++) {
            values[i] = i * 0.37f - 100;
        }
        for (int spaces = 0; spaces < 8; spaces++) {
            String header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1000],\"data_offsets\":[0,4000]}}" + " ".repeat(spaces);
            Path path = SafeTensorsBytes.file(dir, SafeTensorsBytes.of(header, SafeTensorsBytes.floats(values)));
            try (SafeTensorsFile file = SafeTensorsFile.open(path, 64)) {
                assertArrayEquals(values, SafeTensorsBytes.readAll(file, "a"));
                for (int i = 0; i < values.length; i++) {
                    float[] one = new float[1];
                    file.read("a", i, one, 0, 1);
                    assertEquals(values[i], one[0]);
                }
            }
        }
    }

    @Test
    void tensorsMayExceedTwoGibibytes() throws IOException {
        long elements = 700_000_000L;
        String header = "{\"big\":{\"dtype\":\"F32\",\"shape\":[700000,1000],\"data_offsets\":[0," + elements * 4 + "]},"
                + "\"tail\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[" + elements * 4 + "," + (elements * 4 + 2) + "]}}";
        byte[] head = SafeTensorsBytes.of(header);
        Path path = dir.resolve("big.safetensors");
        try (FileChannel out = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            out.write(ByteBuffer.wrap(head));
            long border = (1L << 30) / 4 - 2;
            for (long at : new long[] {border, border + 1, border + 2, 2 * border + 3, elements - 1}) {
                out.write(ByteBuffer.wrap(SafeTensorsBytes.floats(at)), head.length + at * 4);
            }
            out.write(ByteBuffer.wrap(new byte[] {(byte) 0x80, 0x3f}), head.length + elements * 4);
            try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
                float[] four = new float[4];
                file.read("big", border - 1, four, 0, 4);
                assertArrayEquals(new float[] {0, border, border + 1, border + 2}, four);
                file.read("big", 2 * border + 3, four, 0, 1);
                assertEquals((float) (2 * border + 3), four[0]);
                file.read("big", elements - 2, four, 0, 2);
                assertArrayEquals(new float[] {0, elements - 1}, new float[] {four[0], four[1]});
                assertArrayEquals(new float[] {1}, SafeTensorsBytes.readAll(file, "tail"));
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}} | "a" appears twice
            {"a":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}} | "a.shape" appears twice
            {"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}} | dtype "F33" is not known
            {"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}} | dtype must be a string, found 7
            {"a":{"shape":[2],"data_offsets":[0,8]}} | dtype must be a string, found nothing
            {"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}} | shape must be a list of integers, found 2
            {"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}} | shape[0] must be an integer
            {"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}} | shape[0] must be an integer
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,99999999999999999999]}} | data_offsets[1] must be an integer
            {"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}} | more elements than can be addressed
            {"a":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}} | more elements than can be addressed
            {"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}} | takes 12 bytes, but its data_offsets [0, 8] span 8
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}} | begin <= end
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4,8]}} | begin <= end
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} | describes 4 bytes of data, the file has 8
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}} | begins at byte 4 but the start of the data ends at 0
            {"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}} | lie beyond the 8 bytes
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}} | begins at byte 4 but tensor "a" ends at 8
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}} | unknown key "x"
            {"a":[1]} | must be an object with dtype, shape and data_offsets, found a list
            {"__metadata__":{"x":1},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} | "x" must be a string, found 1
            {"__metadata__":[]} | must be an object of strings
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} x | not valid JSON
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} {} | text follows
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]} | not valid JSON
            [1] | does not begin with '{'
            ' {}' | does not begin with '{'
            '' | does not begin with '{'
            """)
    void lyingHeadersAreRefusedByName(String header, String expected) throws IOException {
        Path path = SafeTensorsBytes.file(dir, SafeTensorsBytes.of(header, new byte[8]));
        UserException e = assertThrows(UserException.class, () -> SafeTensorsFile.open(path));
        assertTrue(e.getMessage().contains(expected) && e.getMessage().contains(path.toString()), e.getMessage());
    }

    @Test
    void impossibleHeaderLengthsAreRefusedBeforeAnythingIsAllocated() throws IOException {
        for (long length : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 40, Integer.MAX_VALUE, 100_000_001, 57}) {
            byte[] bytes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
            Path path = SafeTensorsBytes.file(dir, bytes);
            UserException e = assertThrows(UserException.class, () -> SafeTensorsFile.open(path));
            assertTrue(e.getMessage().contains(Long.toUnsignedString(length) + " bytes long"), e.getMessage());
        }
        for (int size : new int[] {0, 7}) {
            Path path = SafeTensorsBytes.file(dir, new byte[size]);
            UserException e = assertThrows(UserException.class, () -> SafeTensorsFile.open(path));
            assertTrue(e.getMessage().contains("has " + size + " bytes in all"), e.getMessage());
        }
        UserException missing = assertThrows(UserException.class, () -> SafeTensorsFile.open(dir.resolve("absent")));
        assertTrue(missing.getMessage().contains("no such file"), missing.getMessage());
        UserException directory = assertThrows(UserException.class, () -> SafeTensorsFile.open(dir));
        assertTrue(directory.getMessage().contains("is a directory"), directory.getMessage());
    }

    @Test
    void invalidTextIsRefused() throws IOException {
        byte[] header = "{\"?\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}".getBytes(StandardCharsets.ISO_8859_1);
        header[2] = (byte) 0xff;
        Path invalid = SafeTensorsBytes.file(dir, SafeTensorsBytes.of(header, new byte[8]));
        assertTrue(assertThrows(UserException.class, () -> SafeTensorsFile.open(invalid)).getMessage().contains("UTF-8"));
        Path deep = SafeTensorsBytes.file(dir, SafeTensorsBytes.of("{\"a\":" + "[".repeat(100_000)));
        assertTrue(assertThrows(UserException.class, () -> SafeTensorsFile.open(deep)).getMessage().contains("depth"));
        Path crowded = SafeTensorsBytes.file(dir, SafeTensorsBytes.of("{\"a\":{\"shape\":[0" + ",0".repeat(5_000_000)));
        assertTrue(assertThrows(UserException.class, () -> SafeTensorsFile.open(crowded)).getMessage().contains("more than 4000000 values"));
    }

    @Test
    void aFileThatShrinksWhileOpenIsAnError() throws IOException {
        int n = 1 << 20;
        String header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[" + n + "],\"data_offsets\":[0," + n * 4 + "]}}";
        Path path = SafeTensorsBytes.file(dir, SafeTensorsBytes.of(header, new byte[n * 4]));
        try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
            SafeTensorsBytes.readAll(file, "a");
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                channel.truncate(4096);
            }
            UserException e = assertThrows(UserException.class, () -> SafeTensorsBytes.readAll(file, "a"));
            assertTrue(e.getMessage().contains("became shorter"), e.getMessage());
        }
    }

    @Test
    void goldenModelsReadAsTheirBytesSay() throws IOException {
        Path golden = Path.of(System.getProperty("align4j.shared", "../shared"), "golden", "models");
        Assumptions.assumeTrue(Files.isDirectory(golden), "skipped: ../shared/golden/models is not here");
        try (Stream<Path> models = Files.list(golden)) {
            for (Path model : models.toList()) {
                byte[] bytes = Files.readAllBytes(model.resolve("model.safetensors"));
                ByteBuffer plain = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
                plain.position(8 + (int) plain.getLong(0));
                try (SafeTensorsFile file = SafeTensorsFile.open(model.resolve("model.safetensors"))) {
                    for (TensorInfo tensor : file.tensors().values()) {
                        for (float value : SafeTensorsBytes.readAll(file, tensor.name())) {
                            assertEquals(plain.getFloat(), value);
                        }
                    }
                }
                assertEquals(0, plain.remaining());
            }
        }
    }
}
