package org.align4j.core.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Thousands of damaged files: each gives a {@link DataException} or a result that an independent reading of the file confirms. */
class DataFuzzTest {
    private static final byte[][] TOKENS = Stream.of("\"", "\\", "{", "}", "[", "]", ",", ":", "\n", "null", "true", "-1", "1e999", "\\ud800", "\u00e9", "\"\":", "{}", "[]", "\r\n\n", "\ufeff")
            .map(s -> s.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new);
    private static final JsonMapper STRICT = JsonMapper.builder(JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    @TempDir
    Path dir;

    private static List<Path> fixtures() throws IOException {
        try (Stream<Path> s = Files.list(DataFormatsTest.fixture("messages.jsonl").getParent())) {
            return s.filter(p -> p.toString().contains(".json")).sorted().toList();
        }
    }

    @Test
    void damagedBytes() {
        assertTimeoutPreemptively(Duration.ofMinutes(3), () -> {
            Random random = new Random(20240717);
            int accepted = 0;
            int refused = 0;
            for (Path fixture : fixtures()) {
                byte[] original = Files.readAllBytes(fixture);
                boolean zipped = fixture.toString().endsWith(".gz");
                TaskKind natural = task(fixture);
                for (int i = 0; i < 250; i++) {
                    byte[] bytes = original;
                    for (int n = Math.max(0, random.nextInt(5) - 2); n >= 0; n--) {
                        bytes = mutate(bytes, random);
                    }
                    Path f = Files.write(dir.resolve("fuzz"), bytes);
                    boolean any = survives(f, natural, 0, random, zipped ? null : bytes);
                    any |= survives(f, TaskKind.values()[random.nextInt(5)], 1 + random.nextInt(40), random, zipped ? null : bytes);
                    accepted += any ? 1 : 0;
                    refused += any ? 0 : 1;
                }
            }
            // both ways are really taken
            assertTrue(accepted > 500 && refused > 3000, accepted + " accepted, " + refused + " refused");
        });
    }

    private static byte[] mutate(byte[] in, Random random) {
        int at = random.nextInt(in.length + 1);
        int to = Math.min(in.length, at + 1 + random.nextInt(8));
        return switch (random.nextInt(15)) {
            case 0 -> Arrays.copyOf(in, at);
            case 1 -> DataReaderTest.join(Arrays.copyOf(in, at), Arrays.copyOfRange(in, to, in.length));
            case 2 -> DataReaderTest.join(Arrays.copyOf(in, at), TOKENS[random.nextInt(TOKENS.length)], Arrays.copyOfRange(in, at, in.length));
            case 3 -> DataReaderTest.join(Arrays.copyOf(in, at), TOKENS[random.nextInt(TOKENS.length)], Arrays.copyOfRange(in, to, in.length));
            case 4 -> DataReaderTest.join(in, Arrays.copyOfRange(in, at, in.length));
            case 5 -> DataReaderTest.join(Arrays.copyOf(in, to), Arrays.copyOfRange(in, at, in.length));
            case 6, 7, 8, 9, 10, 11, 12 -> DataReaderTest.join(Arrays.copyOf(in, at), new byte[] {(byte) ('0' + random.nextInt(75))}, Arrays.copyOfRange(in, at, in.length));
            default -> {
                byte[] out = in.clone();
                if (out.length > 0) {
                    out[Math.min(at, out.length - 1)] = (byte) random.nextInt(random.nextBoolean() ? 128 : 256);
                }
                yield out;
            }
        };
    }

    /** Whether the file was read; what was read is checked against the plain text of the file. */
    private static boolean survives(Path f, TaskKind task, int max, Random random, byte[] bytes) {
        DataSettings.OnOverflow overflow = DataSettings.OnOverflow.values()[random.nextInt(4)];
        DataSettings s = DataSettings.of(task).withMaxLength(max, overflow).withPairs(DataSettings.Pairs.values()[random.nextInt(3)])
                .withTurns(DataSettings.Turns.values()[random.nextInt(2)]);
        Dataset d;
        try {
            d = new DataLoader(s).load(f, new CharEncoder());
        } catch (DataException e) {
            assertTrue(e.getMessage().contains("fuzz"), e.getMessage());
            return false;
        }
        assertEquals(d.report().kept(), d.groups().size() + d.prompts().size());
        for (Group g : d.groups()) {
            assertTrue(g.prompt().length > 0);
            assertTrue(task != TaskKind.PAIR || g.responses().size() == 2);
            assertTrue(task != TaskKind.LIST || g.responses().size() >= 2);
            assertTrue(task != TaskKind.UNPAIRED || g.responses().get(0).label() != null);
            for (Group.Response r : g.responses()) {
                assertTrue(r.ids().length > 0);
                assertTrue(max == 0 || g.prompt().length + r.ids().length <= max);
            }
        }
        if (bytes != null) {
            assertEquals(independentRows(bytes), d.report().rows());
        }
        return true;
    }

    /** Rows of a file read at once, by other code; a file that this refuses must not be accepted. */
    private static long independentRows(byte[] bytes) {
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new AssertionError("a file with invalid UTF-8 was accepted", e);
        }
        text = text.startsWith("\ufeff") ? text.substring(1) : text;
        try {
            if (text.stripLeading().startsWith("[")) {
                return STRICT.readTree(text).size();
            }
            long rows = 0;
            for (String line : text.split("\n")) {
                if (!line.isBlank()) {
                    assertTrue(STRICT.readTree(line).isObject());
                    rows++;
                }
            }
            return rows;
        } catch (JacksonException e) {
            throw new AssertionError("a file with invalid JSON was accepted: " + text, e);
        }
    }

