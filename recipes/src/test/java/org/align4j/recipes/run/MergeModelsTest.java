package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.io.DType;
import org.align4j.core.io.FloatSource;
import org.align4j.core.io.ModelWeights;
import org.align4j.core.io.SafeTensorsFile;
import org.align4j.core.io.SafeTensorsWriter;
import org.align4j.core.io.TensorEntry;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.recipes.cli.Main;
import org.align4j.recipes.cli.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code align4j merge} from end to end. */
class MergeModelsTest {
    @TempDir
    private Path dir;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int merge(String... more) {
        String[] words = new String[more.length + 1];
        words[0] = "merge";
        System.arraycopy(more, 0, words, 1, more.length);
        return new Main(new AllCommands(), new Terminal(new PrintWriter(out, true), new PrintWriter(err, true), false)).execute(words);
    }

    private static float[] values(Path model) {
        String name = "model.layers.1.mlp.up_proj.weight";
        try (ModelWeights w = ModelWeights.open(model)) {
            float[] v = new float[Math.toIntExact(w.tensors().get(name).elements())];
            w.read(name, 0, v, 0, v.length);
            return v;
        }
    }

    @Test
    void mergesWhatAFileSays() throws IOException {
        Path model = TinyModel.writeWithTokenizer(dir.resolve("a"));
        Files.writeString(dir.resolve("merge.yaml"), "merge_method: slerp\nmodels: [{model: a}, {model: a}]\nparameters: {t: [0.2, 0.8]}\n");
        String file = dir.resolve("merge.yaml").toString();
        Path to = dir.resolve("new/merged");
        assertEquals(0, merge(file, "--check"), err::toString);
        assertFalse(Files.exists(to));
        assertTrue(out.toString().contains("t: [0.2, 0.8]") && out.toString().contains("Nothing was written"), out::toString);
        assertEquals(0, merge(file, "--out", to.toString()), err::toString);
        assertArrayEquals(values(model), values(to));
        assertEquals(ModelConfig.read(model), ModelConfig.read(to));
        assertArrayEquals(Files.readAllBytes(model.resolve("tokenizer.json")), Files.readAllBytes(to.resolve("tokenizer.json")));
        assertTrue(err.toString().contains("merge 100%"), err::toString);
        assertEquals(2, merge(file, "--out", to.toString()));
        assertTrue(err.toString().contains("exists already"), err::toString);
        assertEquals(0, merge(file, "--out", dir.resolve("half").toString(), "--dtype", "float16", "--set", "parameters.t=1"), err::toString);
        assertEquals("float16", ModelConfig.read(dir.resolve("half")).raw().get("torch_dtype"));
    }

    @Test
    void adaptersAreMergedWithTheirFactorSaid() throws IOException {
        Path adapter = Files.createDirectory(dir.resolve("lora"));
        Files.writeString(adapter.resolve("adapter_config.json"),
                "{\"peft_type\": \"LORA\", \"task_type\": \"CAUSAL_LM\", \"r\": 2, \"lora_alpha\": 2, \"lora_dropout\": 0.0, \"target_modules\": [\"up_proj\"]}");
        String layer = "base_model.model.model.layers.0.mlp.up_proj.lora_";
        SafeTensorsWriter.write(adapter.resolve("adapter_model.safetensors"),
                List.of(new TensorEntry(layer + "A.weight", DType.F32, new long[] {2, 3}, FloatSource.of(new float[] {1, 2, 3, 4, 5, 6})),
                        new TensorEntry(layer + "B.weight", DType.F32, new long[] {1, 2}, FloatSource.of(new float[] {7, 8}))));
        String a = adapter.toString();
        assertEquals(0, merge("--method", "linear", a, a, "--out", dir.resolve("same").toString()), err::toString);
        assertTrue(out.toString().contains("weights [1.0, 1.0], normalize: true; equal adapters come out times 1.000"), out::toString);
        assertTrue(err.toString().contains("merge 100%"), err::toString);
        try (SafeTensorsFile file = SafeTensorsFile.open(dir.resolve("same/adapter_model.safetensors"))) {
            float[] v = new float[6];
            file.read(layer + "A.weight", 0, v, 0, 6);
            assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, v);
        }
        assertEquals(0, merge("--method", "linear", "--set", "parameters.normalize=false", a, a, "--check"), err::toString);
        assertTrue(out.toString().contains("normalize: false; equal adapters come out times 4.000"), out::toString);
        assertEquals(0, merge("--method", "cat", "--weights", "1,1", a, a, "--check"), err::toString);
        assertTrue(out.toString().contains("times 2.000") && out.toString().contains("rank 4"), out::toString);
    }

    @Test
    void faultsAreTheUsersToMend() throws IOException {
        Path model = TinyModel.write(dir.resolve("a"));
        Path other = TinyModel.writeWithTokenizer(dir.resolve("b"));
        assertEquals(0, merge("--method", "linear", model.toString(), other.toString(), "--check"), err::toString);
        assertTrue(out.toString().contains("Note     not compared: the tokenizers of " + other + " (tokenizer.json) and " + model + " (none)"), out::toString);
        assertTrue(out.toString().contains("tokenizers as far as they can be compared"), out::toString);
        assertEquals(2, merge("--method", "ties", "--base", model.toString(), model.toString(), "--out", dir.resolve("o").toString()));
        assertTrue(err.toString().contains("needs a model other than the base"), err::toString);
        Files.writeString(dir.resolve("bad.yaml"), "merge_method: slerp\nmodels: [{model: a}, {model: a}]\nparameters: {t: 0.5, tt: 1}\n");
        assertEquals(2, merge(dir.resolve("bad.yaml").toString(), "--out", dir.resolve("o").toString()));
        assertTrue(err.toString().contains("bad.yaml:3:22: unknown key 'tt' in parameters"), err::toString);
        assertEquals(2, merge(dir.resolve("none.yaml").toString(), "--out", dir.resolve("o").toString()));
        assertTrue(err.toString().contains("there is no such file"), err::toString);
        assertFalse(Files.exists(dir.resolve("o")));
    }
}
