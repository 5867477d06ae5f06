package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.recipes.cli.Main;
import org.align4j.recipes.cli.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code align4j eval} against numbers from elsewhere. */
class EvalGoldenTest {
    private static final Path SHARED = Path.of(System.getProperty("align4j.shared", "").isEmpty() ? "../../shared" : System.getProperty("align4j.shared"));

    @TempDir
    Path out;
    private final StringWriter said = new StringWriter();

    private JsonNode eval(String... args) throws IOException {
        List<String> all = new ArrayList<>(List.of("eval", "--output", out.toString()));
        all.addAll(List.of(args));
        int code = new Main(new AllCommands(), new Terminal(new PrintWriter(said, true), new PrintWriter(said, true), false)).execute(all.toArray(String[]::new));
        assertEquals(0, code, said::toString);
        return JsonMapper.shared().readTree(Files.readAllBytes(out.resolve("evaluation.json"))).at("/evaluations/0");
    }

    /** The mean over the tokens of all texts of what a float64 forward pass gave, which golden.json states to six decimals. */
    @ParameterizedTest
    @ValueSource(strings = {"stories260K", "babyllama", "makemore-gpt2-names"})
    void lossAndPerplexityAreThoseOfTheReference(String model) throws IOException {
        Path directory = SHARED.resolve("models").resolve(model);
        assumeTrue(Files.isDirectory(directory), "skipped: " + directory + " is not here");
        List<String> rows = new ArrayList<>();
        double nll = 0;
        long tokens = 0;
        for (JsonNode c : JsonMapper.shared().readTree(Files.readAllBytes(directory.resolve("golden.json"))).get("cases")) {
            List<Integer> ids = new ArrayList<>();
            c.get("ids").forEach(i -> ids.add(i.asInt()));
            if (c.has("targets")) { // the last target is no input
                ids.add(c.get("targets").get(c.get("targets").size() - 1).asInt());
            }
            rows.add("{\"prompt_ids\": [" + ids.get(0) + "], \"response_ids\": " + ids.subList(1, ids.size()) + "}");
            for (JsonNode v : c.get("token_logprobs")) {
                nll -= v.asDouble();
                tokens++;
            }
        }
        Files.write(out.resolve("rows.jsonl"), rows);
        JsonNode figures = eval("--model", "m=" + directory.toAbsolutePath(), "--data", out.resolve("rows.jsonl").toString(), "--set", "evaluations.loss.data.max_length=100000").at("/figures/m");
        assertEquals(rows.size(), figures.at("/loss/n").asInt());
        // float32 with matrix products in other orders, over tokens whose reference has six decimals.
        assertEquals(nll / tokens, figures.at("/loss/value").asDouble(), 2e-5);
        assertEquals(Math.exp(nll / tokens), figures.at("/perplexity/value").asDouble(), 2e-5 * Math.exp(nll / tokens));
    }

    @Test
    void winRatesAreThePublishedOnes() throws IOException {
        Path data = SHARED.resolve("data/alpaca-eval");
        assumeTrue(Files.isDirectory(data), "skipped: " + data + " is not here");
        JsonNode expected = JsonMapper.shared().readTree(Files.readAllBytes(data.resolve("expected.json")));
        JsonNode found = eval("--judgements", data.resolve("annotations.csv").toString(), "--set", "bootstrap_draws=100",
                "--instruction-difficulty", data.resolve("instruction_difficulty_estimate.csv").toString(), "--gamed-rows", data.resolve("gamed_rows_estimate.csv").toString());
        int models = 0;
        for (String model : expected.propertyNames()) {
            JsonNode figures = found.get("figures").get(model);
            if (figures != null) {
                models++;
                assertEquals(expected.get(model).get("win_rate").asDouble(), 100 * figures.at("/win_rate/value").asDouble(), 1e-6, model);
                assertEquals(expected.get(model).get("standard_error").asDouble(), 100 * figures.at("/win_rate/standard_error").asDouble(), 1e-6, model);
                // The difficulties and the gamed rows are estimates, for which the data's note gives this tolerance.
                assertEquals(expected.get(model).get("length_controlled_winrate").asDouble(), 100 * figures.at("/lc_win_rate/value").asDouble(), 2, model);
            }
        }
        assertTrue(models >= 10, "only " + models + " models were compared");
        assertEquals("FuseChat-Gemma-2-9B-Instruct", found.at("/ranking/models/0/model").asString());
        JsonNode fit = found.at("/fits/alpaca-7b/lc_win_rate");
        assertTrue(fit.get("as_alpaca_eval_2").asBoolean() && fit.get("gamed_rows").asInt() > 100 && fit.get("c").asDouble() > 0 && fit.at("/weights/length").isNumber(), fit::toString);
        String from = found.get("changes_from").asString();
        found.get("changes").forEachEntry((model, changes) -> {
            double low = changes.at("/lc_win_rate/low").asDouble();
            assertTrue(low < changes.at("/lc_win_rate/value").asDouble() && changes.at("/win_rate/p_value").isNumber(), model + " from " + from);
        });
        assertTrue(said.toString().contains("terms of AlpacaEval 2"), said::toString);
    }

    /** Without the two files the fit is another, and says so. */
    @Test
    void aReducedFitHasAnotherName() throws IOException {
        Path data = SHARED.resolve("data/alpaca-eval");
        assumeTrue(Files.isDirectory(data), "skipped: " + data + " is not here");
        JsonNode found = eval("--judgements", data.resolve("annotations.csv").toString(), "--set", "bootstrap_draws=100");
        JsonNode figures = found.at("/figures/alpaca-7b");
        assertTrue(figures.has("lc_win_rate_reduced") && !figures.has("lc_win_rate"), figures::toString);
        assertTrue(said.toString().contains("is not AlpacaEval 2's fit: instruction difficulty fitted from the") && said.toString().contains("no gamed rows"), said::toString);
        assertTrue(found.at("/fits/alpaca-7b/lc_win_rate_reduced/weights/difficulty").asDouble() != 0);
    }
}
