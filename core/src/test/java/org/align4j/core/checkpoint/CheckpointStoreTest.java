package org.align4j.core.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.core.io.Digests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
    @TempDir
    Path dir;

    private final List<String> said = new ArrayList<>();

    private static CheckpointContents contents(String text) {
        return d -> {
            Files.writeString(d.resolve("state.json"), text);
            Files.createDirectories(d.resolve("model"));
            Files.writeString(d.resolve("model/weights"), text.repeat(1000));
        };
    }

    private List<String> names() throws IOException {
        try (Stream<Path> list = Files.list(dir)) {
            return list.map(p -> p.getFileName().toString()).sorted().toList();
        }
    }

    private Optional<Checkpoint> newest(CheckpointStore store) {
        said.clear();
        return store.newestValid(said::add);
    }

    @Test
    void theNewestIsFoundByNumberWithItsDigests() throws IOException {
        CheckpointStore store = CheckpointStore.open(dir.resolve("run/checkpoints"));
        assertTrue(newest(store).isEmpty());
        store.save(9, contents("nine"));
        Checkpoint saved = store.save(10, contents("ten"));
        Checkpoint found = newest(store).orElseThrow();
        assertEquals(saved, found);
        assertEquals(10, found.step());
        assertEquals(Set.of("state.json", "model/weights"), found.files().keySet());
        assertEquals(new Checkpoint.FileEntry(3, Digests.sha256("ten".getBytes())), found.files().get("state.json"));
        assertEquals("ten", Files.readString(found.file("state.json")));
        assertEquals(List.of(), said);
        UserException e = assertThrows(UserException.class, () -> found.file("optimizer"));
        assertTrue(e.getMessage().contains("has no optimizer"), e.getMessage());
    }

    @Test
    void everyKindOfDamageIsSaidAloudAndTheOneBeforeIsUsed() throws IOException {
        CheckpointStore store = CheckpointStore.open(dir);
        store.save(1, contents("one"));
        Path two = dir.resolve("step-2");
        Path weights = two.resolve("model/weights");
        Path manifest = two.resolve("manifest.json");

        damaged(store, "model/weights has the SHA-256", () -> {
            byte[] bytes = Files.readAllBytes(weights);
            bytes[bytes.length / 2] ^= 4;
            Files.write(weights, bytes);
        });
        damaged(store, "model/weights has 2999 bytes, its manifest says 3000", () -> Files.write(weights, new byte[2999]));
        damaged(store, "state.json is missing", () -> Files.delete(two.resolve("state.json")));
        damaged(store, "manifest.json is missing", () -> Files.delete(manifest));
        damaged(store, "manifest.json: not valid JSON", () -> Files.writeString(manifest, "{\"format\": 1, "));
        damaged(store, "manifest.json says step 3", () -> replace(manifest, "\"step\": 2", "\"step\": 3"));
        damaged(store, "format 7", () -> replace(manifest, "\"format\": 1", "\"format\": 7"));
        damaged(store, "impossible file name \"../step-1/state.json\"", () -> replace(manifest, "state.json", "../step-1/state.json"));
        damaged(store, "lacks size or sha256 of state.json", () -> replace(manifest, "\"size\": 3,", ""));
        damaged(store, "lacks step or files", () -> replace(manifest, "\"files\"", "\"filez\""));
    }

    private interface Action {
        void run() throws IOException;
    }

    private void damaged(CheckpointStore store, String expected, Action damage) throws IOException {
        store.save(2, contents("two"));
        assertEquals(2, newest(store).orElseThrow().step());
        damage.run();
        assertEquals(1, newest(store).orElseThrow().step());
        assertEquals(1, said.size());
        assertTrue(said.get(0).contains(expected) && said.get(0).contains(dir.resolve("step-2").toString())
                && said.get(0).contains("step-1 before it is tried"), said.get(0));
    }

    private static void replace(Path file, String from, String to) throws IOException {
        String text = Files.readString(file);
        assertTrue(text.contains(from), text);
        Files.writeString(file, text.replace(from, to));
    }

    @Test
    void withAllDamagedThereIsNoneAndThatIsSaid() throws IOException {
        CheckpointStore store = CheckpointStore.open(dir);
        store.save(5, contents("five"));
        Files.delete(dir.resolve("step-5/state.json"));
        assertTrue(newest(store).isEmpty());
        assertTrue(said.get(0).contains("none before it"), said.get(0));
    }

    @Test
    void pruningKeepsTheNewestWholeOnes() throws IOException {
        CheckpointStore store = CheckpointStore.open(dir);
        for (int step : new int[] {1, 2, 10, 20, 30}) {
            store.save(step, contents("s" + step));
        }
        Files.delete(dir.resolve("step-20/state.json"));
        store.prune(2);
        assertEquals(List.of("step-10", "step-20", "step-30"), names());
        store.prune(1);
        assertEquals(List.of("step-30"), names());
        assertThrows(IllegalArgumentException.class, () -> store.prune(0));
    }

    @Test
    void aFailedSaveLeavesNothingAndKeepsTheOneOfThatStep() throws IOException {
        CheckpointStore store = CheckpointStore.open(dir);
        store.save(1, contents("old"));
        assertThrows(UserException.class, () -> store.save(1, d -> {
            Files.writeString(d.resolve("state.json"), "new");
            throw new IOException("No space left on device");
        }));
        assertEquals(List.of("step-1"), names());
        assertEquals("old", Files.readString(newest(store).orElseThrow().file("state.json")));
        store.save(1, contents("new"));
        assertEquals("new", Files.readString(newest(store).orElseThrow().file("state.json")));
        assertThrows(IllegalStateException.class, () -> store.save(2, d -> Files.writeString(d.resolve("manifest.json"), "{}")));
        assertEquals(List.of("step-1"), names());
    }

    @Test
    void openingRemovesHalfSavesAndRescuesWholeOnes() throws IOException {
        CheckpointStore store = CheckpointStore.open(dir);
        store.save(1, contents("one"));
        store.save(2, contents("two"));
        // As a kill leaves them: a whole checkpoint not yet renamed, one without manifest, and one whose place is taken.
        Files.move(dir.resolve("step-2"), dir.resolve(".step-2.999999999999-a1.tmp"));
        Files.createDirectory(dir.resolve(".step-3.999999999999-a2.tmp"));
        Files.writeString(dir.resolve(".step-3.999999999999-a2.tmp/state.json"), "half");
        Files.createDirectory(dir.resolve(".step-1.999999999999-a3.tmp"));
        Files.createDirectory(dir.resolve("step-07"));
        Files.writeString(dir.resolve("step-8"), "a file");
        CheckpointStore again = CheckpointStore.open(dir);
        assertEquals(List.of("step-07", "step-1", "step-2", "step-8"), names());
        assertEquals(2, newest(again).orElseThrow().step());
        assertEquals(List.of(), said);
    }

    @Test
    void aDirectoryThatCannotBeMadeIsNamed() throws IOException {
        Path file = Files.writeString(dir.resolve("file"), "x");
        UserException e = assertThrows(UserException.class, () -> CheckpointStore.open(file.resolve("checkpoints")));
        assertTrue(e.getMessage().contains("is a file, not a directory"), e.getMessage());
        assertFalse(Files.exists(file.resolve("checkpoints")));
    }
}
