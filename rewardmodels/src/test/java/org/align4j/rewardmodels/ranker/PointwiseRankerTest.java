package org.align4j.rewardmodels.ranker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.Text;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.verifier.VerifierSpec;
import org.align4j.rewardmodels.verifier.Verifiers;
import org.junit.jupiter.api.Test;

class PointwiseRankerTest {

    @Test
    void preferencesAreThoseOfBradleyAndTerry() {
        try (Ranker ranker = new PointwiseRanker(Verifiers.of(new VerifierSpec("exact_match", Map.of("right", Math.log(3)))))) {
            double[][] psi = ranker.preferences(new Question(new Text.Plain("?"), List.of(Answer.of("a"), Answer.of("b"), Answer.of("a")), "a"));
            // e^{ln 3} / (e^{ln 3} + e^0) = 3/4; exact to rounding
            assertArrayEquals(new double[] {0.5, 0.75, 0.5}, psi[0], 1e-15);
            assertArrayEquals(new double[] {0.25, 0.5, 0.25}, psi[1], 1e-15);
            assertArrayEquals(new double[] {0.5, 0.75, 0.5}, psi[2], 1e-15);
            assertEquals(64, ranker.digest().length());
        }
        assertArrayEquals(new double[] {1, 0.5}, PointwiseRanker.of(new double[] {-2000, 2000})[1]);
    }
}
