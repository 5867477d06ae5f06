package org.align4j.core.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.core.io.internal.StrictJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelWeightsTest {
    private static final String INDEX = "model.safetensors.index.json";

    @TempDir
    Path dir;

    private static List<TensorEntry> tensors(int count) {
        List<TensorEntry> list = new ArrayList<>();
        for (int t = 0; t < count; t++) {
            float[] values = new float[10 + t];
            for (int i = 0; i < values.length; i++) {
                values[i] = t * 100 + i;
            }
            list.add(TensorEntry.of("t" + t, DType.F32, new int[] {values.length}, FloatSource.of(values)));
        }
        return list;
    }

    private List<String> names() throws IOException {
        try (Stream<Path> list = Files.list(dir)) {
            return list.map(p -> p.getFileName().toString()).sorted().toList();
        }
    }

    private void assertHolds(int count) {
        try (ModelWeights weights = ModelWeights.open(dir)) {
            assertEquals(count, weights.tensors().size());
            for (int t = 0; t < count; t++) {
                float[] values = SafeTensorsBytes.readAll(weights, "t" + t);
                assertEquals(10 + t, values.length);
                assertEquals(t * 100 + 9, values[9]);
            }
        }
    }

    @Test
    void shardsHaveHuggingFaceNamesAndAnIndex() throws IOException {
        // 40, 44, 48, 52, 56 bytes: 84 holds the first two, then 48 (+52 = 100 > 99), 52, 56 are alone.
        ModelWriter.write(dir, tensors(5), 99);
        assertEquals(List.of("model-00001-of-00004.safetensors", "model-00002-of-00004.safetensors", "model-00003-of-00004.safetensors",
                "model-00004-of-00004.safetensors", INDEX), names());
        Map<String, Object> index = StrictJson.object(Files.readAllBytes(dir.resolve(INDEX)), INDEX);
        assertEquals(Map.of("total_size", 240L), index.get("metadata"));
        assertEquals(Map.of("t0", "model-00001-of-00004.safetensors", "t1", "model-00001-of-00004.safetensors", "t2",
                "model-00002-of-00004.safetensors", "t3", "model-00003-of-00004.safetensors", "t4", "model-00004-of-00004.safetensors"),
                index.get("weight_map"));
        assertHolds(5);
    }

    @Test
    void aNewModelTakesThePlaceOfAnOlderOneOfAnyLayout() throws IOException {
        ModelWriter.write(dir, tensors(5), 99);
        ModelWriter.write(dir, tensors(3), 1000);
        assertEquals(List.of("model.safetensors"), names());
        assertHolds(3);
        ModelWriter.write(dir, tensors(4), 100);
        assertHolds(4);
        ModelWriter.write(dir, tensors(2), 1);
        assertEquals(List.of("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", INDEX), names());
        assertHolds(2);
    }

    @Test
    void digestIsThatOfTheFiles() throws IOException {
        ModelWriter.write(dir, List.of(TensorEntry.of("a", DType.F32, new int[] {1}, FloatSource.of(new float[] {1}))), 1000);
        String single;
        try (ModelWeights weights = ModelWeights.open(dir)) {
            single = weights.digest();
            assertEquals(Digests.sha256(Files.readAllBytes(dir.resolve("model.safetensors"))), single);
            assertEquals(Map.of("model.safetensors", single), weights.fileDigests());
        }
        // FIPS 180-2, appendix B.1.
        assertEquals("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Digests.sha256("abc".getBytes()));
        ModelWriter.write(dir, tensors(2), 1);
        try (ModelWeights weights = ModelWeights.open(dir)) {
            StringBuilder lines = new StringBuilder();
            weights.fileDigests().forEach((name, digest) -> lines.append(digest).append("  ").append(name).append('\n'));
            assertEquals(Digests.sha256(lines.toString().getBytes()), weights.digest());
            assertEquals(2, weights.fileDigests().size());
        }
    }

    private void indexFault(String expected) {
        UserException e = assertThrows(UserException.class, () -> ModelWeights.open(dir).close());
        assertTrue(e.getMessage().contains(expected), e.getMessage());
    }

    @Test
    void indexAndShardsMustAgree() throws IOException {
        ModelWriter.write(dir, tensors(3), 1);
        String index = Files.readString(dir.resolve(INDEX));
        rewrite(index.replace("\"t1\": \"model-00002", "\"t1\": \"model-00001"));
        indexFault("\"t1\" is missing here");
        rewrite(index.replace("\"t1\"", "\"t9\""));
        indexFault("does not list it");
        rewrite(index.replace("\"weight_map\": {", "\"weight_map\": { \"extra\": \"model-00001-of-00003.safetensors\","));
        indexFault("\"extra\" is missing here");
        rewrite(index.replace("model-00003-of", "../model-00003-of"));
        indexFault("plain name");
        rewrite(index.replace("model-00003-of", "model-00004-of"));
        indexFault("no such file");
        rewrite("{\"metadata\": {}}");
        indexFault("weight_map");
        rewrite("{");
        indexFault("not valid JSON");
        rewrite(index);
        Files.copy(dir.resolve("model-00001-of-00003.safetensors"), dir.resolve("other.safetensors"));
        rewrite(index.replace("\"weight_map\": {", "\"weight_map\": { \"extra\": \"other.safetensors\","));
        indexFault("\"t0\" is in both model-00001-of-00003.safetensors and other.safetensors");
    }

    private void rewrite(String index) throws IOException {
        Files.writeString(dir.resolve(INDEX), index);
    }

    @Test
    void directoriesWithoutWeightsSayWhatIsThere() throws IOException {
        indexFault("neither model.safetensors nor");
        Files.writeString(dir.resolve("pytorch_model.bin"), "x");
        indexFault("safe_serialization");
        Files.delete(dir.resolve("pytorch_model.bin"));
        Files.writeString(dir.resolve("adapter_model.safetensors"), "x");
        indexFault("adapter");
        UserException e = assertThrows(UserException.class, () -> ModelWeights.open(dir.resolve("absent")));
        assertTrue(e.getMessage().contains("does not exist"), e.getMessage());
    }

    @Test
    void aStoredTensorCanBeTheSourceOfAnother() {
        ModelWriter.write(dir, tensors(3), 1);
        try (ModelWeights weights = ModelWeights.open(dir)) {
            Path copy = dir.resolve("copy.safetensors");
            SafeTensorsWriter.write(copy, List.of(TensorEntry.of("c", DType.F32, new int[] {3, 4}, FloatSource.of(weights, "t2"))));
            try (SafeTensorsFile file = SafeTensorsFile.open(copy)) {
                assertArrayEquals(SafeTensorsBytes.readAll(weights, "t2"), SafeTensorsBytes.readAll(file, "c"));
            }
        }
    }
}
