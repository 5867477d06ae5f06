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
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.core.train.Trainer;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.rundir.MetricsLog;
import org.align4j.recipes.rundir.RunFiles;
import org.align4j.recipes.rundir.RunResults;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stages that sample from the model as it stands, and those that learn from what was sampled. */
class SampleStageTest {
    /** Right are short answers, and the score falls with the words that are too many: answers differ in reward, and a model can learn it. */
    private static final String SHORT = "{length: {most: 1, slack: 8, not_ended: null}}";

    @TempDir
    Path temp;

    @BeforeEach
    void prepare() throws IOException {
        TinyModel.writeWithTokenizer(temp.resolve("model"));
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            String prompt = TinyModel.WORDS[4 + i] + " and " + TinyModel.WORDS[4 + (5 * i) % 12];
            rows.add("{\"prompt\": \"" + prompt + "\", \"completion\": \" " + TinyModel.WORDS[4 + (3 * i) % 12] + "\"}");
        }
        Files.write(temp.resolve("rows.jsonl"), rows);
        // A judge whose words are those it answers with: the same weights, two words of the vocabulary renamed.
        TinyModel.writeWithTokenizer(temp.resolve("judge"));
        Path tokenizer = temp.resolve("judge/tokenizer.json");
        Files.writeString(tokenizer, Files.readString(tokenizer).replace("\"nine\"", "\"A\"").replace("\"ten\"", "\"B\""));
        Files.writeString(temp.resolve("pair.txt"), "{prompt} is {first} and {second} is");
    }

    private Recipe recipe(String output, String stages) {
        String text = "name: tiny\nseed: 5\noutput: " + output + "\nmodel: {path: model, precision: fp32}\ndata:\n  prompts: {path: rows.jsonl}\nstages:\n" + stages;
        return RecipeReader.parse("tiny.yaml", text, List.of(), temp, true);
    }

    private static String sample(String reward, String keep, String more) {
        return "  - sample: {samples: 6, max_new_tokens: 8, temperature: 1, " + (reward.isEmpty() ? "" : "reward: " + reward + ", ") + "keep: " + keep + ", shard_prompts: 5" + more + "}\n";
    }

    private static String train(String kind, String more) {
        return "  - " + kind + ": {max_steps: 4, batch_size: 4, learning_rate: 1e-2, save_every: 2, logging_every: 1" + more + "}\n";
    }

    private static RunFiles run(Recipe recipe) {
        return TinyRun.run(recipe, false, new StringBuilder(), () -> false);
    }

    private static double result(RunFiles files, String metric, String model) {
        return RunResults.read(files.results()).results().stream().filter(r -> r.metric().equals(metric)).flatMap(r -> r.values().stream())
                .filter(v -> v.model().equals(model)).findFirst().orElseThrow(() -> new AssertionError("no " + metric + " of " + model)).value();
    }

    /** Every construction once, each followed by a stage that learns from its rows, in one run. */
    @Test
    void whatIsKeptIsLearntFrom() throws IOException {
        String[][] all = {{"best_of_n", SHORT, "sft"}, {"{best_of_n: {count: 2}}", SHORT, "sft"}, {"{threshold: {above: 0.5}}", SHORT, "sft"},
            {"{rso: {accept: 4}}", SHORT, "dpo"}, {"{pairs: {ranking: tournament}}", SHORT, "dpo"}, {"lists", "{ranker: {path: judge, template: pair.txt, against: sample}}", "lipo"}, {"grape", "", "sft"},
            {"{grape: {normalised: true, model: model}}", "", "sft"}, {"{steps: {step_end: '[ ]+', rollouts: 3}}", "{regex: {pattern: three, not_ended: null}}", "dpo"},
            {"s3ft", "exact_match", "sft"}};
        StringBuilder stages = new StringBuilder();
        for (String[] s : all) {
            stages.append(s[0].equals("s3ft") ? "  - sample: {max_new_tokens: 8, temperature: 0, reward: exact_match, keep: s3ft}\n" : sample(s[1], s[0], ""));
            stages.append("  - " + s[2] + ": {max_steps: 1, batch_size: 4, learning_rate: 1e-3}\n");
        }
        RunFiles files = run(recipe("run", stages.toString()));
        for (int i = 0; i < all.length; i++) {
            String keep = all[i][0];
            String name = (2 * i + 1) + "-sample";
            double rows = result(files, name + ": answers, rows", "kept");
            assertEquals(rows, Files.readAllLines(files.stages().resolve(name + ".work/train.jsonl")).size());
            assertTrue(rows >= 1, keep);
            assertFalse(java.util.Arrays.equals(weights(files, 2 * i), weights(files, 2 * i + 2)), "nothing was learnt from " + keep);
            if (!keep.contains("steps") && !keep.contains("s3ft") && !keep.equals("lists")) {
                assertTrue(result(files, name + ": reward", "kept") > result(files, name + ": reward", "sampled"), "what is kept is better than what was sampled: " + keep);
            }
            if (keep.contains("rso")) {
                double acceptance = result(files, name + ": acceptance", "kept");
                assertTrue(acceptance > 0 && acceptance <= 1);
            }
        }
        String report = Files.readString(files.report());
        assertTrue(report.contains("1-sample: reward") && report.contains("1-sample: duplicates"));
    }

    /** Of the model so many stages left; the one the run began with for none. */
    private byte[] weights(RunFiles files, int stages) throws IOException {
        if (stages == 0) {
            return Files.readAllBytes(temp.resolve("model/model.safetensors"));
        }
        try (Stream<Path> list = Files.list(files.stages())) {
            return Files.readAllBytes(list.filter(p -> Files.isDirectory(p) && p.getFileName().toString().startsWith(stages + "-")).findFirst().orElseThrow().resolve("model.safetensors"));
        }
    }

    /** Stopped after every shard and every update: the same bytes of rows and of weights, the same metrics. */
    @Test
    void stoppedAnywhereItComesToTheSameBits() throws IOException {
        String stages = (sample(SHORT, "{rso: {accept: 4}}", "") + train("dpo", "") + sample(SHORT, "best_of_n", "") + train("sft", "")).replace("max_steps: 4", "max_steps: 2")
                .replace("shard_prompts: 5", "shard_prompts: 6");
        RunFiles whole = run(recipe("whole", stages));
        Recipe stopped = recipe("stopped", stages);
        int stops = 0;
        RunFiles files = null;
        while (files == null) {
            try {
                files = TinyRun.run(stopped, stops > 0, new StringBuilder(), () -> true);
            } catch (Trainer.Stopped e) {
                stops++;
            }
        }
        // Two shards are sampled, scored and kept, each with a stop in between, and two updates are made, whose last takes no stop.
        assertEquals(2 * (3 + 1), stops);
        for (String stage : List.of("1-sample", "3-sample")) {
            assertArrayEquals(Files.readAllBytes(whole.stages().resolve(stage + ".work/train.jsonl")), Files.readAllBytes(files.stages().resolve(stage + ".work/train.jsonl")));
        }
        assertArrayEquals(TinyRun.weights(whole), TinyRun.weights(files));
        assertEquals(TinyRun.metrics(whole), TinyRun.metrics(files));
    }

    /** Expert iteration and online DPO: round after round the model's own answers get better. */
    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"best_of_n; sft; ', max_steps: 12'", "{pairs: {ranking: best_worst}}; dpo; ', max_steps: 12'"})
    void roundAfterRoundAnswersGetBetter(String keep, String kind, String more) {
        String loop = "  - repeat:\n      times: 2\n      stages:\n" + (sample(SHORT, keep, "") + train(kind, "").replace("max_steps: 4", "max_steps: 12")).replaceAll("(?m)^", "      ").stripTrailing() + "\n";
        RunFiles files = run(recipe("loop", loop));
        double first = result(files, "1-sample: reward", "sampled");
        double last = result(files, "3-sample: reward", "sampled");
        assertTrue(last > first + 0.3, "mean reward " + first + " before, " + last + " after a round");
    }

    @Test
    void someRowsAreKeptForEvaluation() throws IOException {
        RunFiles files = run(recipe("held", sample(SHORT, "{pairs: {ranking: best_worst}}", ", held_out: 0.4") + train("dpo", ", eval_every: 2")));
        List<String> train = Files.readAllLines(files.stages().resolve("1-sample.work/train.jsonl"));
        List<String> out = Files.readAllLines(files.stages().resolve("1-sample.work/held-out.jsonl"));
        assertTrue(!train.isEmpty() && !out.isEmpty());
        List<MetricsLog.Line> evaluations = MetricsLog.read(files.metrics()).stream().filter(l -> l.values().containsKey("eval_loss")).toList();
        assertEquals(3, evaluations.size());
        for (String row : out) {
            String prompt = row.substring(0, row.indexOf("\"prompt_ids\""));
            assertTrue(train.stream().noneMatch(t -> t.startsWith(prompt)), prompt);
        }
    }

    /** Runs that share a cache share answers and scores: nothing new is written by the second. */
    @Test
    void runsShareACache() throws IOException {
        String stages = sample(SHORT, "best_of_n", ", cache: shared") + train("sft", "");
        run(recipe("a", stages));
        List<Path> before = files(temp.resolve("shared"));
        RunFiles second = run(recipe("b", stages));
        assertEquals(before, files(temp.resolve("shared")));
        assertTrue(before.stream().anyMatch(p -> p.endsWith("provenance.json")));
        assertFalse(Files.exists(second.cache().resolve("samples")));
    }

    private static List<Path> files(Path root) throws IOException {
        try (Stream<Path> walk = Files.walk(root)) {
            return walk.sorted().toList();
        }
    }

    /** A reward model trained in the run scores what a later stage samples; alone and as a part of an ensemble. */
    @Test
    void aRewardStageScoresForLaterStages() throws IOException {
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            String word = TinyModel.WORDS[4 + i % 12];
            pairs.add("{\"prompt\": \"" + word + "\", \"chosen\": \" one\", \"rejected\": \" nine nine " + word + "\"}");
        }
        Files.write(temp.resolve("pairs.jsonl"), pairs);
        String stages = "  - reward: {max_steps: 20, batch_size: 8, learning_rate: 1e-2}\n" + sample("stage", "{pairs: {ranking: best_worst}}", "") + train("dpo", "")
                + sample("{ensemble: {of: [{stage: {name: 1-reward}}, {length_penalised: {of: {model: {path: rm, same_tokens: true}}, alpha: 0.5}}], combine: min}}", "best_of_n", "") + train("sft", "");
        String text = "name: tiny\nseed: 5\noutput: %s\nmodel: {path: model, precision: fp32}\ndata:\n  prompts: {path: rows.jsonl}\n  preferences: {path: pairs.jsonl}\nstages:\n";
        Recipe first = RecipeReader.parse("first.yaml", text.formatted("first") + "  - reward: {max_steps: 5, batch_size: 8, learning_rate: 1e-2}\n", List.of(), temp, true);
        Files.move(run(first).stages().resolve("1-reward"), temp.resolve("rm"));
        RunFiles files = run(RecipeReader.parse("tiny.yaml", text.formatted("run") + stages, List.of(), temp, true));
        assertTrue(result(files, "2-sample: reward", "kept") > result(files, "2-sample: reward of rejected", "kept"));
        assertTrue(result(files, "4-sample: reward", "kept") > result(files, "4-sample: reward", "sampled"));
        UserException none = assertThrows(UserException.class, () -> run(recipe("none", sample("{model: {path: model}}", "best_of_n", ""))));
        assertTrue(none.getMessage().contains("holds no reward model"), none.getMessage());
    }

    /** GRAPE over the answers of several sources: the model's own favourite among those given. */
    @Test
    void candidatesOutOfFilesAreChosenFrom() throws IOException {
        Files.write(temp.resolve("given.jsonl"), List.of("{\"prompt\": \"one and two\", \"responses\": [\" three\", \" four five six seven\"]}", "{\"prompt\": \"two\", \"responses\": [\" six\", \" ten nine\"]}"));
        RunFiles files = run(recipe("given", "  - sample: {candidates: {path: given.jsonl}, keep: grape}\n" + train("sft", "")));
        List<String> rows = Files.readAllLines(files.stages().resolve("1-sample.work/train.jsonl"));
        assertEquals(2, rows.size());
        assertTrue(rows.get(0).contains("three") && rows.get(1).contains("six"), "sums favour the short: " + rows);
    }

    @Test
    void whatCannotBeDoneIsSaidBeforeAnyWork() {
        UserException none = assertThrows(UserException.class, () -> run(recipe("x", sample("exact_match", "best_of_n", ", prompts: {path: prompts.jsonl}").replace("prompts.jsonl", prompts()) + train("sft", ""))));
        assertTrue(none.getMessage().contains("reference answer") && none.getMessage().contains("2 of 2"), none.getMessage());
        UserException room = assertThrows(UserException.class, () -> run(recipe("y", sample(SHORT, "best_of_n", "").replace("max_new_tokens: 8", "max_new_tokens: 64") + train("sft", ""))));
        assertTrue(room.getMessage().contains("no room for a prompt"), room.getMessage());
        UserException nothing = assertThrows(UserException.class, () -> run(recipe("z", sample(SHORT, "{threshold: {above: 2}}", "") + train("sft", ""))));
        assertTrue(nothing.getMessage().contains("no reward is above 2"), nothing.getMessage());
    }

    private String prompts() {
        try {
            return Files.write(temp.resolve("prompts.jsonl"), List.of("{\"prompt\": \"one\"}", "{\"prompt\": \"two\"}")).toString();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
