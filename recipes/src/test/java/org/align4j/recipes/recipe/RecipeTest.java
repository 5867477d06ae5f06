package org.align4j.recipes.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.align4j.core.data.DataSettings;

class RecipeTest {
    @Test
    void defaultsAreThePublishedOnes() {
        Recipe r = Examples.parse(Examples.SMALL);
        assertEquals(17, r.seed());
        assertEquals(Path.of("/recipes/runs/stories-dpo"), r.output());
        assertEquals(Optional.of(Path.of("/recipes/models/stories15M")), r.model().path());
        assertEquals(Precision.AUTO, r.model().precision());
        DataSource sft = r.data().sft().orElseThrow();
        assertEquals(List.of(Path.of("/recipes/data/sft.jsonl")), sft.path());
        assertEquals(DataSettings.OnOverflow.ERROR, sft.onOverflow());
        assertTrue(sft.heldOut().isNone());
        Sft stage = (Sft) r.stages().get(0);
        Dpo dpo = (Dpo) r.stages().get(1);
        assertEquals(2e-5, stage.training().learningRate());
        assertEquals(1e-6, dpo.training().learningRate());
        assertEquals(Optional.of(0.2), dpo.beta());
        assertEquals(Optional.of(new ReferenceSpec.Cached()), dpo.reference());
        assertEquals(Optional.of(1.0), dpo.training().epochs());
        assertEquals(0.999, dpo.training().adamBeta2());
        assertEquals(1e-8, dpo.training().adamEpsilon());
        assertEquals(Optional.of(1.0), dpo.training().maxGradNorm());
    }

    @Test
    void everySettingIsRead() {
        Recipe r = Examples.parse(Examples.FULL);
        assertEquals(1000, r.seed());
        assertEquals(Path.of("/recipes/out/run 1"), r.output());
        ModelInit init = r.model().init().orElseThrow();
        assertEquals(1000, init.contextLength());
        assertEquals(Optional.of(2), init.kvHeads());
        assertEquals(Optional.of(192), init.intermediateSize(), "64 · 8/3 = 170.7, rounded up to a multiple of 32");
        assertEquals("{% for m in messages %}\n\t\"{{ m.content }}\"\\\n{% endfor %}\n", r.model().chatTemplate().orElseThrow());
        assertEquals(Map.of("response", "no", "prompt", "true"), r.data().sft().orElseThrow().columns());
        assertEquals(new HeldOutSize(0, 200), r.data().sft().orElseThrow().heldOut());
        assertEquals(new HeldOutSize(0.05, 0), r.data().preferences().orElseThrow().heldOut());
        assertEquals(2, r.data().pretrain().orElseThrow().path().size());
        assertEquals(0.5, r.budget().orElseThrow().cost().preference());
        Training pretrain = Examples.losses(r).get(0).training();
        assertEquals(Optional.empty(), pretrain.epochs(), "max_steps alone decides");
        assertEquals(0.1, pretrain.minLrRatio());
        assertEquals(Optional.empty(), Examples.losses(r).get(2).training().maxGradNorm());
        assertEquals(5e-7, Examples.losses(r).get(2).training().learningRate());
        assertEquals(Optional.empty(), ((Dpo) r.stages().get(3)).reference());
        assertEquals(8_000_000_000L, r.memory().orElseThrow().bytes());
        assertEquals(List.of("pretrain", "sft", "dpo", "dpo"), r.stages().stream().map(Stage::kind).toList());
    }

