package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.io.ModelWeights;
import org.align4j.core.train.Trainer;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.recipe.RecipeWriter;
import org.align4j.recipes.rundir.RunFiles;
import org.align4j.recipes.yaml.RecipeException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Merging as a stage of a recipe. */
class MergeStageTest {
    private static final String NAME = "model.layers.1.mlp.up_proj.weight";
    private static final String TRAINING = "max_steps: 2, batch_size: 4, micro_batch_tokens: 40, learning_rate: 1e-2";

    @TempDir
    private Path dir;

    @BeforeEach
    void prepare() throws IOException {
        TinyRun.prepare(dir);
    }

    private Recipe recipe(String output, String stages) {
        String text = "name: tiny\nseed: 5\noutput: " + output + "\nmodel: {path: model, precision: fp32}\n"
                + "data:\n  sft: {path: sft.jsonl, held_out: 4}\n  preferences: {path: pairs.jsonl, held_out: 4}\nstages:\n" + stages;
        return RecipeReader.parse("tiny.yaml", text, List.of(), dir, true);
    }

    private static float[] values(Path model) {
        try (ModelWeights w = ModelWeights.open(model)) {
            float[] v = new float[Math.toIntExact(w.tensors().get(NAME).elements())];
            w.read(NAME, 0, v, 0, v.length);
            return v;
        }
    }

    private static RunFiles run(Recipe recipe) {
        return TinyRun.run(recipe, false, new StringBuilder(), () -> false);
    }

    @Test
    void aSoupOfTwoStagesIsTrainedFurtherAndResumes() throws IOException {
        String stages = "  - sft: {" + TRAINING + "}\n  - dpo: {" + TRAINING + "}\n  - merge: {method: linear, with: 1-sft, weights: [1, 3]}\n  - sft: {" + TRAINING + "}\n";
        RunFiles whole = run(recipe("whole", stages));
        float[] sft = values(whole.stages().resolve("1-sft"));
        float[] dpo = values(whole.stages().resolve("2-dpo"));
        float[] soup = values(whole.stages().resolve("3-merge"));
        double moved = 0;
        for (int i = 0; i < soup.length; i++) {
            assertEquals((float) (0.25 * dpo[i] + 0.75 * sft[i]), soup[i]);
            moved = Math.max(moved, Math.abs(dpo[i] - sft[i]));
        }
        assertTrue(moved > 1e-3, "the stages differ: " + moved);
        assertFalse(Files.exists(whole.stages().resolve("3-merge.work/merged")));
        assertTrue(Files.readString(whole.results()).contains("3-merge"));
        Recipe stopped = recipe("stopped", stages);
        for (int moment : new int[] {5, 3}) { // after two updates in each of two stages, at the first tensor; then at the third
            int[] asked = new int[1];
            assertThrows(Trainer.Stopped.class, () -> TinyRun.run(stopped, moment == 3, new StringBuilder(), () -> ++asked[0] >= moment));
            assertTrue(Files.exists(dir.resolve("stopped/stages/2-dpo.json")) && !Files.exists(dir.resolve("stopped/stages/3-merge.json")));
        }
        assertArrayEquals(TinyRun.weights(whole), TinyRun.weights(TinyRun.run(stopped, true, new StringBuilder(), () -> false)));
    }

    @Test
    void extrapolationAndLinesStartFromAnEarlierModel() {
        RunFiles files = run(recipe("expo", "  - sft: {" + TRAINING + "}\n  - merge: {method: expo, base: start, alpha: 1.5}\n"));
        float[] start = values(dir.resolve("model"));
        float[] sft = values(files.stages().resolve("1-sft"));
        float[] beyond = values(files.model());
        RunFiles lines = run(recipe("lines", "  - sft: {" + TRAINING + "}\n  - merge: {method: task_arithmetic, base_model: model, lines: {alpha: 0.5}}\n"));
        float[] last = values(lines.model());
        for (int i = 0; i < start.length; i++) {
            assertEquals(start[i] + 1.5 * ((double) sft[i] - start[i]), beyond[i], 1e-7);
            assertEquals(sft[i], last[i], 1e-8, "the last of two blocks has the factor 1");
        }
    }

    @Test
    void anAdapterThatWasKeptIsMergedWithItsModel() {
        String adapter = ", adapter: {rank: 2, then: keep}";
        RunFiles files = run(recipe("adapter", "  - sft: {" + TRAINING + adapter + "}\n  - dpo: {" + TRAINING + ", adapter: {previous: true}, reference: frozen}\n"
                + "  - merge: {method: slerp, with: 1-sft, t: 1}\n  - merge: {method: linear, with: [2-dpo, start]}\n"));
        assertTrue(Files.exists(files.stages().resolve("1-sft/adapter_model.safetensors")));
        float[] sft = values(files.stages().resolve("3-merge"));
        float[] dpo = values(files.stages().resolve("2-dpo"));
        float[] start = values(dir.resolve("model"));
        float[] mean = values(files.model());
        double moved = 0;
        for (int i = 0; i < sft.length; i++) {
            assertEquals((sft[i] + (double) dpo[i] + start[i]) / 3, mean[i], 1e-7);
            moved = Math.max(moved, Math.abs(sft[i] - start[i]));
        }
        assertTrue(moved > 1e-5, "the adapter of the first stage is in: " + moved);
    }

    @Test
    void whatCannotBeMergedIsFoundBeforehand() {
        String sft = "  - sft: {" + TRAINING + "}\n";
        refused(sft + "  - merge: {method: linear, with: 1-dpo}\n", "no stage before is called 1-dpo and leaves a model; known are 1-sft, start");
        refused(sft + "  - merge: {method: linear}\n", "linear needs other models");
        refused(sft + "  - merge: {method: slerp, with: [start]}\n", "needs t with method slerp");
        refused(sft + "  - merge: {method: slerp, with: [start, 1-sft], t: 0.5}\n", "slerp needs one other model, in with or models, found 2");
        refused(sft + "  - merge: {method: ties, base: start}\n", "needs density");
        refused(sft + "  - merge: {method: ties, density: 0.2}\n", "needs base");
        refused(sft + "  - merge: {method: linear, with: start, weights: [1]}\n", "a merge of 2 models needs as many weights, found 1");
        refused(sft + "  - merge: {method: linear, with: start, t: 0.5}\n", "t has no effect with method linear");
        refused(sft + "  - merge: {method: cat, with: start}\n", "cat merges adapters");
        refused(sft + "  - merge: {method: linear, with: start, dtype: bfloat16}\n", "a merge keeps the run's types");
        Recipe good = recipe("good", sft + "  - merge: {method: dare_ties, with: start, base: 1-sft, density: 0.2, lines: {alpha: 0.2, beta: 0.5}}\n");
        assertEquals(good, RecipeReader.parse("written", RecipeWriter.write(good), List.of(), dir, true));
    }

    private void refused(String stages, String message) {
        String said = assertThrows(RecipeException.class, () -> recipe("bad", stages)).getMessage();
        assertTrue(said.contains(message), said);
    }
}
