package org.align4j.rewardmodels.combine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.UserException;
import org.align4j.core.data.Text;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;
import org.align4j.rewardmodels.TableReward;
import org.align4j.rewardmodels.verifier.LengthVerifier.Unit;
import org.junit.jupiter.api.Test;

class CombineTest {
    private final TableReward a = new TableReward(Map.of("x", 1.0, "y z", 4.0));
    private final TableReward b = new TableReward(Map.of("x", 3.0, "y z", -2.0));
    private final List<Question> questions = List.of(new Question(new Text.Plain("?"), List.of(Answer.of("x"), Answer.of("y z")), null));

    private double[] of(Reward reward) {
        return reward.score(questions).get(0);
    }

    @Test
    void waysToCombine() {
        assertArrayEquals(new double[] {2, 1}, of(Ensemble.mean(List.of(a, b))));
        assertArrayEquals(new double[] {1, -2}, of(Ensemble.worstCase(List.of(a, b))));
        // deviations of two values are half their distance: 1 and 3
        assertArrayEquals(new double[] {1.5, -0.5}, of(Ensemble.lessDeviation(List.of(a, b), 0.5)), 1e-15);
        assertArrayEquals(new double[] {-1, 10}, of(Ensemble.weightedSum(List.of(a, b), 2, -1)));
    }

    @Test
    void waysToAdjust() {
        assertArrayEquals(new double[] {1, 2}, of(new Clipped(a, Double.NEGATIVE_INFINITY, 2)));
        Normalised normalised = Normalised.over(a, questions);
        assertEquals(2.5, normalised.mean());
        assertEquals(1.5, normalised.std());
        assertArrayEquals(new double[] {-1, 1}, of(normalised));
        assertArrayEquals(new double[] {1, 3.8}, of(new LengthPenalised(a, 0.1, Unit.CHARACTERS, 1)), 1e-15);
        assertArrayEquals(new double[] {0.5, 3}, of(new LengthPenalised(a, 0.5, Unit.WORDS, 0)), 1e-15);
        TableReward flat = new TableReward(Map.of("x", 1.0, "y z", 1.0));
        assertThrows(UserException.class, () -> Normalised.over(flat, questions));
    }

    @Test
    void theyComposeAndCloseWhatTheyHold() {
        Reward whole = new Clipped(Ensemble.weightedSum(List.of(Normalised.over(a, questions), Normalised.over(b, questions)), 1, 0.5), -0.4, 1);
        assertArrayEquals(new double[] {-0.4, 0.5}, of(whole), 1e-15);
        whole.close();
        assertTrue(a.closed() && b.closed());
    }

    @Test
    void digestsTellSettingsApart() {
        Set<String> digests = new HashSet<>();
        List<Reward> all = List.of(a, b, Ensemble.mean(List.of(a, b)), Ensemble.mean(List.of(b, a)), Ensemble.worstCase(List.of(a, b)), Ensemble.lessDeviation(List.of(a, b), 1),
                Ensemble.lessDeviation(List.of(a, b), 2), Ensemble.weightedSum(List.of(a, b), 1, 2), Ensemble.weightedSum(List.of(a, b), 2, 1), new Clipped(a, 0, 1),
                new Clipped(a, 0, 2), new Clipped(b, 0, 1), new Normalised(a, 0, 1), new LengthPenalised(a, 1, Unit.WORDS, 0), new LengthPenalised(a, 1, Unit.CHARACTERS, 0),
                new LengthPenalised(a, 1, Unit.WORDS, 1));
        all.forEach(r -> digests.add(r.digest()));
        assertEquals(all.size(), digests.size());
        assertEquals(new Clipped(a, 0, 1).digest(), new Clipped(a, 0, 1).digest());
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Ensemble.mean(List.of()));
        assertThrows(IllegalArgumentException.class, () -> Ensemble.weightedSum(List.of(a, b), 1));
        assertThrows(IllegalArgumentException.class, () -> Ensemble.lessDeviation(List.of(a), -1));
        assertThrows(IllegalArgumentException.class, () -> new Clipped(a, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Normalised(a, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new LengthPenalised(a, -1, Unit.WORDS, 0));
    }
}
