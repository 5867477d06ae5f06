package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What plans say that a stage holds in memory, and what is refused before any work. */
class MemoryLimitTest {
    @TempDir
    Path dir;

    @BeforeEach
    void prepare() throws Exception {
        TinyRun.prepare(dir);
    }

    private Recipe recipe(String stage) {
        return recipe(stage, "1GB");
    }

    private Recipe recipe(String stage, String memory) {
        return RecipeReader.parse("r.yaml", "name: tiny\noutput: out\nmemory: " + memory + "\nmodel: {path: model}\ndata:\n  sft: {path: sft.jsonl}\nstages:\n  - " + stage + "\n",
                List.of(), dir, true);
    }

    private List<StagePlan> plans(Recipe recipe) {
        try (ModelSession session = ModelSession.open(recipe.model())) {
            return Works.plan(recipe, session).stream().map(p -> ((LossWork) p.work()).plan()).toList();
        }
    }

    @Test
    void aTeacherCountsAsLargeAsItIs() throws Exception {
        ModelConfig teacher = ModelConfig.freshLlama(40, 64, 128, 2, 2, 1, 32, true);
        Files.createDirectory(dir.resolve("teacher"));
        Files.writeString(dir.resolve("teacher/config.json"), teacher.toJson());
        assertEquals(4 * teacher.parameterCount(), plans(recipe("distill: {teacher: teacher, max_steps: 1}")).get(0).memory().reference());
        assertEquals(4 * teacher.parameterCount(), plans(recipe("distill: {teacher: teacher, max_steps: 1, adapter: {rank: 2}}")).get(0).memory().reference());
    }

    /** A fresh model is held as planned, like one that is read. */
    @ParameterizedTest
    @EnumSource
    void weightsAreHeldAsPlanned(Held held) throws Exception {
        Path tokenizer = TinyModel.writeWithTokenizer(dir.resolve("tokenizer"));
        Recipe fresh = RecipeReader.parse("r.yaml", "name: tiny\noutput: out\nmodel: {tokenizer: " + tokenizer + ", init: {hidden_size: 32, layers: 2, heads: 2}}\n"
                + "data:\n  sft: {path: sft.jsonl}\nstages:\n  - sft: {max_steps: 1}\n", List.of(), dir, true);
        for (Recipe r : List.of(fresh, recipe("sft: {max_steps: 1}"))) {
            try (ModelSession session = ModelSession.open(r.model())) {
                // Flat memory is in blocks of 1024 values.
                assertEquals(held.bytes(session.config()), session.load(r.model(), 1, held).model().values().bytes(), 2 * 4096);
                assertEquals(held.fourBits(), session.model().values().quantized());
                assertEquals(held.type(), session.model().values().dtype());
            }
        }
    }

    /** Four bits are enough to train on, but not to add the adapter to. */
    @Test
    void theMergeAtTheEndCounts() {
        Recipe recipe = recipe("sft: {max_steps: 1, adapter: {rank: 2, quantize: nf4}}");
        List<StagePlan> plans = plans(recipe);
        assertDoesNotThrow(() -> MemoryLimit.require(recipe, ModelConfig.read(dir.resolve("model")), plans.get(0)));
        ModelConfig seven = ModelConfig.freshLlama(32_000, 4096, 11_008, 32, 32, 32, 4096, false);
        String m = assertThrows(UserException.class, () -> MemoryLimit.require(recipe, seven, plans.get(0))).getMessage();
        assertTrue(m.contains("1-sft") && m.contains("float32") && m.contains("memory: "), m);
    }

    /** A deeper model than that of other tests: planned for, never read. */
    private void deep() throws Exception {
        Files.writeString(dir.resolve("model/config.json"), ModelConfig.freshLlama(40, 16, 32, 6, 2, 1, 32, true).toJson());
    }

    private StagePlan plan(String settings, long bytes) {
        return plans(recipe("sft: {max_steps: 1, " + settings + "}", bytes / 1000 + "." + String.format("%03d", bytes % 1000) + "KB")).get(0);
    }

    /** As few blocks as fit: one byte less, and one more is computed again. */
    @Test
    void blocksAreComputedAgainUntilTheStageFits() throws Exception {
        deep();
        long whole = plan("gradient_checkpointing: none", 1L << 40).memory().total();
        StagePlan fits = plan("batch_size: 16", whole);
        assertEquals(0, fits.settings().recompute());
        assertEquals(whole, fits.memory().total());
        assertTrue(!fits.describe().contains("again"), fits.describe());
        StagePlan one = plan("batch_size: 16", whole - 1);
        assertEquals(1, one.settings().recompute());
        assertTrue(one.memory().total() < whole);
        assertTrue(one.describe().contains("1 block is computed again in the backward pass, to fit"), one.describe());
        assertEquals(Map.of("recomputed_blocks", 1, "planned_bytes", one.memory().total()), one.chosen());
        assertEquals(2, plan("batch_size: 16", one.memory().total() - 1).settings().recompute());
        long least = plan("gradient_checkpointing: all", 1L << 40).memory().total();
        assertEquals(5, plan("batch_size: 16", least).settings().recompute(), "the last block is never computed again");
        String m = assertThrows(UserException.class, () -> plan("batch_size: 16", least - 1)).getMessage();
        assertTrue(m.contains("1-sft") && m.contains("more than memory: ") && m.contains("no block keeps more than its input"), m);
        assertTrue(m.contains("Set adam_moments: int8, lower micro_batch_tokens (4096)") && !m.contains("gradient_checkpointing"), m);
    }

    @Test
    void whatTheRecipeSaysAboutBlocksDecides() throws Exception {
        deep();
        StagePlan none = plan("gradient_checkpointing: none", 1L << 40);
        assertEquals(2, plan("gradient_checkpointing: 2", 1L << 40).settings().recompute());
        assertEquals(6, plan("gradient_checkpointing: all", 1L << 40).settings().recompute());
        String refused = assertThrows(UserException.class, () -> plan("gradient_checkpointing: none", none.memory().total() - 1)).getMessage();
        assertTrue(refused.contains("Remove gradient_checkpointing, so that blocks are computed again, set adam_moments: int8"), refused);
        String many = assertThrows(UserException.class, () -> plan("gradient_checkpointing: 7", 1L << 40)).getMessage();
        assertTrue(many.contains("7 blocks") && many.contains("the model has 6"), many);
        String word = assertThrows(UserException.class, () -> plan("gradient_checkpointing: true", 1L << 40)).getMessage();
        assertTrue(word.contains("auto, none, all or a number of blocks") && word.contains("write all"), word);
    }

    /** 8 bytes of moments for a value, 4, or 2 and a little. */
    @Test
    void momentsCountAsTheyAreKept() {
        long values = ModelConfig.read(dir.resolve("model")).parameterCount();
        long wide = plan("adam_moments: float32", 1L << 40).memory().weights();
        assertEquals(16 * values, wide);
        long half = plan("adam_moments: bfloat16", 1L << 40).memory().weights();
        long narrow = plan("adam_moments: int8", 1L << 40).memory().weights();
        // Matrices end in rows of 1024 values that are not full: 15 matrices here.
        assertEquals(12 * values, half, 15 * 2 * 2048);
        assertEquals(10 * values, narrow, 15 * 2 * 1028);
        assertTrue(narrow < half, narrow + " and " + half);
    }
}
