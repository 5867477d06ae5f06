package org.align4j.losses.pair;

import org.align4j.losses.internal.Checks;
import org.align4j.losses.internal.LogSigmoid;

/**
 * DiscoPOP, the log-ratio modulated loss: a blend of the logistic and the exponential loss, found by a search of a language model over losses.
 *
 * <pre>
 *   z = βh,   h = d_w − d_l,   r = σ(z/τ)
 *   L = −(1−r)·log σ(z) + r·e^−z
 *   ∂L/∂log π(y_w) = β·[−(1−r)·σ(−z) − r·e^−z + (r(1−r)/τ)·(log σ(z) + e^−z)] = −∂L/∂log π(y_l)
 * </pre>
 *
 * <p>It is not convex: for τ below 0.1 its slope at z = 0 is positive.
 * Lu et al., <a href="https://arxiv.org/abs/2406.08414">Discovering Preference Optimization Algorithms with and for Large Language Models</a> (2024).
 *
 * @param beta β &gt; 0, strength of the pull to the reference; default 0.1
 * @param tau  τ in (0, 1], beyond which e^−z would outgrow r; default 0.05
 */
public record DiscoPopLoss(double beta, double tau) implements PairLoss {

    public DiscoPopLoss {
        Checks.positive("discopop", "beta", beta);
        Checks.positive("discopop", "tau", tau);
        Checks.atMost("discopop", "tau", tau, 1);
    }

    /** β = 0.1, τ = 0.05. */
    public DiscoPopLoss() {
        this(0.1, 0.05);
    }

    @Override
    public String name() {
        return "discopop";
    }

    @Override
    public double rewardScale() {
        return beta;
    }

    @Override
    public Pair.Value of(Pair pair) {
        double z = beta * pair.margin();
        double r = LogSigmoid.sigmoid(z / tau);
        double rest = LogSigmoid.sigmoid(-z / tau);
        double exponential = Math.exp(LogSigmoid.logSigmoid(z / tau) - z); // r·e^−z in one exponent: e^−z alone overflows where r is 0
        Curve logistic = Curve.logistic(z);
        double slope = rest * logistic.slope() - exponential + rest / tau * (exponential - r * logistic.value());
        return Pair.Value.ofDifference(rest * logistic.value() + exponential, beta * slope);
    }
}
