package org.align4j.rewardmodels.ranker;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.align4j.core.io.Digests;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;

/** The ranker that a reward implies by the model of Bradley and Terry: Ψ_ij = σ(r_i − r_j). */
public final class PointwiseRanker implements Ranker {
    private final Reward reward;

    /** @param reward closed with this ranker */
    public PointwiseRanker(Reward reward) {
        this.reward = Objects.requireNonNull(reward, "reward");
    }

    @Override
    public double[][] preferences(Question question) {
        return of(reward.score(List.of(question)).get(0));
    }

    /** Ψ of given scores. */
    public static double[][] of(double[] scores) {
        double[][] psi = new double[scores.length][scores.length];
        for (int i = 0; i < scores.length; i++) {
            psi[i][i] = 0.5;
            for (int j = 0; j < i; j++) {
                psi[i][j] = 1 / (1 + Math.exp(scores[j] - scores[i]));
                psi[j][i] = 1 - psi[i][j];
            }
        }
        return psi;
    }

    @Override
    public String name() {
        return "differences of " + reward.name();
    }

    @Override
    public String digest() {
        return Digests.sha256(("pointwise ranker 1\n" + reward.digest()).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        reward.close();
    }
}
