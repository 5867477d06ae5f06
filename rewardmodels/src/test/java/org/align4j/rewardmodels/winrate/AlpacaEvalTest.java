package org.align4j.rewardmodels.winrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.evaluate.Interval;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** AlpacaEval 2's published judgements against what its leaderboard states of eleven models. */
class AlpacaEvalTest {

    @Test
    void rawWinRatesAreThePublishedOnes() throws IOException {
        Map<String, List<Judgement>> models = models();
        JsonNode expected = expected();
        assertEquals(11, models.size());
        assertEquals(List.copyOf(expected.propertyNames()), List.copyOf(models.keySet()));
        models.forEach((name, judgements) -> {
            JsonNode published = expected.get(name);
            WinRate rate = WinRate.of(judgements);
            // The judgements have ten decimals: 1e-10 each.
            assertEquals(published.get("win_rate").asDouble(), rate.value(), 1e-6, name);
            assertEquals(published.get("standard_error").asDouble(), rate.standardError(), 1e-6, name);
            assertEquals(published.get("n_wins").asLong(), rate.wins(), name);
            assertEquals(published.get("n_wins_base").asLong(), rate.baselineWins(), name);
            assertEquals(published.get("n_draws").asLong(), rate.draws(), name);
            assertEquals(published.get("n_total").asLong(), rate.n(), name);
        });
    }

    @Test
    void thePredictionIsThePublishedOneGivenThePublishedWeights() throws IOException {
        InstructionDifficulty difficulty = difficulty();
        JsonNode expected = expected();
        models().forEach((name, judgements) -> {
            JsonNode published = expected.get(name);
            double[] gamma = judgements.stream().mapToDouble(j -> difficulty.of(j.instruction())).toArray();
            GlmWeights weights = weights(published);
            // The formula is exact; the difficulties are estimates, and with them eleven models come to 0.005 points at most.
            assertEquals(published.get("length_controlled_winrate").asDouble(), weights.winRate(gamma), 0.01, name);
            if (!published.get("lc_standard_error").isNull()) {
                double[] predictions = java.util.Arrays.stream(gamma).map(weights::probability).toArray();
                double spread = 100 * Math.sqrt(Interval.variance(predictions) / gamma.length);
                assertEquals(published.get("lc_standard_error").asDouble(), spread, 0.06, name);
            }
        });
    }

    @Test
    void fitsComeWithinTwoPointsOfThePublishedOnes() throws IOException {
        LengthControl control = LengthControl.minimal(new Bootstrap(20, 1)).with(difficulty()).with(GamedRow.read(file("gamed_rows_estimate.csv")));
        JsonNode expected = expected();
        List<Double> misses = new ArrayList<>();
        models().forEach((name, judgements) -> {
            LengthControlled fit = control.fit(judgements);
            double miss = Math.abs(fit.value() - expected.get(name).get("length_controlled_winrate").asDouble());
            assertTrue(miss < 2, name + " is " + miss + " points off");
            assertTrue(fit.weights().length() < 0, name + ": this judge likes length, " + fit.weights());
            misses.add(miss);
        });
        assertEquals(11, misses.size());
        double mean = misses.stream().mapToDouble(m -> m).average().orElseThrow();
        // 0.86 when this was written; the estimated inputs allow no less than some 0.6.
        assertTrue(mean < 1, "the mean difference is " + mean + " points");
    }

    @Test
    void difficultiesFittedFromElevenModelsAreLikeThoseOfTheWholeLeaderboard() throws IOException {
        List<Judgement> all = Judgements.read(file("annotations.csv")).list();
        InstructionDifficulty fitted = InstructionDifficulty.fit(all, 1);
        InstructionDifficulty estimate = difficulty();
        double xy = 0;
        double xx = 0;
        double yy = 0;
        double mean = estimate.byInstruction().values().stream().mapToDouble(v -> v).average().orElseThrow();
        for (String key : estimate.byInstruction().keySet()) {
            double a = estimate.of(key) - mean;
            xy += a * fitted.of(key);
            xx += a * a;
            yy += fitted.of(key) * fitted.of(key);
        }
        // Eleven models, most of which lose nearly always, tell a part of what more than a hundred do.
        double correlation = xy / Math.sqrt(xx * yy);
        assertTrue(correlation > 0.5, "the correlation is " + correlation);
    }

    @Test
    void theRankingIsThatOfTheWinRates() throws IOException {
        List<Judgement> all = Judgements.read(file("annotations.csv")).list();
        BradleyTerry ranking = BradleyTerry.fit(all, new Bootstrap(20, 1));
        JsonNode expected = expected();
        assertEquals(12, ranking.entries().size(), "eleven models and their baseline");
        for (String name : expected.propertyNames()) {
            // All comparisons are with the baseline: θ is the logit of the win rate but for the ridge, 1e-3 against some 800 comparisons.
            assertEquals(expected.get(name).get("win_rate").asDouble(), 100 * ranking.probability(name, "baseline"), 0.01, name);
        }
        assertEquals(List.of("FuseChat-Gemma-2-9B-Instruct", "baseline"), ranking.entries().subList(0, 2).stream().map(BradleyTerry.Entry::model).toList());
    }

    private static GlmWeights weights(JsonNode published) {
        JsonNode w = published.get("glm_weights");
        return new GlmWeights(w.get("tanh_std_delta_len").asDouble(), w.get("instruction_difficulty").asDouble(), w.get("not_gamed_baseline").asDouble());
    }

    private static Map<String, List<Judgement>> models() {
        return Judgements.read(file("annotations.csv")).byModel();
    }

    private static InstructionDifficulty difficulty() {
        return InstructionDifficulty.read(file("instruction_difficulty_estimate.csv"));
    }

    private static JsonNode expected() throws IOException {
        return JsonMapper.shared().readTree(Files.readAllBytes(file("expected.json")));
    }

    private static Path file(String name) {
        String shared = System.getProperty("align4j.shared", "");
        Path path = Path.of(shared, "data", "alpaca-eval", name);
        assumeTrue(!shared.isEmpty() && Files.exists(path), "skipped: ../shared/data/alpaca-eval/" + name + " is not here");
        return path;
    }
}
