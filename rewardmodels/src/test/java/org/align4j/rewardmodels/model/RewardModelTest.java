package org.align4j.rewardmodels.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.align4j.core.UserException;
import org.align4j.core.adapter.LoraAdapter;
import org.align4j.core.adapter.LoraConfig;
import org.align4j.core.backend.Backend;
import org.align4j.core.io.DType;
import org.align4j.core.io.ModelWeights;
import org.align4j.core.io.SafeTensorsWriter;
import org.align4j.core.io.TensorEntry;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.head.HeadSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class RewardModelTest {
    private static final HeadSettings LINEAR = HeadSettings.linear(TinyTrunks.HIDDEN, 1);
    private static final List<Question> QUESTIONS = TinyTrunks.questions(5, 3, 7);
    @TempDir
    Path dir;

    private static RewardModel model(Transformer trunk, HeadSettings head) {
        List<String> names = head.outputs() == 1 ? List.of("reward") : List.of("helpfulness", "correctness", "verbosity").subList(0, head.outputs());
        RewardModel m = RewardModel.fresh(trunk, null, head, names, new SplittableRandom(3));
        float[] w = m.head().parameters();
        for (int i = 0; i < w.length; i++) {
            w[i] *= 8;
        }
        m.head().parameters(w);
        return m;
    }

    private static void same(List<double[]> expected, List<double[]> found, double tolerance) {
        assertEquals(expected.size(), found.size());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), found.get(i), tolerance);
        }
    }

    /** Written and read again, by the layout its head asks for: the same scores, bit for bit. */
    @ParameterizedTest
    @CsvSource({"llama, false, 1, LlamaForSequenceClassification", "llama-tied, false, 3, LlamaForSequenceClassification", "gpt2, false, 1, GPT2ForSequenceClassification",
            "llama, true, 1, LlamaModel", "gpt2, true, 2, GPT2Model"})
    void roundTrip(String family, boolean pooler, int outputs, String architecture) throws Exception {
        HeadSettings head = pooler ? HeadSettings.pooler(TinyTrunks.HIDDEN, outputs, 0.1) : HeadSettings.linear(TinyTrunks.HIDDEN, outputs);
        TinyTrunks.with(family, 5, trunk -> {
            try (RewardModel model = model(trunk, head); RewardModel scaled = model.scaled(0.25, 2)) {
                scaled.save(dir, DType.F32, null);
                List<double[]> expected = scaled.score(QUESTIONS);
                JsonNode json = JsonMapper.shared().readTree(Files.readString(dir.resolve("config.json")));
                assertEquals(architecture, json.path("architectures").path(0).asString());
                assertEquals(outputs, json.path("id2label").size());
                assertTrue(RewardModel.holds(dir));
                try (Backend b = TinyTrunks.backend(); RewardModel read = RewardModel.open(dir, b); ModelWeights weights = ModelWeights.open(dir)) {
                    same(expected, read.score(QUESTIONS), 0);
                    assertEquals(scaled.config().outputs(), read.config().outputs());
                    assertFalse(weights.tensors().containsKey("lm_head.weight"));
                    assertEquals(!pooler, weights.tensors().containsKey("score.weight"));
                    assertNotEquals(model.digest(), scaled.digest());
                    List<double[]> raw = model.score(QUESTIONS);
                    assertEquals((raw.get(1)[2] - 0.25) / 2, expected.get(1)[2], 1e-12);
                }
            }
        });
    }

    /** A directory as transformers would write it: nothing of ours in it, labels or not, in either type. */
    @ParameterizedTest
    @CsvSource({"llama-tied, F32, true", "llama, BF16, true", "gpt2, F32, false", "llama, F32, false"})
    void readsWhatOthersWrite(String family, DType type, boolean labels) throws Exception {
        TinyTrunks.with(family, 5, trunk -> {
            try (RewardModel model = model(trunk, LINEAR)) {
                float[] score = model.head().parameters();
                List<TensorEntry> tensors = new ArrayList<>(ModelFiles.entries(trunk.values(), type, ""));
                tensors.removeIf(t -> t.name().equals("lm_head.weight"));
                tensors.add(TensorEntry.of("score.weight", type, new int[] {1, TinyTrunks.HIDDEN}, (at, to, n) -> System.arraycopy(score, (int) at, to, 0, n)));
                SafeTensorsWriter.write(dir.resolve("model.safetensors"), tensors);
                ObjectNode json = (ObjectNode) JsonMapper.shared().readTree(trunk.config().toJson());
                json.putArray("architectures").add(family.equals("gpt2") ? "GPT2ForSequenceClassification" : "LlamaForSequenceClassification");
                if (labels) {
                    json.putObject("id2label").put("0", "LABEL_0");
                    json.putObject("label2id").put("LABEL_0", 0);
                }
                json.put("transformers_version", "4.57.1");
                Files.writeString(dir.resolve("config.json"), json.toString());
                try (Backend b = TinyTrunks.backend(); RewardModel read = RewardModel.open(dir, b)) {
                    // Weights rounded to 8 bits through two blocks, scores of magnitude 1: some per cent.
                    same(model.score(QUESTIONS), read.score(QUESTIONS), type == DType.F32 ? 0 : 0.1);
                    assertEquals(List.of("reward"), read.config().outputs());
                    assertEquals(1, read.config().std());
                }
            }
        });
    }

    /** A score hangs on its question alone; what else is asked, and in how many calls, changes no bit. */
    @Test
    void scoresDependOnTheQuestionAlone() throws Exception {
        TinyTrunks.with("llama", 5, trunk -> {
            try (RewardModel model = model(trunk, LINEAR)) {
                List<double[]> all = model.score(QUESTIONS);
                for (int i = 0; i < QUESTIONS.size(); i++) {
                    assertArrayEquals(all.get(i), model.score(List.of(QUESTIONS.get(i))).get(0));
                    Question q = QUESTIONS.get(i);
                    List<int[]> answers = q.answers().stream().map(Answer::ids).toList();
                    int[] prompt = ((org.align4j.core.data.Text.Ids) q.prompt()).ids();
                    assertArrayEquals(all.get(i), model.scoreIds(prompt, answers));
                    // One answer alone is another question: the same to rounding.
                    assertEquals(all.get(i)[1], model.scoreIds(prompt, answers.subList(1, 2))[0], 1e-5);
                }
                same(all, model.batching(1000).score(QUESTIONS), 1e-5);
                int best = model.pick(QUESTIONS.get(0));
                for (double s : all.get(0)) {
                    assertTrue(all.get(0)[best] >= s);
                }
            }
        });
    }

    @Test
    void normalisedOnASample() throws Exception {
        TinyTrunks.with("gpt2", 5, trunk -> {
            try (RewardModel model = model(trunk, LINEAR)) {
                double[] scores = model.normalized(QUESTIONS).score(QUESTIONS).stream().flatMapToDouble(java.util.Arrays::stream).toArray();
                double mean = java.util.Arrays.stream(scores).average().orElseThrow();
                assertEquals(0, mean, 1e-9);
                assertEquals(1, java.util.Arrays.stream(scores).map(s -> s * s).average().orElseThrow(), 1e-9);
                Question one = new Question(QUESTIONS.get(0).prompt(), List.of(QUESTIONS.get(0).answers().get(0)), null);
                assertThrows(UserException.class, () -> model.normalized(List.of(one)));
            }
        });
    }

    @Test
    void attributesAndTheirWeights() throws Exception {
        TinyTrunks.with("llama", 5, trunk -> {
            try (RewardModel model = model(trunk, HeadSettings.linear(TinyTrunks.HIDDEN, 3)); RewardModel weighted = model.weighted(0.5, 0, -2)) {
                List<double[][]> rows = model.attributes(QUESTIONS);
                double[] first = model.score(QUESTIONS).get(2);
                double[] sums = weighted.score(QUESTIONS).get(2);
                for (int i = 0; i < 3; i++) {
                    double[] r = rows.get(2)[i];
                    assertEquals(r[0], first[i]);
                    assertEquals(0.5 * r[0] - 2 * r[2], sums[i], 1e-9);
                }
            }
        });
    }

    /** An adapter is merged; the language model stays one beside its head. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void adaptersAreMerged(boolean languageModel) throws Exception {
        TinyTrunks.with("llama", 5, trunk -> {
            LoraConfig lora = new LoraConfig(2, 4, 0, List.of(LoraConfig.ALL_LINEAR), false, false);
            try (LoraAdapter adapter = LoraAdapter.fresh(lora, trunk.config(), trunk.values(), new SplittableRandom(5))) {
                adapter.values().fill(0.1f);
                Transformer adapted = Transformer.adapted(trunk.config(), trunk.values(), adapter);
                try (RewardModel model = model(adapted, LINEAR)) {
                    if (languageModel) {
                        model.saveBesideLanguageModel(dir, DType.F32, null);
                    } else {
                        model.save(dir, DType.F32, null);
                    }
                    try (Backend b = TinyTrunks.backend(); RewardModel read = RewardModel.open(dir, b)) {
                        // W·x + B·A·x against (W + B·A)·x in float32, scores of magnitude 1.
                        same(model.score(QUESTIONS), read.score(QUESTIONS), 1e-4);
                        if (languageModel) {
                            ModelConfig config = ModelConfig.read(dir);
                            try (Parameters p = ModelFiles.load(b, config, dir)) {
                                int[] ids = {1, 5, 9};
                                assertArrayEquals(adapted.logits(ids), new Transformer(config, p, null).logits(ids), 1e-4f);
                            }
                        }
                    }
                }
            }
        });
    }

    /** Where the padding token is the one that ends responses, other tools would read the score one token too early. */
    @Test
    void thePaddingTokenEndsNoResponse() throws Exception {
        for (int pad : new int[] {ModelConfig.NO_ID, 2, 7}) {
            ModelConfig config = TinyTrunks.config("llama-tied").withSpecialIds(1, 2, pad);
            try (Backend b = TinyTrunks.backend(); Parameters values = new Parameters(b, new org.align4j.core.model.ParameterLayout(config), org.align4j.core.backend.DType.F32)) {
                TinyTrunks.fill(values, 1);
                try (RewardModel model = model(new Transformer(config, values, null), LINEAR)) {
                    model.save(dir, DType.F32, null);
                    assertEquals(pad == 7 ? 7 : 1, JsonMapper.shared().readTree(Files.readString(dir.resolve("config.json"))).path("pad_token_id").asInt());
                }
            }
        }
    }

    @Test
    void saysWhatIsWrong() throws Exception {
        TinyTrunks.with("llama-tied", 5, trunk -> {
            ModelFiles.publish(dir.resolve("lm"), trunk.config(), trunk.values(), DType.F32, null);
            UserException e = assertThrows(UserException.class, () -> RewardModel.open(dir.resolve("lm"), trunk.backend()));
            assertTrue(e.getMessage().contains("holds no reward model") && e.getMessage().contains("LlamaForCausalLM"), e.getMessage());
            assertFalse(RewardModel.holds(dir.resolve("lm")));
            assertThrows(UserException.class, () -> RewardModel.open(dir.resolve("nothing"), trunk.backend()));
            try (RewardModel model = model(trunk, LINEAR)) {
                e = assertThrows(UserException.class, () -> model.scoreText("a", List.of("b")));
                assertTrue(e.getMessage().contains("tokenizer.json"), e.getMessage());
                e = assertThrows(UserException.class, () -> model.scoreIds(new int[] {3}, List.of(new int[] {TinyTrunks.VOCABULARY})));
                assertTrue(e.getMessage().contains("vocabulary is 0 to 30"), e.getMessage());
                e = assertThrows(UserException.class, () -> model.scoreIds(new int[] {3}, List.of(new int[64])));
                assertTrue(e.getMessage().contains("65 tokens"), e.getMessage());
                model.save(dir.resolve("rm"), DType.F32, null);
            }
            Path config = dir.resolve("rm/config.json");
            Files.writeString(config, Files.readString(config).replace("\"hidden_size\" : 16,\n      \"pooler\"", "\"hidden_size\" : 8,\n      \"pooler\""));
            e = assertThrows(UserException.class, () -> RewardModel.open(dir.resolve("rm"), trunk.backend()));
            assertTrue(e.getMessage().contains("8 values"), e.getMessage());
        });
    }
}
