package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.align4j.core.UserException;
import org.align4j.core.io.DType;
import org.align4j.core.train.Trainer;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.rundir.MetricsLog;
import org.align4j.recipes.rundir.RunFiles;
import org.align4j.rewardmodels.head.HeadSettings;
import org.align4j.rewardmodels.model.RewardModel;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Online stages from a recipe to a model, on a model of a few thousand weights: the rewarded word becomes frequent, and a stopped run comes to the same bits. */
@Tag("slow")
class OnlineRecipesTest {
    @TempDir
    Path temp;

    private void prepare() throws IOException {
        TinyModel.writeWithTokenizer(temp.resolve("model"));
        TinyModel.writeWithTokenizer(temp.resolve("other"));
        SplittableRandom random = new SplittableRandom(8);
        List<String> prompts = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            String word = TinyModel.WORDS[4 + random.nextInt(10)];
            prompts.add("{\"prompt\": \"%s and %s is\", \"answer\": \"%s\"}".formatted(word, TinyModel.WORDS[4 + i % 10], word));
        }
        Files.write(temp.resolve("prompts.jsonl"), prompts);
    }

    private void rewardModel() {
        try (ModelSession session = ModelSession.open(recipe("x", "grpo: {}").model())) {
            session.load(recipe("x", "grpo: {}").model(), 1);
            try (RewardModel m = RewardModel.fresh(session.model(), session.encoder(), HeadSettings.linear(session.config().hiddenSize(), 1), List.of("reward"), new SplittableRandom(2))) {
                m.scaled(0.5, 2).save(temp.resolve("rm"), DType.F32, temp.resolve("model"));
            }
        }
    }

    private Recipe recipe(String output, String stage) {
        String training = "max_new_tokens: 6, micro_batch_tokens: 96, reward: {regex: {pattern: one, right: 1, not_ended: null}}";
        String text = "name: tiny\nseed: 5\noutput: " + output + "\nmodel: {path: model, precision: fp32}\ndata:\n  prompts: {path: prompts.jsonl, held_out: 12}\nstages:\n  - "
                + (stage.endsWith("{}") ? stage.replace("{}", "{" + training + "}") : stage.replaceFirst("\\{", "{" + training + ", ")) + "\n";
        return RecipeReader.parse("tiny.yaml", text, List.of(), temp, true);
    }

    private static List<MetricsLog.Line> timeless(RunFiles files) {
        return TinyRun.metrics(files).stream().map(l -> {
            Map<String, Double> values = new LinkedHashMap<>(l.values());
            values.remove("eps");
            return new MetricsLog.Line(l.stage(), l.step(), values);
        }).toList();
    }

    /** Responses end where the tokenizer says a turn ends, though config.json names no end token. */
    @Test
    void theTokenizersEndTokensEndResponses() throws IOException {
        prepare();
        Path config = temp.resolve("model/config.json");
        String json = Files.readString(config);
        assertTrue(json.contains("eos_token_id"), json);
        Files.writeString(config, json.replaceFirst("\"eos_token_id\"\\s*:\\s*(\\d+|\\[[^]]*])", "\"eos_token_id\": null"));
        RunFiles files = TinyRun.run(recipe("ends", "grpo: {max_steps: 1, learning_rate: 1e-3, batch_size: 8, samples: 6}"), false, new StringBuilder(), () -> false);
        double ended = MetricsLog.read(files.metrics()).stream().filter(l -> l.values().containsKey("val/num_eos_tokens")).mapToDouble(l -> l.values().get("val/num_eos_tokens"))
                .findFirst().orElseThrow();
        assertTrue(ended > 0, "ended: " + ended);
    }

    private static final String RATE = "max_steps: 10, learning_rate: 3e-2, schedule: constant, ";

    @ParameterizedTest
    @ValueSource(strings = {
        "grpo: {" + RATE + "batch_size: 8, samples: 6, loss: dr_grpo, beta: 0.01, adapter: {rank: 4, alpha: 32}}",
        "rloo: {" + RATE + "batch_size: 8, samples: 6, update_epochs: 2, kl_coef: 0.01, reference: {soup: {models: [model, other]}}}",
        "reinforce: {" + RATE + "batch_size: 8, samples: 6, kl_coef: 0.01, kl_estimator: k3, normalize_scores: true, clip_scores: 3}",
        "ppo: {" + RATE + "batch_size: 12, mini_batches: 2, update_epochs: 1, kl_coef: 0.01, kl_target: 4, kl_horizon: 200, missing_eos_penalty: 0.1, whiten_rewards: true}",
        "ppo: {" + RATE + "batch_size: 24, update_epochs: 2, kl_coef: 0.01, values: {reward_model: {path: rm}}, score_place: after_last_token, target_kl: 0.2}"})
    void learnsAndResumes(String stage) throws IOException {
        prepare();
        rewardModel();
        StringBuilder out = new StringBuilder();
        RunFiles whole = TinyRun.run(recipe("whole", stage), false, out, () -> false);
        List<MetricsLog.Line> evaluations = MetricsLog.read(whole.metrics()).stream().filter(l -> l.values().containsKey("eval_reward")).toList();
        assertEquals(2, evaluations.size());
        double before = evaluations.get(0).values().get("eval_reward");
        double after = evaluations.get(1).values().get("eval_reward");
        // An adapter cannot turn a frozen head of small random weights far.
        assertTrue(after >= before + (stage.contains("adapter") ? 0.05 : 0.25), before + " → " + after + "\n" + out);
        assertTrue(out.toString().contains("episodes/s") && out.toString().contains("rewarded by expression one"), out.toString());

        Recipe stopped = recipe("stopped", stage);
        int[] asked = new int[1];
        int stops = 0;
        while (true) {
            try {
                // Asked after every pass of sampling and after every update, so that stops fall on both.
                RunFiles files = TinyRun.run(stopped, stops > 0, new StringBuilder(), () -> ++asked[0] % 9 == 0);
                assertEquals(timeless(whole), timeless(files));
                assertArrayEquals(TinyRun.weights(whole), TinyRun.weights(files));
                break;
            } catch (Trainer.Stopped e) {
                stops++;
            }
        }
        assertTrue(stops >= 2, "stops: " + stops);
    }

    @Test
    void knownAnswersComeFromTheRows() throws IOException {
        prepare();
        RunFiles files = TinyRun.run(RecipeReader.parse("tiny.yaml", """
                name: tiny
                output: answers
                model: {path: model, precision: fp32}
                data: {prompts: {path: prompts.jsonl}}
                stages:
                  - rloo: {max_steps: 2, batch_size: 20, samples: 4, max_new_tokens: 3, kl_coef: 0, reward: {exact_match: {right: 1, not_ended: null}}}
                """, List.of(), temp, true), false, new StringBuilder(), () -> false);
        MetricsLog.Line last = MetricsLog.read(files.metrics()).get(1);
        assertTrue(last.values().get("reward") >= 0 && last.values().get("reward") < 0.5, last.toString());
        assertTrue(!last.values().containsKey("objective/kl"), "nothing is paid for divergence, so there is no reference");
        String m = assertThrows(UserException.class, () -> TinyRun.run(RecipeReader.parse("tiny.yaml", """
                name: tiny
                output: refused
                model: {path: model, precision: fp32}
                data: {prompts: {path: prompts.jsonl}}
                stages:
                  - rloo: {answer_field: solution, max_steps: 2, max_new_tokens: 3, reward: exact_match}
                """, List.of(), temp, true), false, new StringBuilder(), () -> false)).getMessage();
        assertTrue(m.contains("'solution'") && m.contains("answer_field"), m);
    }
}
