package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.align4j.core.UserException;
import org.align4j.core.data.DataLoader;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.TaskKind;
import org.align4j.core.train.Trainer;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.rundir.RunFiles;
import org.align4j.recipes.rundir.RunResults;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Stages that choose among rows, and those that learn from what was chosen. */
class SelectStageTest {
    private static final String SFT = "  - sft: {max_steps: 2, batch_size: 4, learning_rate: 1e-2, logging_every: 1%s}\n";
    private static final String DPO = "  - dpo: {max_steps: 2, batch_size: 4, learning_rate: 1e-2, logging_every: 1%s}\n";
    private static final String LENGTH = "{length: {most: 1, slack: 8}}";

    @TempDir
    Path temp;

    @BeforeEach
    void prepare() throws IOException {
        TinyModel.writeWithTokenizer(temp.resolve("model"));
        List<String> rows = new ArrayList<>();
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            String prompt = TinyModel.WORDS[4 + i % 12] + " and " + TinyModel.WORDS[4 + (5 * i) % 12] + (i < 12 ? " is" : "");
            rows.add("{\"prompt\": \"" + prompt + "\", \"completion\": \"" + words(i, 1 + i % 6) + "\"}");
            pairs.add("{\"prompt\": \"" + prompt + "\", \"chosen\": \"" + words(i, 1 + i % 3) + "\", \"rejected\": \"" + words(i + 1, 1 + i % 5) + "\", \"margin\": " + (1 + i % 2) + "}");
        }
        rows.add(rows.get(3));
        Files.write(temp.resolve("rows.jsonl"), rows);
        Files.write(temp.resolve("pairs.jsonl"), pairs);
    }

    private static String words(int from, int n) {
        StringBuilder s = new StringBuilder();
        for (int k = 0; k < n; k++) {
            s.append(' ').append(TinyModel.WORDS[4 + (3 * from + 5 * k) % 12]);
        }
        return s.toString();
    }

    private Recipe recipe(String output, String more, String stages) {
        String text = "name: tiny\nseed: 5\noutput: " + output + "\nmodel: {path: model, precision: fp32}\ndata:\n  sft: {path: rows.jsonl, held_out: 3}\n  preferences: {path: pairs.jsonl, overlap: allow}\n"
                + more + "stages:\n" + stages;
        return RecipeReader.parse("tiny.yaml", text, List.of(), temp, true);
    }

    private static String select(String more, String... steps) {
        return "  - select: {" + more + "steps: [" + String.join(", ", steps) + "]}\n";
    }

    private static RunFiles run(Recipe recipe) {
        return TinyRun.run(recipe, false, new StringBuilder(), () -> false);
    }

    private static List<JsonNode> lines(Path file) throws IOException {
        return Files.readAllLines(file).stream().map(JsonMapper.shared()::readTree).toList();
    }

    private static JsonNode report(RunFiles files, String entry) throws IOException {
        return JsonMapper.shared().readTree(Files.readAllBytes(files.dataReport())).get(entry);
    }

    @Test
    void whatIsChosenIsLearntFromAndEveryRowIsAccountedFor() throws IOException {
        RunFiles files = run(recipe("run", "", select("", "{length: {max_response: 4, unit: words}}", "near_duplicates") + SFT.formatted(", eval_every: 1")));
        Path work = files.stages().resolve("1-select.work");
        List<JsonNode> kept = lines(work.resolve("selected.jsonl"));
        List<JsonNode> dropped = lines(work.resolve("dropped.jsonl"));
        Set<Integer> indices = new HashSet<>();
        kept.forEach(r -> indices.add(r.get("index").asInt()));
        dropped.forEach(r -> indices.add(r.get("index").asInt()));
        JsonNode counts = report(files, "1-select rows.jsonl");
        assertEquals(25, counts.get("rows").asInt());
        assertEquals(25, counts.get("pool").asInt() + counts.get("held_out").asInt());
        assertTrue(counts.get("held_out").asInt() >= 3);
        assertEquals(counts.get("pool").asInt(), indices.size(), "every row of the pool is in one of the two files");
        assertEquals(counts.get("pool").asInt(), kept.size() + dropped.size());
        assertEquals(kept.size(), counts.get("selected").asInt());
        assertEquals(dropped.size(), counts.at("/dropped/1-length").asInt() + counts.at("/dropped/2-near_duplicates").asInt());
        assertTrue(counts.at("/dropped/2-near_duplicates").asInt() >= 1, "a row is there twice");
        for (JsonNode row : dropped) {
            assertFalse(row.get("reason").asString().isEmpty());
            if (row.get("step").asString().equals("1-length")) {
                assertTrue(row.get("score").asInt() > 4 && row.get("reason").asString().equals("response of " + row.get("score").asInt() + " words, more than 4"), row.toString());
            }
        }
        assertEquals(kept.size(), lines(work.resolve("train.jsonl")).size());
        assertEquals(counts.get("held_out").asInt(), lines(work.resolve("held-out.jsonl")).size());
        JsonNode learnt = report(files, "2-sft train.jsonl");
        assertEquals(kept.size(), learnt.get("trained_on").asInt());
        List<String> table = RunResults.read(files.results()).results().stream().map(RunResults.Result::metric).toList();
        assertTrue(table.containsAll(List.of("1-select: rows", "1-select: dropped by 1-length", "1-select: dropped by 2-near_duplicates")), table.toString());
    }

    /** Where nothing falls away, stages learn from what they would have learnt from: the same tokens, the same bits of weights. */
    @Test
    void rowsComeThroughAsTheyWere() throws IOException {
        String all = "{length: {min_response: 0}}";
        for (String train : List.of(SFT, DPO)) {
            String of = train.equals(SFT) ? "" : "rows: preferences, ";
            RunFiles direct = run(recipe("direct-" + of.isEmpty(), "", select(of, all) + train.formatted(", data: recipe")));
            RunFiles chosen = run(recipe("chosen-" + of.isEmpty(), "", select(of, all) + train.formatted("")));
            assertArrayEquals(TinyRun.weights(direct), TinyRun.weights(chosen), train);
        }
        DataSettings pairs = DataSettings.of(TaskKind.PAIR);
        Path file = temp.resolve("chosen-false/stages/1-select.work/train.jsonl");
        assertEquals(new DataLoader(pairs).read(temp.resolve("pairs.jsonl")).groups().stream().map(g -> g.responses().get(0).score() - g.responses().get(1).score()).toList(),
                new DataLoader(pairs).read(file).groups().stream().map(g -> g.responses().get(0).score() - g.responses().get(1).score()).toList(), "margins");
        assertEquals(0, new DataLoader(pairs).read(file).report().ungraded());
    }

    /** Every step once, on demonstrations, on pairs and on lists, each followed by a stage that learns from its rows; then on what a sample stage made. */
    @Test
    void everyStepWorksOnEveryKindOfRows() throws IOException {
        List<String> lists = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            lists.add("{\"prompt\": \"" + TinyModel.WORDS[4 + i % 12] + "\", \"responses\": [\"" + words(i, 2) + "\", \"" + words(i + 1, 1 + i % 4) + "\", \"" + words(i + 2, 3) + "\"], \"scores\": ["
                    + i % 5 + ", 1.5, 2.5]}");
        }
        Files.write(temp.resolve("lists.jsonl"), lists);
        Files.write(temp.resolve("test.jsonl"), List.of("{\"prompt\": \"three and six\"}"));
        String[] steps = {"{length: {max_response: 100}}", "{decontaminate: {against: test.jsonl, ngram: 2}}", "{near_duplicates: {threshold: 0.9, size: 1, best: " + LENGTH + "}}",
            "{quality: {reward: " + LENGTH + ", keep: 0.9}}", "{perplexity: {keep: 0.9, where: lowest}}", "{perplexity: {score: ifd, from: 0.05}}",
            "{diversity: {clusters: 3, keep: 0.9, quality: " + LENGTH + ", temperature: 0.5}}", "{diversity: {clusters: 2, keep: 8, embedding: words, quota: equal}}",
            "{instruction_mining: {keep: 7, reward: " + LENGTH + "}}", "{random: {keep: 5}}"};
        String text = select("shard_rows: 7, ", steps) + SFT.formatted("") + select("rows: preferences, shard_rows: 7, ", steps) + DPO.formatted("")
                + select("rows: preferences, source: {path: lists.jsonl, overlap: allow}, ", "{quality: {reward: " + LENGTH + ", of: margin, above: -100}}", "{random: {keep: 9}}")
                + "  - lipo: {labels: ranks, max_steps: 1, batch_size: 4, learning_rate: 1e-3}\n"
                + "  - sample: {samples: 3, max_new_tokens: 5, temperature: 1, held_out: 4, reward: " + LENGTH + ", keep: best_of_n}\n" + select("", "{near_duplicates: {size: 1}}", "{decontaminate: {held_out: true, ngram: 20, part: prompt}}", "{random: {keep: 3}}") + SFT.formatted("");
        RunFiles files = run(recipe("run", "", text));
        for (String stage : List.of("1-select", "3-select")) {
            List<JsonNode> kept = lines(files.stages().resolve(stage + ".work/selected.jsonl"));
            assertEquals(5, kept.size(), stage);
            for (JsonNode row : kept) {
                assertEquals(List.of("1-length", "2-decontaminate", "4-quality", "5-perplexity", "6-ifd", "7-diversity", "9-instruction_mining"), List.copyOf(row.get("scores").propertyNames()));
                assertEquals(List.of("7-diversity", "8-diversity"), List.copyOf(row.get("notes").propertyNames()));
            }
        }
        JsonNode list = lines(files.stages().resolve("5-select.work/train.jsonl")).get(0);
        assertEquals(3, list.get("responses_ids").size());
        assertEquals(9, lines(files.stages().resolve("5-select.work/train.jsonl")).size());
        assertEquals(3, lines(files.stages().resolve("8-select.work/train.jsonl")).size());
        JsonNode made = report(files, "8-select train.jsonl");
        assertTrue(made.get("held_out").asInt() >= 4 && made.get("bought") == null, made.toString());
        assertFalse(Files.exists(files.stages().resolve("8-select.work/held-out.jsonl")), "what the sample stage held out stays where it is");
    }

    /** Stopped after every shard: the same bytes of rows, of reasons and of weights. */
    @Test
    void stoppedAnywhereItComesToTheSameBits() throws IOException {
        String stages = select("shard_rows: 8, ", "{perplexity: {keep: 18}}", "{diversity: {clusters: 3, keep: 9}}") + SFT.formatted(", save_every: 1");
        RunFiles whole = run(recipe("whole", "", stages));
        Recipe stopped = recipe("stopped", "", stages);
        int stops = 0;
        RunFiles files = null;
        while (files == null) {
            try {
                files = TinyRun.run(stopped, stops > 0, new StringBuilder(), () -> true);
            } catch (Trainer.Stopped e) {
                stops++;
            }
        }
        // Three shards of scores and three of embeddings, with a stop between any two, and one between two updates.
        assertEquals(2 + 2 + 1, stops);
        for (String file : List.of("train.jsonl", "selected.jsonl", "dropped.jsonl", "held-out.jsonl", "summary.json")) {
            assertArrayEquals(Files.readAllBytes(whole.stages().resolve("1-select.work/" + file)), Files.readAllBytes(files.stages().resolve("1-select.work/" + file)), file);
        }
        assertArrayEquals(TinyRun.weights(whole), TinyRun.weights(files));
        assertEquals(report(whole, "1-select rows.jsonl").toString(), report(files, "1-select rows.jsonl").toString(), "the report of a resumed run says what fell away too");
    }

    /** A budget buys its part of the pool, and steps choose among that; a random part of it is what a smaller budget would have bought. */
    @Test
    void aBudgetBuysFirst() throws IOException {
        String budget = "budget: {total: %d, split: {sft: 1, preference: 0}}\n";
        RunFiles large = run(recipe("large", budget.formatted(16), select("", "{random: {keep: 6}}") + SFT.formatted("")));
        JsonNode counts = report(large, "1-select rows.jsonl");
        assertEquals(16, counts.get("bought").asInt());
        assertTrue(counts.get("pool").asInt() > 16);
        assertEquals(6, counts.get("selected").asInt());
        assertEquals(10, counts.at("/dropped/1-random").asInt());
        JsonNode all = report(large, "budget in all");
        assertEquals(16, all.get("bought").asInt());
        assertEquals(0, all.get("left_over").asInt());
        assertEquals(16, all.at("/demonstrations/bought_rows").asInt());
        assertEquals(6, all.at("/demonstrations/used_rows").asInt());
        RunFiles small = run(recipe("small", budget.formatted(6), select("", "{length: {min_response: 0}}") + SFT.formatted(", data: recipe")));
        assertArrayEquals(TinyRun.weights(small), TinyRun.weights(large));
    }

    @Test
    void whatCannotBeDoneIsSaid() {
        assertSaid("leaves no row: 1-length dropped the last", "", "{length: {min_response: 50}}");
        assertSaid("found 100 clusters of", "", "{diversity: {clusters: 100, keep: 5}}");
        assertSaid("500 random rows were asked for", "", "{random: {keep: 500}}");
        assertSaid("have none. Name the field that holds it with answer_field", "", "{quality: {reward: exact_match, keep: 0.5}}");
        assertSaid("holds no reward model", "", "{quality: {reward: {model: {path: model}}, keep: 0.5}}");
        assertSaid("they would be there twice", "", "{random: {keep: 5}}", ", data: both");
    }

    private void assertSaid(String message, String more, String step, String... training) {
        String sft = SFT.formatted(String.join("", Arrays.asList(training)));
        UserException e = assertThrows(UserException.class, () -> run(recipe("refused" + Math.abs(message.hashCode()), "", select(more, step) + sft)));
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    /** Whichever of three prompts is held out, the other two rows say it. */
    @Test
    void whatIsHeldOutMayBeATest() throws IOException {
        String[] prompts = {"one and two", "six and ten", "five and nine"};
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            rows.add("{\"prompt\": \"" + prompts[i] + "\", \"completion\": \" " + prompts[(i + 1) % 3] + " is " + prompts[(i + 2) % 3] + "\"}");
        }
        Files.write(temp.resolve("three.jsonl"), rows);
        assertSaid("leaves no row: 1-decontaminate dropped the last 2 of 2", "source: {path: three.jsonl, held_out: 1}, ", "{decontaminate: {held_out: true}}");
        RunFiles files = run(recipe("kept", "", select("source: {path: three.jsonl, held_out: 1}, ", "{decontaminate: {held_out: true, part: prompt}}") + SFT.formatted("")));
        assertEquals(2, lines(files.stages().resolve("1-select.work/train.jsonl")).size());
    }

    /** Rules compare with a field of the row. */
    @Test
    void rulesCompareWithTheReferenceAnswerOfARow() throws IOException {
        Files.write(temp.resolve("checked.jsonl"), List.of("{\"prompt\": \"one\", \"completion\": \" two\", \"gold\": \"two\"}", "{\"prompt\": \"two\", \"completion\": \" six\", \"gold\": \"ten\"}",
                "{\"prompt\": \"six\", \"completion\": \" ten\", \"gold\": \"ten\"}"));
        RunFiles files = run(recipe("rules", "", select("source: {path: checked.jsonl}, answer_field: gold, ", "{quality: {reward: exact_match, above: 10}}") + SFT.formatted("")));
        assertEquals(List.of(" two", " ten"), lines(files.stages().resolve("1-select.work/train.jsonl")).stream().map(r -> r.get("completion").asString()).toList());
        assertEquals("reward of 0.00000 is below 10.0", lines(files.stages().resolve("1-select.work/dropped.jsonl")).get(0).get("reason").asString());
    }
}
