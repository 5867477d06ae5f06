package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.align4j.core.adapter.LoraAdapter;
import org.align4j.core.adapter.LoraConfig;
import org.align4j.core.adapter.PeftFiles;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.Precision;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.recipes.cli.Main;
import org.align4j.recipes.cli.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code align4j merge-adapter} from end to end. */
class MergeAdapterTest {
    @TempDir
    Path dir;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int merge(Path model, Path adapter, Path to) {
        return new Main(new AllCommands(), new Terminal(new PrintWriter(out, true), new PrintWriter(err, true), false))
                .execute("merge-adapter", "--model", model.toString(), "--adapter", adapter.toString(), "--out", to.toString());
    }

    @Test
    void writesAPlainModelThatComputesAsModelAndAdapter() throws Exception {
        Path model = TinyModel.writeWithTokenizer(dir.resolve("model"));
        Path adapter = dir.resolve("adapter");
        Path merged = dir.resolve("merged");
        int[] ids = {1, 5, 9, 4};
        float[] expected;
        float[] base;
        ModelConfig config = ModelConfig.read(model);
        try (Backend b = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend(); Parameters weights = ModelFiles.load(b, config, model);
                LoraAdapter lora = LoraAdapter.fresh(new LoraConfig(2, 4, 0, List.of("q_proj", "down_proj"), false, false), config, weights, new SplittableRandom(1))) {
            lora.values().fill(0.3f);
            PeftFiles.publish(adapter, lora, "model");
            expected = Transformer.adapted(config, weights, lora).logits(ids);
            base = new Transformer(config, weights, null).logits(ids);
        }
        assertEquals(0, merge(model, adapter, merged), err::toString);
        assertTrue(out.toString().contains("4 layers") && Files.exists(merged.resolve("tokenizer.json")), out::toString);
        try (Backend b = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend(); Parameters weights = ModelFiles.load(b, ModelConfig.read(merged), merged)) {
            float[] found = new Transformer(config, weights, null).logits(ids);
            double moved = 0;
            for (int i = 0; i < found.length; i++) {
                assertEquals(expected[i], found[i], 1e-5, "the same sums in another order");
                moved = Math.max(moved, Math.abs(found[i] - base[i]));
            }
            assertTrue(moved > 1e-3, "the adapter changes something: " + moved);
        }
        assertEquals(2, merge(model, adapter, merged));
        assertTrue(err.toString().contains("exists already"), err::toString);
        assertEquals(2, merge(model, dir.resolve("nowhere"), dir.resolve("other")));
        assertTrue(err.toString().contains("There is no directory"), err::toString);
        assertEquals(2, merge(model, model, dir.resolve("other")));
        assertTrue(err.toString().contains("is no adapter"), err::toString);
        assertFalse(Files.exists(dir.resolve("other")));
    }
}
