package org.align4j.recipes.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What studies plan, and what they refuse before any work. */
class StudyPlanTest {
    @TempDir
    Path dir;

    private TinyStudy study;

    @BeforeEach
    void write() throws IOException {
        study = new TinyStudy(dir);
    }

    private void refused(List<String> words, String... settings) {
        String[] args = new String[settings.length * 2];
        for (int i = 0; i < settings.length; i++) {
            args[2 * i] = "--set";
            args[2 * i + 1] = settings[i];
        }
        assertEquals(2, study.run(args));
        words.forEach(w -> assertTrue(study.err().contains(w), "'" + w + "' is not in: " + study.err()));
        assertFalse(Files.exists(study.at("")), "nothing is begun");
    }

    private StudyPlan plan(String... settings) {
        StudyReader.Pair pair = StudyReader.read(dir.resolve("study.yaml"), List.of(settings));
        return StudyPlan.of(pair.study(), pair.recipe(), new StudyFiles(pair.study().output()));
    }

    @Test
    void mistakesAreToldWithTheirPlaces() throws IOException {
        study.study("ratio: [0.5]\n");
        refused(List.of("study.yaml:13:1: unknown key 'ratio'", "did you mean 'ratios'?"));
        study.study("");
        refused(List.of("--set ratios=[0.5, 2]", "ratios[1]", "found '2'"), "ratios=[0.5, 2]");
        refused(List.of("--set stages.sft.epochs=0", "epochs"), "recipe.stages.sft.epochs=0");
    }

    @Test
    void whatCannotBeRunIsRefused() throws IOException {
        refused(List.of("pays for more preferences than there are", "The largest budget at that ratio is"), "budgets=[8, 200]");
        refused(List.of("a method's name must be", "not sft"), "methods={sft: [{dpo: {}}]}");
        refused(List.of("budgets must be different"), "budgets=[8, 8]");
        refused(List.of("a whole number, found 8.5"), "budgets=[8.5]");
        refused(List.of("learns from demonstrations. Put it into the recipe"), "methods={both: [{sft: {}}]}");
        refused(List.of("has no stage that learns from data.preferences"), "methods={none: [{sample: {reward: {length: {most: 3}}, keep: best_of_n}}]}");
        refused(List.of("has no budget of its own"), "recipe.budget={total: 5, split: {sft: 1, preference: 0}}");
        refused(List.of("buys no row at all"), "budget={unit: cost, cost: {sft: 30, preference: 30}}");
        refused(List.of("With the method dpo", "adapter_off"), "methods={dpo: [{dpo: {reference: adapter_off}}]}");
        study.recipe("  - dpo: {}\n");
        refused(List.of("found dpo, which learns from preferences"));
    }

    @Test
    void testDataInTrainingIsRefusedOrLeftOut() throws IOException {
        String row = Files.readAllLines(dir.resolve("test.jsonl")).get(3).replaceAll("\"answer\".*", "\"completion\": \" one\"}");
        Files.writeString(dir.resolve("sft.jsonl"), Files.readString(dir.resolve("sft.jsonl")) + row + "\n");
        refused(List.of("1 of ", "training rows of data.sft", "test.jsonl:4"));
        long all = plan("recipe.data.sft.overlap=allow", "recipe.data.preferences.held_out=0", "recipe.data.sft.held_out=0").needs().data().get("sft").pool();
        refused(List.of("cannot be left out of the demonstrations"), "recipe.data.sft.overlap=drop");
        assertEquals(all - 1, plan("recipe.data.sft.overlap=drop", "recipe.data.preferences.held_out=0", "recipe.data.sft.held_out=0").needs().data().get("sft").pool());
    }

    /** What stages sample answers for is trained on as well. */
    @Test
    void testDataInPromptsIsRefused() throws IOException {
        Files.copy(dir.resolve("test.jsonl"), dir.resolve("asked.jsonl"));
        refused(List.of("which answers are sampled for, are evaluated on"), "recipe.data.prompts={path: " + dir.resolve("asked.jsonl") + "}",
                "methods={both: [{dpo: {batch_size: 4}}, {grpo: {reward: {length: {most: 5}}, max_new_tokens: 2}}]}");
    }

    @Test
    void questionsWithChoicesAreComparedToo() throws IOException {
        String row = Files.readAllLines(dir.resolve("pairs.jsonl")).get(0);
        String prompt = row.substring(row.indexOf(": \"") + 3, row.indexOf("\", \"chosen"));
        Files.writeString(dir.resolve("choices.jsonl"), "{\"question\": \"" + prompt + "\", \"choices\": [\" one\", \" two\"], \"answer\": 0}\n");
        refused(List.of("training rows of data.", "choices.jsonl:1"), "evaluate=[{multiple_choice: {data: " + dir.resolve("choices.jsonl") + "}}]", "metric=accuracy");
        List<String> notes = plan("evaluate=[{loss: {data: " + dir.resolve("texts.jsonl") + "}}]", "metric=loss").notes();
        assertTrue(notes.get(0).contains("not compared with") && notes.get(0).contains("texts.jsonl"), notes.toString());
    }

