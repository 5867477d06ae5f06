package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is evaluated on is not trained on. */
class UnseenTest {
    @TempDir
    static Path dir;

    @BeforeAll
    static void files() throws IOException {
        TinyModel.writeWithTokenizer(dir.resolve("model"));
        Files.write(dir.resolve("sft.jsonl"), List.of(row("one", "two"), row("two", "three"), row("three", "four"), row("four", "five")));
        Files.write(dir.resolve("pairs.jsonl"), List.of(pair("five"), pair("one"), pair("six"), pair("seven and  eight")));
        Files.write(dir.resolve("test.jsonl"), List.of("{\"prompt\": \"seven and eight\"}", "{\"prompt\": \"nine\"}"));
        Files.write(dir.resolve("chat.jsonl"), List.of("{\"messages\": [{\"role\": \"user\", \"content\": \"three\"}, {\"role\": \"assistant\", \"content\": \"one\"}]}"));
        Files.write(dir.resolve("clean.jsonl"), List.of("{\"prompt\": \"ten\"}"));
    }

    private static String row(String prompt, String completion) {
        return "{\"prompt\": \"" + prompt + "\", \"completion\": \" " + completion + "\"}";
    }

    private static String pair(String prompt) {
        return "{\"prompt\": \"" + prompt + "\", \"chosen\": \" one\", \"rejected\": \" two\"}";
    }

    /** The plans of a recipe of SFT and DPO. */
    private static List<Planned> plan(String data, String more) {
        String text = "name: a\nmodel: {path: model, precision: fp32}\ndata:\n" + data + "stages:\n  - sft: {}\n  - dpo: {}\n" + more;
        Recipe recipe = RecipeReader.parse("a.yaml", text, List.of(), dir, true);
        try (ModelSession session = ModelSession.open(recipe.model())) {
            return Works.plan(recipe, session);
        }
    }

    private static String refused(String data, String more) {
        return assertThrows(UserException.class, () -> plan(data, more)).getMessage();
    }

    private static final String PLAIN = "  sft: {path: sft.jsonl}\n  preferences: {path: pairs.jsonl}\n";

    @Test
    void evaluationPromptsAreRefusedWithTheirPlaces() {
        String told = refused(PLAIN, "evaluate: {prompts: test.jsonl}\n");
        assertTrue(told.contains("1 of 4 training rows of data.preferences") && told.contains("pairs.jsonl:4 is also ") && told.contains("test.jsonl:1"), told);
        assertTrue(told.contains("overlap: drop under data.preferences"), told);
        plan(PLAIN, "evaluate: {prompts: clean.jsonl}\n");
    }

    @Test
    void theyAreLeftOutOrKeptWhereTheSourceSaysSo() {
        List<Planned> dropped = plan("  sft: {path: sft.jsonl}\n  preferences: {path: pairs.jsonl, overlap: drop}\n", "evaluate: {prompts: test.jsonl}\n");
        assertEquals(3, dropped.get(1).work().rows().get("trained_on"));
        assertEquals(1, dropped.get(1).work().rows().get("left_out_because_evaluated_on"));
        assertTrue(dropped.get(1).work().describe().contains("1 rows are left out"), dropped.get(1).work().describe());
        List<Planned> kept = plan("  sft: {path: sft.jsonl}\n  preferences: {path: pairs.jsonl, overlap: allow}\n", "evaluate: {prompts: test.jsonl}\n");
        assertEquals(4, kept.get(1).work().rows().get("trained_on"));
    }

    @Test
    void otherTestSetsCountToo() {
        String told = refused(PLAIN + "  unseen: [{path: clean.jsonl}, {path: chat.jsonl}]\n", "");
        assertTrue(told.contains("data.sft") && told.contains("sft.jsonl:3 is also ") && told.contains("chat.jsonl:1"), told);
    }

    @Test
    void whatOneSourceHoldsOutAnotherMustNotTrainOn() {
        // A count of 3 of 4 prompts holds out "one" with some seed; the other source trains on all of its own.
        String told = null;
        int refusals = 0;
        for (int seed = 0; seed < 6; seed++) {
            try {
                plan("  sft: {path: sft.jsonl, held_out: 2}\n  preferences: {path: pairs.jsonl}\n", "seed: " + seed + "\n");
            } catch (UserException e) {
                refusals++;
                told = e.getMessage();
            }
        }
        assertTrue(refusals > 0 && refusals < 6, "half of the prompts are held out: " + refusals);
        assertTrue(told.contains("pairs.jsonl:2 is also ") && told.contains("sft.jsonl:1"), told);
        plan("  sft: {path: sft.jsonl, held_out: 0.5}\n  preferences: {path: pairs.jsonl, held_out: 0.5}\n", "seed: 3\n");
    }

    @Test
    @SuppressWarnings("unchecked")
    void theBudgetIsReported() {
        List<Planned> plans = plan(PLAIN, "budget: {total: 10, split: {sft: 0.2, preference: 0.8}}\n");
        Map<String, Object> sft = (Map<String, Object>) plans.get(0).work().rows().get("budget");
        assertEquals(2.0, sft.get("allowed"));
        assertEquals(2L, sft.get("rows"));
        assertEquals(4L, sft.get("pool_rows"));
        assertEquals(false, sft.get("more_than_there_is"));
        Map<String, Object> pairs = (Map<String, Object>) plans.get(1).work().rows().get("budget");
        assertEquals(4.0, pairs.get("left_over"));
        assertEquals(true, pairs.get("more_than_there_is"));
        assertTrue(plans.get(1).work().describe().contains("4 of 4 rows"), plans.get(1).work().describe());
    }
}
