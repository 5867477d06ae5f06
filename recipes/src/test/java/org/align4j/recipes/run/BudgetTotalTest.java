package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.yaml.RecipeException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A budget is spent once, whatever the stages. */
class BudgetTotalTest {
    private static final String BUDGET = "budget: {total: 20, split: {sft: 0.4, preference: 0.6}}\n";

    @TempDir
    Path dir;

    @BeforeEach
    void write() throws IOException {
        TinyModel.writeWithTokenizer(dir.resolve("model"));
        rows("sft.jsonl", "{\"prompt\": \"%s\", \"completion\": \" one\"}");
        rows("pairs.jsonl", "{\"prompt\": \"%s\", \"chosen\": \" one\", \"rejected\": \" two\"}");
        rows("labels.jsonl", "{\"prompt\": \"%s\", \"completion\": \" one\", \"label\": true}");
    }

    private void rows(String file, String row) throws IOException {
        Files.write(dir.resolve(file), IntStream.range(0, 30).mapToObj(i -> row.formatted(TinyModel.WORDS[4 + i % 12] + " and " + TinyModel.WORDS[4 + i / 12])).toList());
    }

    private Recipe recipe(String data, String budget, String stages) {
        String text = "name: a\nmodel: {path: model, precision: fp32}\ndata:\n  sft: {path: sft.jsonl}\n  preferences: {path: pairs.jsonl}\n" + data + budget + "stages:\n" + stages;
        return RecipeReader.parse("a.yaml", text, List.of(), dir, true);
    }

    private String refused(String data, String budget, String stages) {
        return assertThrows(RecipeException.class, () -> recipe(data, budget, stages)).getMessage();
    }

    private BudgetTotal total(Recipe recipe) {
        try (ModelSession session = ModelSession.open(recipe.model())) {
            return BudgetTotal.of(recipe, Works.plan(recipe, session)).orElseThrow();
        }
    }

    @Test
    @SuppressWarnings("unchecked")
    void stagesOnOneSourceShareWhatWasBought() {
        BudgetTotal total = total(recipe("", BUDGET, "  - sft: {}\n  - reward: {}\n  - dpo: {}\n  - kto: {}\n"));
        Map<String, Object> m = total.toMap();
        assertEquals(20.0, m.get("bought"), "8 demonstrations and 12 pairs, though three stages learn from the pairs");
        assertEquals(0.0, m.get("left_over"));
        Map<String, Object> preferences = (Map<String, Object>) m.get("preferences");
        assertEquals(12L, preferences.get("bought_rows"));
        assertEquals(12L, preferences.get("used_rows"));
        assertEquals("Budget in all: bought 20 of 20 examples (demonstrations 8, preferences 12), left over 0", total.words());
        assertEquals("Budget in all: bought 12 of 20 examples (demonstrations none, preferences 12), left over 8", total(recipe("", BUDGET, "  - dpo: {}\n")).words());
    }

    @Test
    void twoSourcesOfOneKindAreRefused() {
        String labels = "  unpaired: {path: labels.jsonl}\n";
        String told = refused(labels, BUDGET, "  - dpo: {}\n  - kto: {}\n");
        assertTrue(told.contains("the part for preferences buys rows of one source, found data.preferences and data.unpaired") && told.contains("into one source"), told);
        assertTrue(refused("", BUDGET, "  - select: {source: {path: labels.jsonl}, steps: [{random: {keep: 5}}]}\n  - sft: {data: recipe}\n")
                .contains("the part for demonstrations buys rows of one source, found stages[0].select.source and data.sft"));
        recipe(labels, "", "  - dpo: {}\n  - kto: {}\n");
        recipe(labels, BUDGET, "  - sft: {}\n  - kto: {}\n");
        recipe("", BUDGET, "  - select: {steps: [{random: {keep: 5}}]}\n  - sft: {}\n  - sft: {data: recipe}\n");
    }

    @Test
    void pricesWithoutEffectAreRefused() {
        String told = refused("", "budget: {total: 20, cost: {sft: 3}, split: {sft: 0.5, preference: 0.5}}\n", "  - sft: {}\n");
        assertTrue(told.contains("prices have no effect on a budget that counts examples"), told);
        recipe("", "budget: {total: 20, cost: {sft: 1}, split: {sft: 0.5, preference: 0.5}}\n", "  - sft: {}\n");
        recipe("", "budget: {total: 20, unit: cost, cost: {sft: 3}, split: {sft: 0.5, preference: 0.5}}\n", "  - sft: {}\n");
    }
}
