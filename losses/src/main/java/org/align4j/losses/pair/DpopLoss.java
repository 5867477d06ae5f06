package org.align4j.losses.pair;

import org.align4j.losses.internal.Checks;

/**
 * DPO-Positive: DPO with a penalty where the chosen response becomes less likely than under the reference, the failure that plain DPO permits.
 *
 * <pre>
 *   z = β·(h − λ·max(0, −d_w)),   h = d_w − d_l
 *   L = −log σ(z)
 *   ∂L/∂log π(y_w) = −β·σ(−z)·(1 + λ where d_w &lt; 0),   ∂L/∂log π(y_l) = β·σ(−z)
 * </pre>
 *
 * <p>Pal et al., <a href="https://arxiv.org/abs/2402.13228">Smaug: Fixing Failure Modes of Preference Optimisation with DPO-Positive</a> (2024).
 *
 * @param beta   β &gt; 0, strength of the pull to the reference; default 0.1; 0.3 in the paper
 * @param lambda λ at least 0; 5 to 500 in the paper, default 50; 0 is DPO
 */
public record DpopLoss(double beta, double lambda) implements PairLoss {

    public DpopLoss {
        Checks.positive("dpop", "beta", beta);
        Checks.notNegative("dpop", "lambda", lambda);
    }

    /** β = 0.1, λ = 50. */
    public DpopLoss() {
        this(0.1, 50);
    }

    @Override
    public String name() {
        return "dpop";
    }

    @Override
    public double rewardScale() {
        return beta;
    }

    @Override
    public Pair.Value of(Pair pair) {
        double chosen = pair.chosenRatio();
        Curve c = Shape.SIGMOID.of(pair.margin() - lambda * Math.max(0, -chosen), beta, 0);
        return new Pair.Value(c.value(), c.slope() * (chosen < 0 ? 1 + lambda : 1), -c.slope());
    }
}
