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
import java.util.SplittableRandom;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.Precision;
import org.align4j.core.data.Text;
import org.align4j.core.train.Trainer;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.rundir.MetricsLog;
import org.align4j.recipes.rundir.RunFiles;
import org.align4j.recipes.rundir.StageRecord;
import org.align4j.recipes.yaml.RecipeException;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.model.RewardModel;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reward stages from end to end. In the data a chosen response has more of the tokens 3 to 9, and is rated higher the more it has. */
@Tag("slow")
class RewardRecipesTest {
    private static final String TRAINING = "max_steps: 30, batch_size: 8, micro_batch_tokens: 100, learning_rate: 1e-2, logging_every: 10";
    @TempDir
    Path dir;

    @BeforeEach
    void data() throws IOException {
        TinyModel.write(dir.resolve("model"));
        SplittableRandom random = new SplittableRandom(6);
        List<String> pairs = new ArrayList<>();
        List<String> lists = new ArrayList<>();
        List<String> rated = new ArrayList<>();
        for (int i = 0; i < 48; i++) {
            String prompt = random.ints(2, 3, 16).boxed().toList().toString();
            pairs.add("{\"prompt_ids\": " + prompt + ", \"chosen_ids\": " + ids(random, 0.9) + ", \"rejected_ids\": " + ids(random, 0.1) + ", \"margin\": " + (1 + i % 3) + "}");
            lists.add("{\"prompt_ids\": " + prompt + ", \"responses\": [" + ids(random, 0.9) + ", " + ids(random, 0.5) + ", " + ids(random, 0.1) + "], \"scores\": [2, 1, 0]}");
            double share = i % 2 == 0 ? 0.9 : 0.1;
            rated.add("{\"prompt_ids\": " + prompt + ", \"response_ids\": " + ids(random, share) + ", \"helpfulness\": " + (share > 0.5 ? 1 : -1) + ", \"verbosity\": "
                    + (i % 5 == 0 ? "null" : "0.5") + "}");
        }
        Files.write(dir.resolve("pairs.jsonl"), pairs);
        Files.write(dir.resolve("lists.jsonl"), lists);
        Files.write(dir.resolve("rated.jsonl"), rated);
    }