    @Test
    void aCellKnowsWhatItCameFrom() throws IOException {
        String before = plan().cells().get(0).digest();
        assertEquals(before, plan("budgets=[8]").cells().get(0).digest());
        assertFalse(before.equals(plan("methods.dpo[0].dpo.beta=0.2").cells().get(0).digest()));
        Files.writeString(dir.resolve("test.jsonl"), Files.readString(dir.resolve("test.jsonl")).replace("\"answer\": \"", "\"answer\": \"x"));
        assertFalse(before.equals(plan().cells().get(0).digest()), "other contents of what is measured");
    }

    @Test
    void aMetricThatIsNotMeasuredIsTold() {
        assertEquals(2, study.run("--set", "metric=accuracy"));
        assertTrue(study.err().contains("The metric accuracy is not among the figures that evaluate gives: exact_match"), study.err());
        assertFalse(Files.exists(study.at("cells")), "before any cell");
    }

    @Test
    void whatRoundsToNothingBehavesAsNothing() {
        StudyPlan plan = plan("ratios=[0.1, 0.95]");
        StudyPlan.Cell cold = plan.cells().stream().filter(c -> c.name().equals("b8-r0.1-dpo-s5")).findFirst().orElseThrow();
        assertEquals(0, cold.spent().demonstrations().rows());
        assertEquals(0.8, cold.spent().demonstrations().left(), 1e-12);
        assertTrue(cold.after().isEmpty() && cold.own());
        StudyPlan.Cell alone = plan.cells().stream().filter(c -> c.name().equals("b8-r0.95-dpo-s5")).findFirst().orElseThrow();
        assertTrue(alone.after().size() == 1 && !alone.own());
        assertTrue(plan.notes().stream().anyMatch(n -> n.startsWith("b8-r0.95-dpo-s5: 0.4")), plan.notes().toString());
    }

    @Test
    void sharedStagesHangOnRowsSettingsAndSeed() {
        StudyPlan plan = plan("budgets=[8,80]", "ratios=[0.1,1]", "seeds=[1,2]");
        assertEquals(4, plan.shared().size(), "8 and 80 demonstrations, two seeds: a tenth of 80 is all of 8");
        Set<String> digests = new HashSet<>();
        plan.shared().forEach(s -> digests.add(s.digest()));
        plan("budgets=[8,80]", "ratios=[0.1,1]", "seeds=[1,2]", "methods={kto: [{kto: {}}]}").shared().forEach(s -> assertTrue(digests.contains(s.digest())));
        plan("budgets=[8,80]", "ratios=[0.1,1]", "seeds=[1,2]", "recipe.stages.sft.epochs=3").shared().forEach(s -> assertFalse(digests.contains(s.digest())));
    }

    @Test
    void labelsOfPairsAreBoughtAsPairs() {
        StudyPlan plan = plan("methods={kto: [{kto: {}}], dpo: [{dpo: {}}]}");
        plan.cells().forEach(c -> plan.cells().stream().filter(d -> d.key().budget() == c.key().budget() && d.key().ratio() == c.key().ratio())
                .forEach(d -> assertEquals(c.spent().preferences().rows(), d.spent().preferences().rows())));
        assertEquals(plan.needs().data().get("dpo").used(), plan.needs().data().get("kto").used());
    }

    @Test
    void aRewardModelIsBoughtWithThePartForPreferences() throws IOException {
        Files.writeString(dir.resolve("prompts.jsonl"), "{\"prompt\": \"one and\"}\n");
        String rl = "[{reward: {batch_size: 4, epochs: 2}}, {ppo: {reward: stage, max_new_tokens: 2, batch_size: 4, max_steps: 4}}]";
        StudyPlan plan = plan("methods={dpo: [{dpo: {batch_size: 4}}], rl: " + rl + "}", "recipe.data.prompts={path: prompts.jsonl}");
        StudyPlan.Cell half = plan.cells().stream().filter(c -> c.name().equals("b16-r0.5-rl-s5")).findFirst().orElseThrow();
        StudyPlan.Cell dpo = plan.cells().stream().filter(c -> c.name().equals("b16-r0.5-dpo-s5")).findFirst().orElseThrow();
        assertEquals(8, half.spent().preferences().rows());
        assertEquals(dpo.spent().preferences(), half.spent().preferences(), "the rows that dpo buys");
        assertEquals(4, half.work().updates(), "two epochs of 8 pairs in batches of 4");
        assertEquals(plan.needs().data().get("dpo"), plan.needs().data().get("rl"));
    }

    @Test
    void thePlanIsForPeople() {
        assertEquals(0, study.run("--check"), study.err());
        for (String words : List.of("tiny: 10 cells (2 budgets, 3 ratios, 2 methods, 1 seed", "3 shared finetunings", "Data: demonstrations: at most 16 of the", "Time: about", "Memory: about")) {
            assertTrue(study.out().contains(words), "'" + words + "' is not in: " + study.out());
        }
    }

    @Test
    void theSchemaKnowsStudies() {
        String schema = StudyReader.schema();
        for (String key : List.of("\"budgets\"", "\"ratios\"", "\"methods\"", "\"keep_models\"", "\"exact_match\"", "\"dpo\"")) {
            assertTrue(schema.contains(key), key);
        }
    }
}
