package org.align4j.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.align4j.rewardmodels.Reward;
import org.align4j.rewardmodels.serve.RewardScorer;
import org.align4j.rewardmodels.serve.ServiceOptions;
import org.align4j.rewardmodels.serve.TokenCount;
import org.align4j.rewardmodels.serve.client.ScoreClientException;
import org.align4j.rewardmodels.serve.http.ScoreServer;
import org.align4j.rewardmodels.serve.http.ServerOptions;
import org.align4j.rewardmodels.verifier.VerifierSpec;
import org.align4j.rewardmodels.verifier.Verifiers;
import org.junit.jupiter.api.Test;

/** The examples with a rule in place of a model: any reward can be embedded and served. */
class ServingExamplesTest {
    private static final String TOKEN = "a token of examples".replace(' ', '-');

    private static Reward digitsWanted() {
        return Verifiers.of(new VerifierSpec("regex", Map.of("pattern", "[0-9]+", "whole", true)));
    }

    @Test
    void embeddedAndAskedOverHttp() {
        try (RewardScorer scorer = RewardScorer.of(ServingExamplesTest::digitsWanted, TokenCount.ESTIMATE, ServiceOptions.DEFAULT)) {
            assertEquals("42", EmbedScorer.best(scorer, "How many?", List.of("many", "42", "few")));
            try (ScoreServer server = ScoreServer.start(scorer.service(), ServerOptions.DEFAULT.at("127.0.0.1", 0).withToken(TOKEN), null)) {
                assertArrayEquals(scorer.score("How many?", List.of("many", "42")), AskService.client(server.url(), TOKEN).score("How many?", List.of("many", "42")));
                assertEquals(401, assertThrows(ScoreClientException.class, () -> AskService.client(server.url(), null).model()).status());
            }
        }
    }
}
