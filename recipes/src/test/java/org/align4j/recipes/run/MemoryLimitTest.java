package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
        return RecipeReader.parse("r.yaml", "name: tiny\noutput: out\nmemory: 1GB\nmodel: {path: model}\ndata:\n  sft: {path: sft.jsonl}\nstages:\n  - " + stage + "\n",
                List.of(), dir, true);
    }

    private List<StagePlan> plans(Recipe recipe) {
        try (ModelSession session = ModelSession.open(recipe.model())) {
            return RecipeRunner.plan(recipe, session);
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
        assertDoesNotThrow(() -> MemoryLimit.require(recipe, ModelConfig.read(dir.resolve("model")), plans));
        ModelConfig seven = ModelConfig.freshLlama(32_000, 4096, 11_008, 32, 32, 32, 4096, false);
        String m = assertThrows(UserException.class, () -> MemoryLimit.require(recipe, seven, plans)).getMessage();
        assertTrue(m.contains("1-sft") && m.contains("float32") && m.contains("memory: "), m);
    }
}
