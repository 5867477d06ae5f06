package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.Precision;
import org.align4j.core.io.DType;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.train.Streams;
import org.align4j.recipes.cli.Main;
import org.align4j.recipes.cli.Terminal;
import org.align4j.recipes.rundir.internal.Json;
import org.align4j.rewardmodels.evaluate.PreferenceEvaluation;
import org.align4j.rewardmodels.evaluate.PreferenceItems;
import org.align4j.rewardmodels.head.HeadSettings;
import org.align4j.rewardmodels.model.RewardModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code align4j evaluate-reward} from end to end. */
class EvaluateRewardTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path directory;

    private int align4j(String... args) {
        return new Main(new AllCommands(), new Terminal(new PrintWriter(out), new PrintWriter(err), false)).execute(args);
    }

    private String pairs() throws IOException {
        return Files.write(directory.resolve("pairs.jsonl"), List.of(
                "{\"prompt\": \"one and two is\", \"chosen\": \"three\", \"rejected\": \"four four\", \"part\": \"sums\", \"right\": \"three\"}",
                "{\"prompt\": \"two and two is\", \"chosen\": \"four\", \"rejected\": \"five\", \"part\": \"sums\", \"right\": \"four\"}",
                "{\"prompt\": \"ten\", \"chosen\": \"nine eight seven\", \"rejected\": \"one\", \"part\": \"counts\", \"right\": \"nine\"}")).toString();
    }

    @Test
    void aVerifierNeedsNoModel() throws IOException {
        Path to = directory.resolve("a/b");
        assertEquals(0, align4j("evaluate-reward", "--verifier", "exact_match", "--data", pairs(), "--reference-field", "right", "--subset-field", "part", "--out", to.toString()), err::toString);
        assertTrue(out.toString().contains("accuracy, ties as halves       83.3 %"), out::toString);
        assertTrue(out.toString().contains("  counts                       50.0 %") && out.toString().contains("  sums                        100.0 %"), out::toString);
        assertTrue(out.toString().contains("Report  " + to.resolve("report.html")), out::toString);
        Map<?, ?> json = Json.readObject(to.resolve("evaluation.json"));
        assertEquals(2.5 / 3, ((Map<?, ?>) json.get("accuracy")).get("value"));
        String page = Files.readString(to.resolve("report.html"));
        assertTrue(page.contains("exact_match") && !page.contains("most wrong"), "a tie is no mistake");
        String brief = "{\"kind\": \"length\", \"most\": 1, \"slack\": 4}";
        assertEquals(0, align4j("evaluate-reward", "--verifier", brief, "--data", pairs(), "--out", to.toString()), err::toString);
        page = Files.readString(to.resolve("report.html"));
        assertTrue(page.contains("most wrong") && page.contains("nine eight seven"), "a long answer was chosen");
    }

    @Test
    void aRewardModelsNumbersAreThoseOfTheLibrary() throws IOException {
        Path base = TinyModel.writeWithTokenizer(directory.resolve("base"));
        Path saved = directory.resolve("rm");
        ModelConfig config = ModelConfig.read(base);
        try (Backend b = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend(); Parameters values = ModelFiles.load(b, config, base);
                RewardModel fresh = RewardModel.fresh(new Transformer(config, values, null), null, HeadSettings.linear(config.hiddenSize(), 1), List.of("reward"), Streams.of(3, "head", 0))) {
            fresh.save(saved, DType.F32, base);
        }
        assertEquals(0, align4j("evaluate-reward", "--model", saved.toString(), "--data", pairs(), "--out", directory.toString()), err::toString);
        Map<?, ?> json = Json.readObject(directory.resolve("evaluation.json"));
        try (RewardModel model = RewardModel.open(saved, Backends.Choice.AUTO, Precision.FP32)) {
            PreferenceItems data = PreferenceItems.read(Path.of(pairs()), null, PreferenceItems.Columns.NONE);
            PreferenceEvaluation expected = PreferenceEvaluation.of(data.score(model, n -> { }));
            assertEquals(expected.accuracy().value(), ((Map<?, ?>) json.get("accuracy")).get("value"));
            // Questions computed together: products of float32 in another order.
            assertEquals(expected.margin(), ((Number) json.get("mean_margin")).doubleValue(), 1e-5);
            assertEquals(model.digest(), ((Map<?, ?>) json.get("reward")).get("digest"));
        }
    }

    @Test
    void aJudgeComparesInBothOrders() throws IOException {
        Path model = TinyModel.writeWithTokenizer(directory.resolve("judge"));
        Path template = Files.writeString(directory.resolve("template.txt"), "{prompt} one {first} two {second} is");
        // The judge knows no words A and B: they are the same unknown token.
        assertEquals(2, align4j("evaluate-reward", "--judge", model.toString(), "--template", template.toString(), "--data", pairs()));
        assertTrue(err.toString().contains("must differ in a token"), err::toString);
        String tokens = Files.readString(model.resolve("tokenizer.json")).replace("\"nine\":", "\"A\":").replace("\"ten\":", "\"B\":");
        Files.writeString(model.resolve("tokenizer.json"), tokens);
        assertEquals(0, align4j("evaluate-reward", "--judge", model.toString(), "--template", template.toString(), "--data", pairs()), err::toString);
        assertTrue(out.toString().contains("Reward  judge " + model + ", fitted to its comparisons"), out::toString);
    }

    @Test
    void mistakesAreSaidBeforeAnyWork() throws IOException {
        String data = pairs();
        assertEquals(2, align4j("evaluate-reward", "--model", directory.resolve("none").toString(), "--data", data));
        assertTrue(err.toString().contains("There is no model directory"), err::toString);
        assertEquals(2, align4j("evaluate-reward", "--verifier", "rule", "--data", data));
        assertTrue(err.toString().contains("There is no verifier \"rule\""), err::toString);
        assertEquals(2, align4j("evaluate-reward", "--verifier", "exact_match", "--data", data));
        assertTrue(err.toString().contains("compares with a reference answer"), err::toString);
        assertEquals(2, align4j("evaluate-reward", "--verifier", "exact_match", "--data", data, "--out", data));
        assertTrue(err.toString().contains("is a file; --out must name a directory"), err::toString);
        assertEquals(2, align4j("evaluate-reward", "--verifier", "exact_match", "--data", data, "--subset-field", "no"));
        assertTrue(err.toString().contains("there is no field no; the row has prompt"), err::toString);
        assertEquals("", out.toString());
    }
}