    @Test
    void whatIsWrittenReadsBackEqual() {
        for (String text : List.of(Examples.SMALL, Examples.FULL, Examples.FAMILIES)) {
            Recipe r = Examples.parse(text);
            String written = RecipeWriter.write(r);
            assertEquals(r, RecipeReader.parse("recipe.resolved.yaml", written, List.of(), Path.of("/elsewhere"), false), written);
            assertEquals(written, RecipeWriter.write(Examples.parse(written)), "writing is canonical");
        }
        String written = RecipeWriter.write(Examples.parse(Examples.SMALL));
        for (String line : List.of("seed: 17", "output: /recipes/runs/stories-dpo", "      learning_rate: 2e-5", "      learning_rate: 1e-6", "      adam_epsilon: 1e-8",
                "      warmup_steps: null", "      reference: cached", "memory: null", "    held_out: 0", "    columns: {}")) {
            assertTrue(written.lines().anyMatch(line::equals), () -> "no line '" + line + "' in\n" + written);
        }
    }

    @Test
    void settingsThatMeanNothingAreNotWritten() {
        String written = RecipeWriter.write(Examples.parse(Examples.SMALL));
        List<String> dpo = written.lines().dropWhile(l -> !l.contains("dpo:")).takeWhile(l -> !l.contains("epochs")).map(String::strip).toList();
        assertEquals(List.of("dpo:", "loss:", "- dpo", "beta: 0.2", "label_smoothing: 0.0", "reference_free: false", "reference: cached"), dpo);
    }

    @Test
    void overridesReplaceAndAdd() {
        Recipe r = Examples.parse(Examples.SMALL, "seed=3", "stages[0].sft.learning_rate=1e-4", "stages.dpo.beta=0.5", "evaluate.prompts=held.jsonl",
                "data.sft.path=[a.jsonl, b.jsonl]", "stages.dpo.label_smoothing=0.1", "memory=512MB", "seed=4");
        assertEquals(4, r.seed(), "the last one wins");
        assertEquals(1e-4, Examples.losses(r).get(0).training().learningRate());
        assertEquals(Optional.of(0.5), ((Dpo) r.stages().get(1)).beta());
        assertEquals(Optional.of(0.1), ((Dpo) r.stages().get(1)).labelSmoothing());
        assertEquals(Path.of("/recipes/held.jsonl"), r.evaluate().orElseThrow().prompts());
        assertEquals(2, r.data().sft().orElseThrow().path().size());
        assertEquals(512_000_000L, r.memory().orElseThrow().bytes());
        assertFalse(Examples.parse(Examples.FULL, "memory=null").memory().isPresent());
    }

    @Test
    void amountsOfMemoryAndHeldOutRowsSurviveTheirText() {
        for (String text : List.of("8GB", "8GiB", "512MB", "1.5GB", "1024KiB", "3kB", "0.001KB")) {
            MemorySize size = MemorySize.parse(text);
            assertEquals(size, MemorySize.parse(size.toString()), text);
        }
        assertEquals(8L << 30, MemorySize.parse("8GiB").bytes());
        assertEquals(1_500_000_000L, MemorySize.parse("1.5GB").bytes());
        for (String text : List.of("0", "0.05", "200", "1e-3", "0.333333333333", "5e-17")) {
            HeldOutSize size = HeldOutSize.parse(text);
            assertEquals(size, HeldOutSize.parse(size.toString()), text);
        }
        for (String bad : List.of("1.5", "-1", "1.0", "ten", "", "99999999999", "1e3")) {
            assertThrows(IllegalArgumentException.class, () -> HeldOutSize.parse(bad), bad);
        }
        for (String bad : List.of("8", "GB", "0GB", "-1GB", "8gb", "9999999999TB", "")) {
            assertThrows(IllegalArgumentException.class, () -> MemorySize.parse(bad), bad);
        }
    }

    @Test
    void warmupIsCountedInSteps() {
        Training ratio = Examples.losses(Examples.parse(Examples.SMALL, "stages.sft.warmup_ratio=0.1")).get(0).training();
        assertEquals(11, ratio.warmup(101), "rounded up");
        Training steps = Examples.losses(Examples.parse(Examples.SMALL, "stages.sft.warmup_steps=20")).get(0).training();
        assertEquals(20, steps.warmup(100));
        assertEquals(10, steps.warmup(10));
    }
}
