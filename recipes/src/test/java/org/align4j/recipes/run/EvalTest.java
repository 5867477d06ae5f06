package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import org.align4j.core.adapter.LoraAdapter;
import org.align4j.core.adapter.LoraConfig;
import org.align4j.core.adapter.PeftFiles;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.Precision;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.recipes.cli.Main;
import org.align4j.recipes.cli.Terminal;
import org.align4j.recipes.eval.EvalResult;
import org.align4j.recipes.eval.EvalRunner;
import org.align4j.recipes.eval.EvalSpec;
import org.align4j.recipes.eval.EvalSuite;
import org.align4j.recipes.eval.Evaluations;
import org.align4j.recipes.eval.Figure;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.rewardmodels.sampling.SamplingListener;
import org.align4j.rewardmodels.sampling.SamplingStopped;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code align4j eval} on a tiny model and one finetuned from it. */
class EvalTest {
    @TempDir
    static Path dir;
    private static Path done;
    private static String table;
    @TempDir
    Path out;
    private final StringWriter printed = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void models() throws IOException {
        TinyModel.writeWithTokenizer(dir.resolve("base"));
        List<String> rows = new ArrayList<>();
        List<String> pairs = new ArrayList<>();
        List<String> prompts = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            String a = TinyModel.WORDS[4 + i % 10];
            String b = TinyModel.WORDS[4 + (i / 10 + i) % 10];
            rows.add("{\"prompt\": \"" + a + " and " + b + "\", \"completion\": \" is " + a + (i % 3 == 0 ? " and" : "") + "\"}");
            pairs.add("{\"prompt\": \"" + a + " and\", \"chosen\": \" is " + a + "\", \"rejected\": \" " + b + " one two" + "\"}");
            if (i < 40) {
                prompts.add("{\"prompt\": \"" + a + " and " + b + "\", \"answer\": \"is " + a + "\"}");
            }
        }
        Files.write(dir.resolve("rows.jsonl"), rows);
        Files.write(dir.resolve("pairs.jsonl"), pairs);
        Files.write(dir.resolve("prompts.jsonl"), prompts);
        Files.writeString(dir.resolve("choices.jsonl"), "{\"question\": \"one\", \"choices\": [\"one\", \"two\", \"three\"], \"answer\": 0}\n"
                + "{\"question\": \"two\", \"choices\": [\"one\", \"two\"], \"answer\": \"B\"}\n{\"question\": \"six\", \"choices\": [\"five and\", \"six\"], \"answer\": \"six\"}\n");
        Files.writeString(dir.resolve("votes.jsonl"), "{\"topic\": \"x\", \"question\": \"one\", \"answers\": [{\"text\": \"one\", \"votes\": 3}, {\"text\": \"two and\", \"votes\": 1}]}\n"
                + "{\"topic\": \"y\", \"question\": \"two\", \"answers\": [{\"text\": \"two\", \"votes\": 9}, {\"text\": \"six\", \"votes\": 1}, {\"text\": \"ten is\", \"votes\": 2}]}\n"
                + "{\"topic\": \"y\", \"question\": \"six\", \"answers\": [{\"text\": \"two\", \"votes\": 0}, {\"text\": \"six\", \"votes\": 1}]}\n"
                + "{\"topic\": \"y\", \"question\": \"all alike\", \"answers\": [{\"text\": \"two\", \"votes\": 1}, {\"text\": \"six\", \"votes\": 1}]}\n");
        Files.writeString(dir.resolve("instructions.jsonl"), "{\"key\": 1, \"prompt\": \"one and two\", \"instruction_id_list\": [\"punctuation:no_comma\"], \"kwargs\": [{}]}\n"
                + "{\"key\": 2, \"prompt\": \"six and\", \"instruction_id_list\": [\"punctuation:no_comma\", \"keywords:existence\"], \"kwargs\": [{}, {\"keywords\": [\"zebra\"]}]}\n"
                + "{\"key\": 3, \"prompt\": \"ten and\", \"instruction_id_list\": [\"language:response_language\"], \"kwargs\": [{\"language\": \"en\"}]}\n");
        String recipe = "name: t\noutput: run\nmodel: {path: base, precision: fp32}\ndata: {sft: {path: rows.jsonl}}\n"
                + "stages:\n  - sft: {max_steps: 30, batch_size: 16, learning_rate: 2e-2}\n";
        TinyRun.run(RecipeReader.parse("t.yaml", recipe, List.of(), dir, true), false, new StringBuilder(), () -> false);
        Files.writeString(dir.resolve("suite.yaml"), """
                name: tiny
                seed: 4
                bootstrap_draws: 200
                models:
                  base: base
                  sft: {path: run/model}
                evaluations:
                  - loss: {data: rows.jsonl}
                  - preferences: {data: pairs.jsonl}
                  - exact_match: {prompts: prompts.jsonl, verifier: exact_match, max_new_tokens: 4, samples: 4, temperature: 1}
                  - win_rate: {prompts: prompts.jsonl, judge: {length: {most: 2, slack: 6, not_ended: null}}, max_new_tokens: 6}
                  - multiple_choice: {data: choices.jsonl}
                  - human_rank: {data: votes.jsonl}
                  - kl: {prompts: prompts.jsonl, max_new_tokens: 6}
                  - ifeval: {prompts: instructions.jsonl, max_new_tokens: 6}
                """);
        done = dir.resolve("done");
        StringWriter out = new StringWriter();
        assertEquals(0, new Main(new AllCommands(), new Terminal(new PrintWriter(out, true), new PrintWriter(out, true), false))
                .execute("eval", dir.resolve("suite.yaml").toString(), "--output", done.toString()), out::toString);
        table = out.toString();
    }

    private int align4j(String... args) {
        return new Main(new AllCommands(), new Terminal(new PrintWriter(printed, true), new PrintWriter(err, true), false)).execute(args);
    }

    private static JsonNode evaluation(Path directory) throws IOException {
        return JsonMapper.shared().readTree(Files.readAllBytes(directory.resolve("evaluation.json")));
    }

    private static List<JsonNode> items(String evaluation, String model) throws IOException {
        return Files.readAllLines(done.resolve("items").resolve(evaluation).resolve(model + ".jsonl")).stream().map(l -> JsonMapper.shared().readTree(l)).toList();
    }

    private static JsonNode figure(JsonNode evaluation, String name, String model, String figure) {
        return evaluation.get("evaluations").valueStream().filter(e -> e.get("name").asString().equals(name)).findFirst().orElseThrow().at("/figures/" + model + "/" + figure);
    }

    @Test
    void aSuiteMeasuresModelsAndSaysHowTheyDiffer() throws IOException {
        JsonNode all = evaluation(done);
        assertEquals("base", all.get("baseline").asString());
        // The loss is that of align4j logprobs.
        Path logProbs = out.resolve("logprobs.jsonl");
        assertEquals(0, align4j("logprobs", "--model", dir.resolve("run/model").toString(), "--data", dir.resolve("rows.jsonl").toString(), "--out", logProbs.toString()), err::toString);
        double nll = 0;
        double tokens = 0;
        for (String line : Files.readAllLines(logProbs)) {
            JsonNode row = JsonMapper.shared().readTree(line);
            nll -= row.get("sum").asDouble();
            tokens += row.get("token_ids").size();
        }
        // Rows computed together: products of float32 in another order.
        assertEquals(nll / tokens, figure(all, "loss", "sft", "loss").get("value").asDouble(), 1e-6);
        assertEquals(Math.exp(nll / tokens), figure(all, "loss", "sft", "perplexity").get("value").asDouble(), 1e-5);
        assertTrue(figure(all, "loss", "sft", "loss").get("high").asDouble() < figure(all, "loss", "base", "loss").get("low").asDouble(), "finetuning lowers the loss");
        // Of the 150 rows the last 50 ask what came before.
        assertEquals(100, items("loss", "sft").stream().map(i -> i.get("group").asString()).distinct().count());
        assertEquals(150, items("loss", "sft").stream().map(i -> i.get("id").asString()).distinct().count());
        assertEquals(10, items("preferences", "sft").stream().map(i -> i.get("group").asString()).distinct().count());
        JsonNode change = all.get("evaluations").get(0).at("/changes/sft/loss");
        assertEquals(figure(all, "loss", "sft", "loss").get("value").asDouble() - figure(all, "loss", "base", "loss").get("value").asDouble(), change.get("value").asDouble(), 1e-12);
        assertEquals("better", change.get("verdict").asString());
        assertTrue(change.get("p_value").asDouble() < 1e-6);
        assertTrue(table.contains("better") && table.contains("change from base"), table);
    }

    @Test
    void figuresFollowFromTheItems() throws IOException {
        JsonNode all = evaluation(done);
        List<JsonNode> pairs = items("preferences", "sft");
        assertEquals(150, pairs.size());
        double right = pairs.stream().filter(i -> i.at("/values/chosen_logp").asDouble() > i.at("/values/rejected_logp").asDouble()).count();
        assertEquals(right / 150, figure(all, "preferences", "sft", "accuracy").get("value").asDouble(), 1e-12);
        List<JsonNode> base = items("preferences", "base");
        double margin = 0.1 * (pairs.get(7).at("/values/margin").asDouble() - base.get(7).at("/values/margin").asDouble());
        assertEquals(margin, pairs.get(7).at("/values/reward_margin").asDouble(), 1e-12);
        assertTrue(figure(all, "preferences", "base", "reward_accuracy").isMissingNode(), "a model has no reward against itself");
        // pass@4 of four samples: whether any is right.
        List<JsonNode> answers = items("exact_match", "sft");
        assertEquals(40, answers.size());
        assertEquals(answers.stream().filter(i -> i.at("/values/right").asDouble() > 0).count() / 40.0, figure(all, "exact_match", "sft", "pass_at_4").get("value").asDouble(), 1e-12);
        assertEquals(figure(all, "exact_match", "sft", "exact_match").get("value").asDouble(), figure(all, "exact_match", "sft", "pass_at_1").get("value").asDouble(), 1e-12);
        assertTrue(figure(all, "exact_match", "sft", "exact_match").get("value").asDouble() > figure(all, "exact_match", "base", "exact_match").get("value").asDouble());
        List<JsonNode> judged = items("win_rate", "sft");
        List<JsonNode> judgedBase = items("win_rate", "base");
        double wins = 0;
        for (int i = 0; i < judged.size(); i++) {
            double own = judged.get(i).at("/values/score").asDouble();
            double other = judgedBase.get(i).at("/values/score").asDouble();
            wins += own > other ? 1 : own == other ? 0.5 : 0;
        }
        assertEquals(wins / 40, figure(all, "win_rate", "sft", "win_rate").get("value").asDouble(), 1e-12);
        assertEquals(3, figure(all, "multiple_choice", "sft", "accuracy").get("n").asInt());
        assertEquals((1 / 3.0 + 0.5 + 0.5) / 3, figure(all, "multiple_choice", "sft", "chance").get("value").asDouble(), 1e-12);
        assertEquals(3, items("human_rank", "sft").size(), "votes that are all the same say nothing");
        double x = figure(all, "human_rank", "sft", "human_rank: x").get("value").asDouble();
        assertEquals(1, Math.abs(x), 1e-12);
        assertEquals((x + figure(all, "human_rank", "sft", "human_rank: y").get("value").asDouble()) / 2, figure(all, "human_rank", "sft", "human_rank").get("value").asDouble(), 1e-12);
        assertTrue(figure(all, "kl", "sft", "kl_k3").get("low").asDouble() > 0.1, "the finetuned model has gone far");
        assertTrue(items("kl", "sft").stream().allMatch(i -> i.at("/values/k3").asDouble() >= 0));
        // One word is no comma and no zebra; the third prompt cannot be verified.
        assertEquals(2, items("ifeval", "sft").size());
        assertEquals(1, figure(all, "ifeval", "sft", "prompt_strict").get("value").asDouble() * 2, 1e-12);
        assertEquals(2 / 3.0, figure(all, "ifeval", "sft", "instruction_loose").get("value").asDouble(), 1e-12);
        String page = Files.readString(done.resolve("report.html"));
        assertFalse(page.contains("<script"), "the page is readable without scripts");
        assertTrue(page.contains("Change from base") && page.contains("exact_match"), "figures and changes");
    }

    @Test
    void theSameCommandFindsWhatIsDone() throws IOException {
        byte[] first = Files.readAllBytes(done.resolve("evaluation.json"));
        StringWriter again = new StringWriter();
        EvalSuite suite = EvalSuite.read(dir.resolve("suite.yaml"), List.of(), Map.of()).withOutput(done);
        // Any shard that had to be made would end here.
        try (ProgressBar progress = new ProgressBar(again)) {
            new EvalRunner(suite, progress, () -> true).run().write();
        }
        assertArrayEquals(first, Files.readAllBytes(done.resolve("evaluation.json")));
    }

    @Test
    void whatIsStoppedGoesOn() throws IOException {
        EvalSuite suite = EvalSuite.parse("s", "{name: a, models: {m: base}, evaluations: [{loss: {data: rows.jsonl}}]}", List.of(), dir).withOutput(out);
        try (ProgressBar progress = new ProgressBar(new StringWriter())) {
            assertThrows(SamplingStopped.class, () -> new EvalRunner(suite, progress, () -> true).run());
            assertFalse(Files.exists(out.resolve("evaluation.json")));
            assertTrue(Files.list(out.resolve("cache")).findAny().isPresent(), "one shard is kept");
            new EvalRunner(suite, progress, () -> false).run().write();
        }
        assertEquals(figure(evaluation(done), "loss", "base", "loss").get("value"), figure(evaluation(out), "loss", "m", "loss").get("value"), "the same bits");
    }

    @Test
    void theOrderOfRowsChangesNothing() throws IOException {
        List<String> rows = new ArrayList<>(Files.readAllLines(dir.resolve("rows.jsonl")));
        Collections.shuffle(rows, new Random(5));
        Files.write(out.resolve("moved.jsonl"), rows);
        EvalSuite one = EvalSuite.parse("s", "{name: a, models: {m: run/model}, evaluations: [{loss: {data: rows.jsonl}}]}", List.of(), dir).withOutput(out.resolve("a"));
        EvalSuite two = EvalSuite.parse("s", "{name: a, models: {m: " + dir.resolve("run/model") + "}, evaluations: [{loss: {data: moved.jsonl}}]}", List.of(), out).withOutput(out.resolve("b"));
        try (ProgressBar progress = new ProgressBar(new StringWriter())) {
            Figure a = new EvalRunner(one, progress, () -> false).run().evaluations().get(0).figure("m", "loss").orElseThrow();
            Figure b = new EvalRunner(two, progress, () -> false).run().evaluations().get(0).figure("m", "loss").orElseThrow();
            // Sums of float32 in another order.
            assertEquals(a.value(), b.value(), 1e-6);
            assertEquals(a.low(), b.low(), 1e-6);
        }
    }

    /** A language model as judge of two models and a file: three to rank, each pair of probabilities adding up to 1. */
    @Test
    void aJudgeComparesWithAFile() throws IOException {
        Path judge = TinyModel.writeWithTokenizer(out.resolve("judge"));
        Files.writeString(judge.resolve("tokenizer.json"), Files.readString(judge.resolve("tokenizer.json")).replace("\"nine\":", "\"A\":").replace("\"ten\":", "\"B\":"));
        Path template = Files.writeString(out.resolve("template.txt"), "{prompt} one {first} two {second} is");
        List<String> given = new ArrayList<>();
        for (String row : Files.readAllLines(dir.resolve("prompts.jsonl"))) {
            given.add(row.replace("answer", "completion"));
        }
        Path against = Files.write(out.resolve("against.jsonl"), given);
        Files.writeString(out.resolve("s.yaml"), "name: judged\nbootstrap_draws: 100\nmodels: {base: " + dir.resolve("base") + ", sft: " + dir.resolve("run/model") + "}\nevaluations:\n  - win_rate: {prompts: "
                + dir.resolve("prompts.jsonl") + ", judge: {ranker: {path: judge, template: template.txt}}, against: " + against + ", max_new_tokens: 5}\n");
        assertEquals(0, align4j("eval", out.resolve("s.yaml").toString(), "--output", out.toString()), err::toString);
        JsonNode e = evaluation(out).at("/evaluations/0");
        assertEquals(3, e.at("/ranking/models").size());
        assertTrue(e.at("/changes/sft/win_rate").has("p_value"), "both models were compared with the file");
        List<String> lines = Files.readAllLines(out.resolve("items/win_rate/sft.jsonl"));
        List<String> other = Files.readAllLines(out.resolve("items/win_rate/base.jsonl"));
        for (int i = 0; i < lines.size(); i++) {
            JsonNode own = JsonMapper.shared().readTree(lines.get(i));
            JsonNode base = JsonMapper.shared().readTree(other.get(i));
            double p = own.at("/values/beats base").asDouble();
            assertEquals(1, p + base.at("/values/beats sft").asDouble(), 1e-12);
            assertEquals(own.at("/values/win").asDouble(), own.at("/values/beats (baseline file)").asDouble());
            assertTrue(!own.at("/texts/answer").equals(base.at("/texts/answer")) || p == 0.5, "the same answer is as good as itself");
        }
        Files.write(against, given.subList(0, 3));
        assertEquals(2, align4j("eval", out.resolve("s.yaml").toString(), "--output", out.toString()));
        assertTrue(err.toString().contains("has no answer to the prompt"), err::toString);
    }

    /** An adapter on its base is measured as the model it is merged into. */
    @Test
    void anAdapterIsAModelToo() {
        Path base = dir.resolve("base");
        Path adapter = out.resolve("adapter");
        ModelConfig config = ModelConfig.read(base);
        try (Backend b = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend(); Parameters weights = ModelFiles.load(b, config, base);
                LoraAdapter lora = LoraAdapter.fresh(new LoraConfig(2, 4, 0, List.of("q_proj", "down_proj"), false, false), config, weights, new SplittableRandom(1))) {
            lora.values().fill(0.3f);
            PeftFiles.publish(adapter, lora, "base");
        }
        assertEquals(0, align4j("merge-adapter", "--model", base.toString(), "--adapter", adapter.toString(), "--out", out.resolve("merged").toString()), err::toString);
        EvalSuite suite = EvalSuite.parse("s", "{name: a, models: {base: " + base + ", lora: {path: " + base + ", adapter: " + adapter + "}, merged: " + out.resolve("merged")
                + "}, evaluations: [{loss: {data: rows.jsonl}}]}", List.of(), dir).withOutput(out.resolve("e"));
        try (ProgressBar progress = new ProgressBar(new StringWriter())) {
            EvalResult.Evaluated loss = new EvalRunner(suite, progress, () -> false).run().evaluations().get(0);
            double lora = loss.figure("lora", "loss").orElseThrow().value();
            assertEquals(loss.figure("merged", "loss").orElseThrow().value(), lora, 1e-5, "float32 sums in another order");
            assertTrue(Math.abs(lora - loss.figure("base", "loss").orElseThrow().value()) > 1e-3, "the adapter changes something");
        }
    }

    @Test
    void oneModelAloneHasFiguresForStudies() {
        EvalSuite suite = EvalSuite.read(dir.resolve("suite.yaml"), List.of(), Map.of());
        List<EvalSpec> specs = List.of(suite.evaluations().get(0), suite.evaluations().get(2));
        try (ModelSession session = suite.models().get("sft").open()) {
            suite.models().get("sft").load(session);
            List<Figure> figures = Evaluations.of(specs, session, 4, out, SamplingListener.NONE);
            assertTrue(figures.stream().map(Figure::name).toList().containsAll(List.of("loss", "perplexity", "exact_match", "format_valid", "pass_at_4")), figures.toString());
            assertThrows(org.align4j.core.UserException.class, () -> Evaluations.of(List.of(suite.evaluations().get(3)), session, 4, out, SamplingListener.NONE));
        }
    }

    @Test
    void optionsAloneAreEnough() throws IOException {
        assertEquals(0, align4j("eval", "--model", "base=" + dir.resolve("base"), "--model", "sft=" + dir.resolve("run/model"), "--data", dir.resolve("rows.jsonl").toString(),
                "--prompts", dir.resolve("prompts.jsonl").toString(), "--verifier", "{length: {most: 3, not_ended: null}}", "--max-new-tokens", "5", "--output", out.toString()), err::toString);
        assertEquals(List.of("loss", "exact_match"), evaluation(out).get("evaluations").valueStream().map(e -> e.get("kind").asString()).toList());
        Files.writeString(out.resolve("judged.jsonl"), """
                {"instruction": "1", "model": "a", "probability": 1}
                {"instruction": "2", "model": "a", "probability": 0.5}
                {"instruction": "3", "model": "a", "probability": 0}
                {"instruction": "4", "model": "a", "probability": 1}
                {"instruction": "1", "model": "b", "probability": 0}
                {"instruction": "2", "model": "b", "probability": 0}
                """);
        assertEquals(0, align4j("eval", "--judgements", out.resolve("judged.jsonl").toString(), "--output", out.resolve("j").toString(), "--set", "bootstrap_draws=100"), err::toString);
        JsonNode judged = JsonMapper.shared().readTree(Files.readAllBytes(out.resolve("j/evaluation.json")));
        assertEquals(0.625, figure(judged, "judgements", "a", "win_rate").get("value").asDouble());
        assertEquals(0.25, figure(judged, "judgements", "a", "ties").get("value").asDouble());
        assertEquals(List.of("a", "baseline", "b"), judged.at("/evaluations/0/ranking/models").valueStream().map(m -> m.get("model").asString()).toList());
    }

    /** The same prompt twice is one group, whatever its ids. */
    @Test
    void aPromptThatStandsTwiceIsOneGroup() throws IOException {
        List<String> prompts = Files.readAllLines(dir.resolve("prompts.jsonl")).subList(0, 3);
        Path twice = Files.write(out.resolve("twice.jsonl"), List.of(prompts.get(0), prompts.get(1), prompts.get(0), prompts.get(2)));
        Path asked = Files.writeString(out.resolve("asked.jsonl"), Files.readAllLines(dir.resolve("instructions.jsonl")).get(0) + "\n"
                + Files.readAllLines(dir.resolve("instructions.jsonl")).get(0) + "\n");
        EvalSuite suite = EvalSuite.parse("s", "{name: a, models: {base: " + dir.resolve("base") + ", sft: " + dir.resolve("run/model") + "}, evaluations: [{exact_match: {prompts: " + twice
                + ", verifier: exact_match, max_new_tokens: 3}}, {kl: {prompts: " + twice + ", max_new_tokens: 3}}, {ifeval: {prompts: " + asked + ", max_new_tokens: 3}}, {win_rate: {prompts: " + twice
                + ", judge: {length: {most: 2, slack: 6, not_ended: null}}, max_new_tokens: 3}}]}", List.of(), out).withOutput(out.resolve("e"));
        try (ProgressBar progress = new ProgressBar(new StringWriter())) {
            for (EvalResult.Evaluated e : new EvalRunner(suite, progress, () -> false).run().evaluations()) {
                int items = e.name().equals("ifeval") ? 2 : 4;
                assertEquals(items, e.items().get("sft").stream().map(org.align4j.recipes.eval.Item::id).distinct().count(), e.name());
                assertEquals(items == 2 ? 1 : 3, e.items().get("sft").stream().map(org.align4j.recipes.eval.Item::group).distinct().count(), e.name());
            }
        }
    }

    /** Forty instructions, each model judged twice; the first wins a quarter and the others three. */
    private Path judged(String... models) throws IOException {
        StringBuilder rows = new StringBuilder();
        Random random = new Random(3);
        for (int i = 0; i < 40; i++) {
            for (String model : models) {
                for (int order = 0; order < 2; order++) {
                    rows.append("{\"instruction\": \"").append(i).append("\", \"model\": \"").append(model).append("\", \"probability\": ").append((random.nextInt(4) == 0) == model.equals(models[0]) ? 1 : 0)
                            .append(", \"model_chars\": ").append(50 + random.nextInt(50)).append(", \"baseline_chars\": 70}\n");
                }
            }
        }
        return Files.writeString(out.resolve("judged.jsonl"), rows);
    }

    @Test
    void judgementsThatAreNotAveragedAreKeyedByInstruction() throws IOException {
        StringBuilder gamma = new StringBuilder("instruction,instruction_difficulty\n");
        for (int i = 0; i < 40; i++) {
            gamma.append(i).append(',').append(i % 7 - 3).append('\n');
        }
        Path difficulty = Files.writeString(out.resolve("gamma.csv"), gamma);
        Path judged = judged("a/b", "a_b");
        assertEquals(0, align4j("eval", "--judgements", judged.toString(), "--instruction-difficulty", difficulty.toString(), "--output", out.resolve("j").toString(), "--set",
                "bootstrap_draws=100", "--set", "evaluations.judgements.average=false"), err::toString);
        JsonNode e = evaluation(out.resolve("j")).at("/evaluations/0");
        assertEquals(80, e.at("/figures/a_b/win_rate/n").asInt());
        assertTrue(e.at("/changes/a_b/lc_win_rate_reduced/low").asDouble() < e.at("/changes/a_b/lc_win_rate_reduced/high").asDouble(), e::toString);
        assertEquals("a/b", e.get("changes_from").asString());
        assertTrue(e.at("/changes/a_b/win_rate/p_value").isNumber());
        assertEquals(80, Files.readAllLines(out.resolve("j").resolve(e.at("/items").get("a/b").asString())).size());
        assertEquals(2, Files.list(out.resolve("j/items/judgements")).count(), "a/b and a_b have a file each");
        assertEquals(2, align4j("eval", "--data", "x", "--model", "m=" + dir.resolve("base"), "--gamed-rows", difficulty.toString()));
        assertTrue(err.toString().contains("belong to --judgements"), err::toString);
    }

    @Test
    void whatIsMissingAndWhoAlwaysWinsIsSaid() throws IOException {
        Files.writeString(out.resolve("won.jsonl"), """
                {"instruction": "1", "model": "a", "probability": 1}
                {"instruction": "2", "model": "a", "probability": 0.5}
                {"instruction": "3", "model": "a", "probability": 0}
                {"instruction": "1", "model": "b", "probability": 1}
                {"instruction": "2", "model": "b", "probability": 1}
                """);
        assertEquals(0, align4j("eval", "--judgements", out.resolve("won.jsonl").toString(), "--output", out.resolve("j").toString(), "--set", "bootstrap_draws=100"), err::toString);
        JsonNode first = evaluation(out.resolve("j")).at("/evaluations/0/ranking");
        assertEquals(List.of("b"), first.get("separated").valueStream().map(JsonNode::asString).toList());
        assertEquals("b", first.at("/models/0/model").asString());
        assertTrue(first.at("/models/0/high").isNull() && first.at("/models/0/elo").isNull() && first.at("/models/0/low").isNumber(), first::toString);
        assertTrue(printed.toString().contains("b wins or loses all against the others") && printed.toString().contains("to ∞"), printed::toString);
        assertTrue(printed.toString().contains("no length-controlled win rate: 5 judgements are needed"), printed::toString);
    }

    @Test
    void otherResultsAreNotReplaced() throws IOException {
        Path judged = judged("a", "b");
        List<String> command = new ArrayList<>(List.of("eval", "--judgements", judged.toString(), "--output", out.resolve("j").toString(), "--set", "bootstrap_draws=100"));
        assertEquals(0, align4j(command.toArray(String[]::new)), err::toString);
        byte[] before = Files.readAllBytes(out.resolve("j/evaluation.json"));
        Files.writeString(out.resolve("j/items/judgements/gone.jsonl"), "{}");
        assertEquals(0, align4j(command.toArray(String[]::new)), "the same again");
        assertArrayEquals(before, Files.readAllBytes(out.resolve("j/evaluation.json")));
        assertFalse(Files.exists(out.resolve("j/items/judgements/gone.jsonl")), "items of a model that is no longer there");
        command.addAll(List.of("--set", "seed=3"));
        assertEquals(2, align4j(command.toArray(String[]::new)));
        assertTrue(err.toString().contains("seed was 17 and is 3. Choose another directory with --output"), err::toString);
        assertEquals(2, align4j("eval", "--data", dir.resolve("rows.jsonl").toString(), "--model", "m=" + dir.resolve("base"), "--output", out.resolve("j").toString(), "--check", "--set",
                "bootstrap_draws=100"));
        assertArrayEquals(before, Files.readAllBytes(out.resolve("j/evaluation.json")));
    }

    @Test
    void checkSaysWhatWouldBeDone() {
        assertEquals(0, align4j("eval", dir.resolve("suite.yaml").toString(), "--check", "--output", out.resolve("none").toString()), err::toString);
        assertTrue(printed.toString().contains("The suite is sound.") && printed.toString().contains("4 answers of up to 4 tokens at temperature 1.0"), printed::toString);
        assertTrue(printed.toString().contains("160 answers to 40 prompts") && printed.toString().contains("150 pairs of"), printed::toString);
        assertFalse(Files.exists(out.resolve("none")));
    }

    @Test
    void mistakesAreSaidWithTheirPlace() throws IOException {
        Path file = Files.writeString(out.resolve("bad.yaml"), """
                name: bad
                models: {a: nowhere}
                baseline: b
                evaluations:
                  - loss: {dta: rows.jsonl}
                  - exact_match: {prompts: bad.yaml, pass_at_k: [1, 9]}
                """);
        assertEquals(2, align4j("eval", file.toString()));
        String said = err.toString();
        assertTrue(said.contains("bad.yaml:2:13: models.a.path needs a directory, but there is none"), said);
        assertTrue(said.contains("bad.yaml:5:12: unknown key 'dta' in evaluations[0].loss; did you mean 'data'?"), said);
        assertTrue(said.contains("pass@9 needs at least 9 samples, found samples: 1"), said);
        assertEquals(2, align4j("eval", "--model", "a=" + dir.resolve("base")));
        assertTrue(err.toString().contains("Give a suite, or what to measure"), err::toString);
        assertEquals(2, align4j("eval", dir.resolve("suite.yaml").toString(), "--data", "x"));
        assertEquals(2, align4j("eval", "--data", dir.resolve("rows.jsonl").toString()));
        assertTrue(err.toString().contains("loss measures models, and none is given"), err::toString);
    }
}