    @Test
    void rowsWithAFaultyFieldAreNeverAccepted() throws IOException {
        int tried = 0;
        for (Path fixture : fixtures()) {
            List<ObjectNode> rows = rows(fixture);
            TaskKind task = task(fixture);
            DataFormat format = new DataLoader(DataSettings.of(task)).read(fixture).report().format();
            for (ObjectNode row : rows) {
                for (JsonNode damaged : damaged(row, format)) {
                    List<String> lines = new ArrayList<>(rows.stream().map(JsonNode::toString).toList());
                    lines.add(damaged.toString().replace("\ud800", "\\ud800"));
                    Path f = Files.writeString(dir.resolve("faulty.jsonl"), String.join("\n", lines));
                    String m = assertThrows(DataException.class, () -> new DataLoader(DataSettings.of(task)).read(f), () -> fixture + " " + damaged).getMessage();
                    assertTrue(m.contains("faulty.jsonl:" + lines.size() + ": "), m);
                    tried++;
                }
            }
        }
        assertTrue(tried > 300, "only " + tried + " tried");
    }

    /** The richest task that a fixture serves. */
    private static TaskKind task(Path fixture) {
        return Stream.of(TaskKind.PAIR, TaskKind.LIST, TaskKind.UNPAIRED, TaskKind.DEMONSTRATION, TaskKind.PROMPT).filter(t -> accepts(fixture, t)).findFirst().orElseThrow();
    }

    private static boolean accepts(Path f, TaskKind task) {
        try {
            new DataLoader(DataSettings.of(task)).read(f);
            return true;
        } catch (DataException e) {
            return false;
        }
    }

    private static List<ObjectNode> rows(Path fixture) {
        List<ObjectNode> rows = new ArrayList<>();
        try (DataReader r = new DataReader(fixture)) {
            for (Row row = r.next(); row != null; row = r.next()) {
                rows.add(row.fields());
            }
        }
        return rows;
    }

    /** Copies of a row, each with one needed field taken away, emptied to null, of another type, or with half a character. */
    private static List<JsonNode> damaged(ObjectNode row, DataFormat format) {
        List<JsonNode> out = new ArrayList<>();
        List<String> needed = new ArrayList<>(List.of("role", "content", "from", "value", "is_correct", "solution", "replies", "text", "type", "response"));
        needed.addAll(format.fields());
        List<int[]> paths = new ArrayList<>();
        objects(row, new int[0], paths);
        for (int[] path : paths) {
            ObjectNode here = (ObjectNode) at(row, path);
            for (String name : List.copyOf(here.propertyNames())) {
                if (!needed.contains(name)) {
                    continue;
                }
                for (int kind = 0; kind < 5; kind++) {
                    ObjectNode copy = row.deepCopy();
                    ObjectNode o = (ObjectNode) at(copy, path);
                    JsonNode old = o.get(name);
                    switch (kind) {
                        case 0 -> o.remove(name);
                        case 1 -> o.putNull(name);
                        case 2 -> o.put(name, 1.5);
                        case 3 -> {
                            JsonNode v = o.remove(name);
                            o.set(name + "_", v);
                        }
                        default -> {
                            if (!old.isString()) {
                                continue;
                            }
                            o.put(name, old.stringValue() + "\ud800");
                        }
                    }
                    out.add(copy);
                }
            }
        }
        return out;
    }

    private static void objects(JsonNode n, int[] path, List<int[]> out) {
        if (n instanceof ObjectNode) {
            out.add(path);
        }
        if (n instanceof ObjectNode || n instanceof ArrayNode) {
            int i = 0;
            for (JsonNode child : n.values()) {
                int[] p = Arrays.copyOf(path, path.length + 1);
                p[path.length] = i++;
                objects(child, p, out);
            }
        }
    }

    private static JsonNode at(JsonNode n, int[] path) {
        for (int step : path) {
            n = new ArrayList<>(n.values()).get(step);
        }
        return n;
    }

    @Test
    void everyDamagedByteOfAGzipFileIsSeen() throws IOException {
        byte[] good = Files.readAllBytes(DataFormatsTest.fixture("hh.jsonl.gz"));
        DataLoader loader = new DataLoader(DataSettings.of(TaskKind.PAIR));
        List<List<TextGroup.Response>> texts = loader.read(DataFormatsTest.fixture("hh.jsonl.gz")).groups().stream().map(TextGroup::responses).toList();
        int harmless = 0;
        for (int i = 0; i < good.length; i++) {
            Path cut = Files.write(dir.resolve("cut.gz"), Arrays.copyOf(good, i));
            assertThrows(DataException.class, () -> loader.read(cut), "cut at " + i);
            for (int bit = 0; bit < 8; bit++) {
                byte[] bad = good.clone();
                bad[i] ^= (byte) (1 << bit);
                Path f = Files.write(dir.resolve("bad.gz"), bad);
                try {
                    assertEquals(texts, loader.read(f).groups().stream().map(TextGroup::responses).toList());
                    harmless++;
                } catch (DataException e) {
                    assertTrue(e.getMessage().contains("bad.gz"), e.getMessage());
                }
            }
        }
        // the header's time (32 bits), two hints (16), the text flag (1), and up to 7 bits of padding behind the last block change nothing
        assertTrue(harmless >= 49 && harmless <= 56, harmless + " harmless bits");
    }
}
