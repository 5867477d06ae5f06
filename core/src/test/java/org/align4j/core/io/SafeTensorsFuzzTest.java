package org.align4j.core.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.UserException;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** 10,000 damaged files: each is refused with a UserException, or is a file that an independent reading finds consistent. */
class SafeTensorsFuzzTest {
    private static final int CASES = 10_000;
    private static final Pattern NUMBER = Pattern.compile("-?\\d+");
    private static final String[] EVIL = {"0", "-1", "1", "8", "16", "24", "2147483648", "4294967296", "9223372036854775807",
        "18446744073709551616", "1e3", "4.0", "1e999", "null", "true", "\"8\"", "[]", "{}", "00", "NaN", "1" + "0".repeat(500)};
    private static final Map<String, Integer> SIZES = Map.of("F32", 4, "BF16", 2, "F16", 2, "I64", 8, "U8", 1);

    @TempDir
    Path dir;

    @Test
    void mutatedFilesAreRefusedOrConsistent() {
        Random random = new Random(20240517);
        int[] accepted = new int[1];
        Assertions.assertTimeoutPreemptively(Duration.ofMinutes(3), () -> {
            for (int i = 0; i < CASES; i++) {
                byte[] bytes = mutate(random);
                Path path = SafeTensorsBytes.file(dir, bytes);
                try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
                    verify(bytes, file);
                    accepted[0]++;
                } catch (UserException e) {
                    assertTrue(e.getMessage().startsWith(path.toString()), e.getMessage());
                }
            }
        });
        // Some mutations (a flipped letter of a name, a data byte) are harmless; if none or all were, the test would test nothing.
        assertTrue(accepted[0] > CASES / 50 && accepted[0] < CASES / 2, accepted[0] + " accepted");
    }

    private static byte[] mutate(Random random) {
        String header = "{\"__metadata__\":{\"format\":\"pt\"},\"a.weight\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
                + "\"b\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[24,32]},\"c\":{\"dtype\":\"F16\",\"shape\":[],\"data_offsets\":[32,34]},"
                + "\"d\":{\"dtype\":\"I64\",\"shape\":[1,1],\"data_offsets\":[34,42]},\"e\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[42,42]}}";
        byte[] data = new byte[42];
        random.nextBytes(data);
        for (int n = random.nextInt(3); n >= 0; n--) {
            if (random.nextInt(3) == 0) {
                header = replaceNumber(header, random);
            } else if (random.nextInt(6) == 0) {
                header = shuffleText(header, random);
            }
        }
        byte[] bytes = SafeTensorsBytes.of(header, data);
        switch (random.nextInt(8)) {
            case 0 -> {
                return Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
            }
            case 1 -> {
                return Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(64));
            }
            case 2, 3, 4 -> {
                for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                    bytes[random.nextInt(8 + header.length())] ^= (byte) (1 << random.nextInt(8));
                }
            }
            case 5 -> ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, random.nextBoolean() ? random.nextLong()
                    : random.nextInt(2 * bytes.length));
            case 6 -> bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            default -> { }
        }
        return bytes;
    }

    private static String replaceNumber(String header, Random random) {
        Matcher numbers = NUMBER.matcher(header);
        long count = numbers.results().count();
        if (count == 0) {
            return header;
        }
        int chosen = random.nextInt((int) count);
        numbers.reset();
        for (int i = 0; i <= chosen; i++) {
            numbers.find();
        }
        return header.substring(0, numbers.start()) + EVIL[random.nextInt(EVIL.length)] + header.substring(numbers.end());
    }

    private static String shuffleText(String header, Random random) {
        int from = random.nextInt(header.length());
        int to = Math.min(header.length(), from + 1 + random.nextInt(40));
        String piece = header.substring(from, to);
        int at = random.nextInt(header.length());
        return random.nextBoolean() ? header.substring(0, from) + header.substring(to) : header.substring(0, at) + piece + header.substring(at);
    }

    /** Reads the header with another parser and checks that the tensors tile the data exactly. */
    private static void verify(byte[] bytes, SafeTensorsFile file) throws IOException {
        long length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        String text = new String(bytes, 8, (int) length, StandardCharsets.UTF_8);
        JsonNode json = JsonMapper.shared().readTree(text);
        TreeMap<Long, Long> ranges = new TreeMap<>();
        int tensors = 0;
        for (Map.Entry<String, JsonNode> entry : json.properties()) {
            if (entry.getKey().equals("__metadata__")) {
                continue;
            }
            tensors++;
            JsonNode tensor = entry.getValue();
            long elements = 1;
            for (JsonNode d : tensor.get("shape")) {
                elements *= d.asLong();
            }
            long begin = tensor.get("data_offsets").get(0).asLong();
            long end = tensor.get("data_offsets").get(1).asLong();
            String dtype = tensor.get("dtype").asString();
            int size = SIZES.containsKey(dtype) ? SIZES.get(dtype) : DType.named(dtype).orElseThrow().bytes();
            assertEquals(elements * size, end - begin, text);
            if (end > begin) {
                assertTrue(ranges.put(begin, end) == null, text);
            }
            if (DType.named(dtype).orElseThrow().readableAsFloat()) {
                assertEquals(elements, SafeTensorsBytes.readAll(file, entry.getKey()).length);
            }
        }
        assertEquals(tensors, file.tensors().size());
        long at = 0;
        for (Map.Entry<Long, Long> range : ranges.entrySet()) {
            assertEquals(at, range.getKey(), text);
            at = range.getValue();
        }
        assertEquals(bytes.length - 8 - length, at, text);
    }
}
