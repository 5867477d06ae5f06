package org.align4j.recipes.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Stages that are done several times over, and whose rows a stage learns from. */
class StageListTest {
    private static final String HEAD = "name: x\nmodel: {path: m}\ndata: {sft: {path: s}, preferences: {path: p}}\nstages:\n";

    @Test
    void whatIsRepeatedStandsThereAsOften() {
        Recipe r = Examples.parse(HEAD + "  - sft: {}\n  - repeat:\n      times: 2\n      stages:\n        - dpo: {}\n        - repeat: {times: 3, stages: [{sft: {}}]}\n  - kto: {}\n");
        assertEquals(List.of("sft", "dpo", "sft", "sft", "sft", "dpo", "sft", "sft", "sft", "kto"), r.list().entries().stream().map(e -> e.stage().kind()).toList());
        assertEquals("stages[1].repeat.stages[1].repeat.stages[0].sft", r.list().entries().get(2).path());
        assertEquals(r, Examples.parse(RecipeWriter.write(r)));
    }

    @Test
    void problemsInRepeatedStagesAreSaidOnceAndWhere() {
        assertEquals(List.of("recipe.yaml:8:11: the dpo stage needs data.preferences, which is not given; add it under data"),
                Examples.problems("name: x\nmodel: {path: m}\ndata: {sft: {path: s}}\nstages:\n  - repeat:\n      times: 4\n      stages:\n        - dpo: {}\n"));
    }

    @Test
    void rowsThatNoStageMakesCannotBeLearntFrom() {
        assertEquals(List.of("recipe.yaml:5:11: no stage before makes rows that sft learns from; put a sample stage before it that keeps data.sft, or write data: recipe"),
                Examples.problems(HEAD + "  - sft: {data: sampled}\n"));
    }
}
