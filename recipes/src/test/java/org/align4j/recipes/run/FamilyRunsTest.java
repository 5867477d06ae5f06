package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.align4j.core.UserException;
import org.align4j.core.train.Trainer;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.rundir.MetricsLog;
import org.align4j.recipes.rundir.RunFiles;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every family of losses from its data to its model, on a model of a few thousand weights: it learns, and a resumed run comes to the same bits. */
@Tag("slow")
class FamilyRunsTest {
    @TempDir
    Path temp;

    /** Pairs, lists and labelled responses of which the better ones end in "one", the worse ones in "ten". */
    private void prepare() throws IOException {
        TinyModel.writeWithTokenizer(temp.resolve("model"));
        TinyModel.writeWithTokenizer(temp.resolve("other"));
        SplittableRandom random = new SplittableRandom(8);
        List<String> sft = new ArrayList<>();
        List<String> pairs = new ArrayList<>();
        List<String> graded = new ArrayList<>();
        List<String> lists = new ArrayList<>();
        List<String> labels = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            String prompt = words(random) + " is";
            String good = words(random) + " one";
            String bad = words(random) + " ten";
            sft.add("{\"prompt\": \"%s\", \"completion\": \"%s\"}".formatted(prompt, good));
            pairs.add("{\"prompt\": \"%s\", \"chosen\": \"%s\", \"rejected\": \"%s\"}".formatted(prompt, good, bad));
            graded.add("{\"prompt\": \"%s\", \"chosen\": \"%s\", \"rejected\": \"%s\", \"margin\": %d%s}".formatted(prompt, good, bad, 1 + i % 3,
                    i % 2 == 0 ? ", \"target\": \"" + good + " and two\"" : ""));
            lists.add("{\"prompt\": \"%s\", \"responses\": [\"%s\", \"%s\", \"%s and two\"], \"scores\": [0.9, 0.1, 0.4]}".formatted(prompt, good, bad, words(random)));
            labels.add("{\"prompt\": \"%s\", \"completion\": \"%s\", \"label\": %b}".formatted(prompt, i % 3 == 0 ? bad : good, i % 3 != 0));
        }
        Files.write(temp.resolve("sft.jsonl"), sft);
        Files.write(temp.resolve("pairs.jsonl"), pairs);
        Files.write(temp.resolve("graded.jsonl"), graded);
        Files.write(temp.resolve("lists.jsonl"), lists);
        Files.write(temp.resolve("labels.jsonl"), labels);
    }

    private static String words(SplittableRandom random) {
        StringBuilder s = new StringBuilder();
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            s.append(s.isEmpty() ? "" : " ").append(TinyModel.WORDS[5 + random.nextInt(6)]);
        }
        return s.toString();
    }

    private Recipe recipe(String output, String stage, String preferences, String... overrides) {
        String training = "max_steps: 12, batch_size: 6, micro_batch_tokens: 48, learning_rate: 3e-3, logging_every: 3, save_every: 5";
        String text = "name: tiny\nseed: 5\noutput: " + output + "\nmodel: {path: model, precision: fp32}\ndata:\n  sft: {path: sft.jsonl, held_out: 6, max_length: 32}\n"
                + "  preferences: {path: " + preferences + ", held_out: 6, max_length: 32}\nstages:\n  - "
                + (stage.endsWith("{}") ? stage.replace("{}", "{" + training + "}") : stage.replaceFirst("\\{", "{" + training + ", ")) + "\n";
        return RecipeReader.parse("tiny.yaml", text, List.of(overrides), temp, true);
    }

    private static Map<String, Double> lastEvaluation(RunFiles files) {
        List<MetricsLog.Line> lines = MetricsLog.read(files.metrics()).stream().filter(l -> l.values().containsKey("eval_loss")).toList();
        return lines.get(lines.size() - 1).values();
    }

    private static double margin(Map<String, Double> m) {
        return m.get("eval_rewards/chosen") - m.get("eval_rewards/rejected");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "dpo: {loss: ipo}", "dpo: {loss: [dpo, bco_pair, sft], weights: [0.8, 0.2, 1]}", "dpo: {loss: wpo}", "dpo: {loss: aot}", "dpo: {loss: rpo, reference: {sync: {every: 3}}}",
        "dpo: {reference: {soup: {models: [model, other]}}}", "dpo: {loss: margin_dpo}", "dpo: {loss: scaled_dpo, lisa: {layers: 1, every: 2}}", "slic: {}", "slic: {target: field}",
        "slic: {loss: rso_hinge}", "orpo: {prompt_nll: true}", "cpo: {}", "simpo: {}", "alphapo: {}", "kto: {}", "kto: {loss: bco}", "kto: {loss: apo_unpaired}"})
    void marginsRise(String stage) throws IOException {
        prepare();
        RunFiles whole = TinyRun.run(recipe("whole", stage, "graded.jsonl"), false, new StringBuilder(), () -> false);
        double before = margin(MetricsLog.read(whole.metrics()).get(0).values());
        assertTrue(margin(lastEvaluation(whole)) > before, () -> before + " to " + lastEvaluation(whole));
        resumesEqual(stage, "graded.jsonl", whole);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lambda, labels: ranks", "lambda, discount: ln", "list_mle", "listnet", "softmax", "pair_logistic", "pair_hinge", "point_mse", "point_sigmoid"})
    void listsAreRankedBetter(String loss) throws IOException {
        prepare();
        String stage = "lipo: {loss: " + loss + "}";
        RunFiles whole = TinyRun.run(recipe("whole", stage, "lists.jsonl"), false, new StringBuilder(), () -> false);
        assertTrue(lastEvaluation(whole).get("eval_rank_correlation") > 0.2, () -> lastEvaluation(whole).toString());
        resumesEqual(stage, "lists.jsonl", whole);
        assertTrue(Files.readString(whole.results()).contains("eval_rank_correlation"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sft: {loss: dft}", "sft: {loss: minor_sft}", "sft: {loss: kl_sft}", "distill: {teacher: other}"})
    void demonstrationsBecomeLikelier(String stage) throws IOException {
        prepare();
        RunFiles whole = TinyRun.run(recipe("whole", stage, "pairs.jsonl"), false, new StringBuilder(), () -> false);
        double first = MetricsLog.read(whole.metrics()).get(0).values().get("eval_loss");
        // The loss of DFT weighs tokens by their own probability and may rise while they become likelier.
        assertTrue(stage.contains("dft") || lastEvaluation(whole).get("eval_loss") < first, () -> first + " to " + lastEvaluation(whole));
        resumesEqual(stage, "pairs.jsonl", whole);
    }

    private void resumesEqual(String stage, String preferences, RunFiles whole) throws IOException {
        Recipe recipe = recipe("stopped", stage, preferences);
        int[] updates = new int[1];
        assertThrows(Trainer.Stopped.class, () -> TinyRun.run(recipe, false, new StringBuilder(), () -> ++updates[0] >= 7));
        RunFiles resumed = TinyRun.run(recipe, true, new StringBuilder(), () -> false);
        assertArrayEquals(TinyRun.weights(whole), TinyRun.weights(resumed));
        assertEquals(TinyRun.metrics(whole), TinyRun.metrics(resumed));
    }

    /** Stages with adapters, whichever way the next one receives them, stopped after every update of both stages. */
    @ParameterizedTest
    @ValueSource(strings = {
        "then: merge|", "then: merge, dora: true|adapter: {rank: 2}, reference: adapter_off", "then: keep|adapter: {previous: true}, reference: frozen",
        "then: keep, quantize: nf4|adapter: {previous: true, then: keep}, reference: adapter_off", "then: merge, quantize: nf4|adapter: {quantize: nf4, rslora: true}, reference: frozen",
        "then: keep|adapter: {previous: true}, reference: {sync: {alpha: 1, every: 3}}"})
    void adaptersAreHandedOver(String settings) throws IOException {
        prepare();
        String[] s = settings.split("\\|", 2);
        String training = "max_steps: 4, batch_size: 6, micro_batch_tokens: 48, learning_rate: 1e-2, logging_every: 2, save_every: 1";
        String text = "name: tiny\nseed: 5\noutput: OUT\nmodel: {path: model, precision: fp32}\ndata:\n  sft: {path: sft.jsonl, held_out: 6}\n"
                + "  preferences: {path: pairs.jsonl, held_out: 6}\nstages:\n  - sft: {" + training + ", adapter: {rank: 4, alpha: 8, " + s[0] + "}}\n  - dpo: {" + training
                + (s[1].isEmpty() ? "" : ", " + s[1]) + "}\n";
        RunFiles whole = TinyRun.run(RecipeReader.parse("r", text.replace("OUT", "whole"), List.of(), temp, true), false, new StringBuilder(), () -> false);
        double before = MetricsLog.read(whole.metrics()).get(0).values().get("eval_loss");
        double after = MetricsLog.read(whole.metrics()).stream().filter(l -> l.stage().equals("1-sft") && l.values().containsKey("eval_loss")).toList().get(1).values().get("eval_loss");
        assertTrue(after < before, before + " to " + after);
        boolean kept = s[1].contains("then: keep");
        assertEquals(kept, Files.exists(whole.root().resolve("adapter/adapter_model.safetensors")));
        assertTrue(Files.exists(whole.model().resolve("model.safetensors")));
        Recipe recipe = RecipeReader.parse("r", text.replace("OUT", "stopped"), List.of(), temp, true);
        for (int stops = 0; ; stops++) {
            try {
                RunFiles resumed = TinyRun.run(recipe, stops > 0, new StringBuilder(), () -> true);
                assertArrayEquals(TinyRun.weights(whole), TinyRun.weights(resumed));
                assertEquals(TinyRun.metrics(whole), TinyRun.metrics(resumed));
                assertEquals(6, stops);
                break;
            } catch (Trainer.Stopped e) {
                assertTrue(e.saved().isPresent());
            }
        }
        if (kept) {
            Recipe on = recipe("on", "slic: {adapter: {init: whole/adapter}}", "pairs.jsonl");
            RunFiles files = TinyRun.run(on, false, new StringBuilder(), () -> false);
            assertTrue(Files.readString(files.provenance()).contains("whole/adapter/adapter_model.safetensors"));
            assertArrayEquals(Files.readAllBytes(whole.root().resolve("adapter/adapter_model.safetensors")),
                    Files.readAllBytes(temp.resolve("stopped/adapter/adapter_model.safetensors")));
        }
    }

    @Test
    void listsBecomePairsForPairLosses() throws IOException {
        prepare();
        RunFiles files = TinyRun.run(recipe("run", "dpo: {}", "lists.jsonl", "data.preferences.pairs=all"), false, new StringBuilder(), () -> false);
        String report = Files.readString(files.dataReport());
        assertTrue(report.contains("\"lists\" : 24") && report.contains("\"pairs_made_of_lists\" : 72"), report);
    }

    @Test
    void pairsBecomeLabelsAndLabelsHaveTheirOwnData() throws IOException {
        prepare();
        String report = Files.readString(TinyRun.run(recipe("run", "kto: {}", "pairs.jsonl"), false, new StringBuilder(), () -> false).dataReport());
        assertTrue(report.contains("\"labels_made_of_pairs\" : 48") && report.contains("\"task\" : \"unpaired\""), report);
        Recipe own = recipe("own", "kto: {}", "pairs.jsonl", "data.unpaired={path: labels.jsonl, held_out: 6}");
        RunFiles files = TinyRun.run(own, false, new StringBuilder(), () -> false);
        assertTrue(Files.readString(files.dataReport()).contains("labels.jsonl"));
        assertTrue(lastEvaluation(files).containsKey("eval_kl"));
    }

    /** Ten rows give two labelled responses each. */
    @Test
    void theLimitIsOfRows() throws IOException {
        prepare();
        RunFiles files = TinyRun.run(recipe("run", "kto: {}", "pairs.jsonl", "data.preferences.limit=10", "data.preferences.held_out=0"), false, new StringBuilder(), () -> false);
        assertTrue(Files.readString(files.dataReport()).contains("\"trained_on\" : 20"), Files.readString(files.dataReport()));
    }

    @Test
    void unknownStrengthsAndLabelsOutOfRangeAreRefused() throws IOException {
        prepare();
        UserException strength = assertThrows(UserException.class,
                () -> TinyRun.run(recipe("run", "dpo: {loss: margin_dpo}", "pairs.jsonl"), false, new StringBuilder(), () -> false));
        assertTrue(strength.getMessage().contains("24 of the 24 rows") && strength.getMessage().contains("'margin'"), strength.getMessage());
        Files.writeString(temp.resolve("lists.jsonl"), Files.readString(temp.resolve("lists.jsonl")).replace("0.9", "9"));
        UserException label = assertThrows(UserException.class, () -> TinyRun.run(recipe("run", "lipo: {}", "lists.jsonl"), false, new StringBuilder(), () -> false));
        assertTrue(label.getMessage().contains("labels: ranks"), label.getMessage());
        TinyRun.run(recipe("run", "lipo: {labels: ranks}", "lists.jsonl"), false, new StringBuilder(), () -> false);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dpo: {reference: {soup: {models: [model, elsewhere/model]}}}|cannot be averaged", "distill: {teacher: elsewhere/model}|vocabulary of 40",
        "dpo: {adapter: {init: damaged}}|adapter_model.safetensors", "dpo: {adapter: {init: elsewhere}}|is no adapter"})
    void whatStandsBesideTheModelIsCheckedBeforeAnythingIsTrained(String stageAndMessage) throws IOException {
        prepare();
        TinyRun.prepare(Files.createDirectory(temp.resolve("elsewhere")));
        RunFiles adapted = TinyRun.run(recipe("adapted", "dpo: {adapter: {rank: 2, then: keep}}", "pairs.jsonl"), false, new StringBuilder(), () -> false);
        Path damaged = Files.createDirectory(temp.resolve("damaged"));
        Files.copy(adapted.root().resolve("adapter/adapter_config.json"), damaged.resolve("adapter_config.json"));
        byte[] weights = Files.readAllBytes(adapted.root().resolve("adapter/adapter_model.safetensors"));
        Files.write(damaged.resolve("adapter_model.safetensors"), java.util.Arrays.copyOf(weights, weights.length / 2));
        String[] s = stageAndMessage.split("\\|");
        Recipe recipe = recipe("run", "sft: {}\n  - " + s[0], "pairs.jsonl");
        UserException e = assertThrows(UserException.class, () -> TinyRun.run(recipe, false, new StringBuilder(), () -> false));
        assertTrue(e.getMessage().contains(s[1]), e.getMessage());
        assertTrue(Files.notExists(temp.resolve("run")));
    }

    @Test
    void aTeacherIsInTheRecord() throws IOException {
        prepare();
        Recipe recipe = recipe("run", "distill: {teacher: other}", "pairs.jsonl");
        RunFiles files = TinyRun.run(recipe, false, new StringBuilder(), () -> false);
        assertTrue(Files.readString(files.root().resolve("provenance.json")).contains("\"" + temp.resolve("other") + "\" : \""));
    }

    @Test
    void fallingTogetherIsExplainedOnceInLogAndReport() throws IOException {
        prepare();
        StringBuilder log = new StringBuilder();
        // A reference-free push against the rejected response of near-identical pairs drags the chosen one along.
        List<String> near = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 24; i++) {
            String body = words(random) + " " + words(random);
            near.add("{\"prompt\": \"%s is\", \"chosen\": \"%s one\", \"rejected\": \"%s\"}".formatted(words(random), body, body + " " + body + " " + body));
        }
        Files.write(temp.resolve("near.jsonl"), near);
        Recipe recipe = recipe("run", "dpo: {loss: apo_down, beta: 1}", "near.jsonl", "stages.dpo.max_steps=60", "stages.dpo.learning_rate=1e-2");
        RunFiles files = TinyRun.run(recipe, false, log, () -> false);
        String note = "both became less likely";
        assertTrue(log.indexOf(note) >= 0, log::toString);
        assertEquals(log.indexOf(note), log.lastIndexOf(note));
        assertTrue(Files.readString(files.report()).contains(note));
    }
}
