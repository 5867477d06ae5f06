package org.align4j.losses.pair;

import org.align4j.losses.internal.Checks;
import org.align4j.losses.internal.LogSigmoid;

/**
 * EXO on pairs: the reverse KL divergence between the pair's policy preference σ(βh) and the label (1−ε, ε). TRL's {@code exo_pair}.
 *
 * <pre>
 *   z = βh,   h = d_w − d_l
 *   L = σ(z)·[log σ(z) − log(1−ε)] + σ(−z)·[log σ(−z) − log ε]
 *   ∂L/∂log π(y_w) = β·σ(z)·σ(−z)·[z − log((1−ε)/ε)] = −∂L/∂log π(y_l)
 * </pre>
 *
 * <p>Ji et al., <a href="https://arxiv.org/abs/2402.00856">Towards Efficient Exact Optimization of Language Model Alignment</a> (2024).
 *
 * @param beta           β &gt; 0, strength of the pull to the reference; default 0.1
 * @param labelSmoothing ε in (0, 0.5), above 0 since its logarithm is taken; default 1e-3
 */
public record ExoLoss(double beta, double labelSmoothing) implements PairLoss {

    public ExoLoss {
        Checks.positive("exo", "beta", beta);
        Checks.positive("exo", "label smoothing", labelSmoothing);
        Checks.smoothing("exo", labelSmoothing);
    }

    /** β = 0.1, ε = 1e-3. */
    public ExoLoss() {
        this(0.1, 1e-3);
    }

    @Override
    public String name() {
        return "exo";
    }

    @Override
    public double rewardScale() {
        return beta;
    }

    @Override
    public Pair.Value of(Pair pair) {
        double z = beta * pair.margin();
        Curve p = Curve.sigmoid(z);
        double loss = p.value() * (LogSigmoid.logSigmoid(z) - Math.log1p(-labelSmoothing))
                + LogSigmoid.sigmoid(-z) * (LogSigmoid.logSigmoid(-z) - Math.log(labelSmoothing));
        return Pair.Value.ofDifference(loss, beta * p.slope() * (z - Math.log1p(-labelSmoothing) + Math.log(labelSmoothing)));
    }
}