    private static String ids(SplittableRandom random, double good) {
        List<Integer> ids = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            ids.add(random.nextDouble() < good ? 3 + random.nextInt(7) : 10 + random.nextInt(6));
        }
        ids.add(2);
        return ids.toString();
    }

    private Recipe recipe(String output, String data, String... stages) {
        String text = "name: tiny-reward\nseed: 5\noutput: " + output + "\nmodel: {path: model, precision: fp32}\ndata:\n  preferences: {path: " + data + ".jsonl, held_out: 12}\nstages:\n"
                + String.join("", java.util.Arrays.stream(stages).map(s -> "  - " + s + "\n").toList());
        return RecipeReader.parse("reward.yaml", text, List.of(), dir, true);
    }

    private static double[] scores(Path model) {
        try (Backend b = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend(); RewardModel m = RewardModel.open(model, b)) {
            return m.scoreIds(new int[] {4}, List.of(new int[] {3, 4, 5, 6, 2}, new int[] {12, 13, 14, 15, 2}));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"pairs | {center_rewards_coefficient: 0.01, normalize: 40, ", "pairs | {loss: scaled, head: pooler, ", "pairs | {freeze: true, ",
            "pairs | {adapter: {rank: 4, targets: [q_proj, v_proj, up_proj]}, ", "rated | {loss: regression, attributes: [helpfulness, verbosity], ",
            "pairs | {loss: dph_contrastive, language: sft, ", "pairs | {loss: dph_separable, language: dpo, "})
    void leavesARewardModel(String data, String settings) throws IOException {
        Recipe recipe = recipe("run", data, "reward: " + settings + TRAINING + "}");
        StringBuilder out = new StringBuilder();
        RunFiles files = TinyRun.run(recipe, false, out, () -> false);
        Path model = files.stages().resolve("1-reward");
        double[] s = scores(model);
        assertTrue(s[0] > s[1] + 0.1, settings + ": the good answer has " + s[0] + ", the bad one " + s[1]);
        StageRecord record = StageRecord.read(files.stages().resolve("1-reward.json"));
        assertEquals("stages/1-reward", record.leaves().get("reward_model"));
        List<MetricsLog.Line> lines = MetricsLog.read(files.metrics()).stream().filter(l -> l.values().containsKey("eval_loss")).toList();
        assertEquals(2, lines.size());
        assertTrue(lines.get(1).values().get("eval_loss") < lines.get(0).values().get("eval_loss"), lines.toString());
        String results = Files.readString(files.results());
        assertEquals(data.equals("pairs"), results.contains("1-reward: eval_accuracy"), results);
        String card = Files.readString(model.resolve("README.md"));
        assertTrue(card.contains("eval_loss") && card.contains("reward-model"), card);
        String config = Files.readString(model.resolve("config.json"));
        assertTrue(config.contains(settings.contains("language") ? "LlamaForCausalLM" : settings.contains("pooler") ? "LlamaModel" : "LlamaForSequenceClassification"), config);
        assertArrayEquals(Files.readAllBytes(dir.resolve("model/model.safetensors")), TinyRun.weights(files), "the model goes on as it was");
        if (settings.contains("normalize")) {
            assertFalse(config.contains("\"std\" : 1.0"), config);
        }
    }

    /** With a tokenizer the directory holds it too; text, its tokens and answers cut off are scored as they should be. */
    @Test
    void scoresText() throws IOException {
        TinyModel.writeWithTokenizer(dir.resolve("model"));
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            rows.add("{\"prompt\": \"one and \", \"chosen\": \"two " + TinyModel.WORDS[4 + i % 5] + "\", \"rejected\": \"ten " + TinyModel.WORDS[9 + i % 5] + "\"}");
        }
        Files.write(dir.resolve("text.jsonl"), rows);
        String stage = "reward: {" + TRAINING.replace("30", "6") + "}";
        String text = "name: words\noutput: run\nmodel: {path: model, precision: fp32}\ndata:\n  preferences: {path: text.jsonl}\nstages:\n  - " + stage + "\n";
        RunFiles files = TinyRun.run(RecipeReader.parse("reward.yaml", text, List.of(), dir, true), false, new StringBuilder(), () -> false);
        Path model = files.stages().resolve("1-reward");
        try (Backend b = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend(); RewardModel m = RewardModel.open(model, b)) {
            double[] words = m.scoreText("one and", List.of(" two three", " ten"));
            assertArrayEquals(words, m.scoreIds(new int[] {1, 4, 14}, List.of(new int[] {5, 6, 2}, new int[] {13, 2})), 0, "begun and ended as the tokenizer says");
            Question cut = new Question(new Text.Plain("one and"), List.of(new Answer(" two three", new int[] {5, 6}, false)), null);
            double open = m.score(List.of(cut)).get(0)[0];
            assertEquals(m.scoreIds(new int[] {1, 4, 14}, List.of(new int[] {5, 6}))[0], open, "an answer that was cut has no end token");
            Question other = new Question(new Text.Plain("one and"), List.of(new Answer("other text", new int[] {5, 6}, false)), null);
            assertEquals(open, m.readIds(true).score(List.of(other)).get(0)[0]);
            assertTrue(Files.exists(model.resolve("tokenizer.json")));
            UserException e = assertThrows(UserException.class, () -> m.scoreText("one", List.of(" two".repeat(70))));
            assertTrue(e.getMessage().contains("at most 64"), e.getMessage());
        }
    }

    /** Regression first, then scaled Bradley–Terry from where it ended; a stage that trains the model beside. */
    @Test
    void startsFromAnotherRewardModel() throws IOException {
        RunFiles first = TinyRun.run(recipe("first", "rated", "reward: {loss: regression, attributes: helpfulness, " + TRAINING + "}"), false, new StringBuilder(), () -> false);
        Path start = first.stages().resolve("1-reward");
        RunFiles second = TinyRun.run(recipe("second", "pairs", "dpo: {max_steps: 2}", "reward: {loss: scaled, init: " + start + ", max_steps: 4, learning_rate: 0.0}"), false,
                new StringBuilder(), () -> false);
        assertArrayEquals(scores(start), scores(second.stages().resolve("2-reward")), 0, "at the rate 0 it is where it began");
    }

    @ParameterizedTest
    @ValueSource(strings = {"reward: {freeze: true, ", "reward: {loss: dph_contrastive, language: sft, "})
    void resumesToTheSameBits(String stage) throws IOException {
        String all = stage + TRAINING + ", save_every: 7}";
        RunFiles whole = TinyRun.run(recipe("whole", "pairs", all), false, new StringBuilder(), () -> false);
        int[] asked = {0};
        assertThrows(Trainer.Stopped.class, () -> TinyRun.run(recipe("parts", "pairs", all), false, new StringBuilder(), () -> ++asked[0] == 12));
        RunFiles parts = TinyRun.run(recipe("parts", "pairs", all), true, new StringBuilder(), () -> false);
        for (String file : List.of("model.safetensors", "config.json", "README.md")) {
            assertArrayEquals(Files.readAllBytes(whole.stages().resolve("1-reward").resolve(file)), Files.readAllBytes(parts.stages().resolve("1-reward").resolve(file)), file);
        }
    }

    @Test
    void refusesWhatHasNoEffectOrCannotBe() {
        for (String[] c : new String[][] {{"loss: regression", "attributes"}, {"loss: scaled, label_smoothing: 0.1", "label_smoothing"}, {"head_dropout: 0.2", "head_dropout"},
            {"loss: dph_separable, language: sft, freeze: true", "freeze"}, {"language_weight: 2", "language_weight"}, {"lisa: {layers: 1}", "lisa"}, {"beta: 0.2", "beta"},
            {"adapter: {then: keep}", "adapter"}, {"freeze: true, adapter: {rank: 2}", "freeze"}, {"init: model, head: pooler", "head"}, {"data: sampled", "data"}}) {
            RecipeException e = assertThrows(RecipeException.class, () -> recipe("run", "pairs", "reward: {" + c[0] + "}"), c[0]);
            assertTrue(e.getMessage().contains(c[1]), c[0] + ": " + e.getMessage());
        }
        UserException e = assertThrows(UserException.class, () -> TinyRun.run(recipe("run", "pairs", "reward: {init: model}"), false, new StringBuilder(), () -> false));
        assertTrue(e.getMessage().contains("holds no reward model"), e.getMessage());
        e = assertThrows(UserException.class,
                () -> TinyRun.run(recipe("run", "rated", "reward: {loss: regression, attributes: honesty}"), false, new StringBuilder(), () -> false));
        assertTrue(e.getMessage().contains("honesty"), e.getMessage());
    }
}
