package org.align4j.losses.pair;

import org.align4j.losses.internal.Checks;

/**
 * Self-play preference optimization with hard labels: each log-ratio is regressed to its own target. TRL's {@code sppo_hard}.
 *
 * <pre>
 *   L = (d_w − 1/(2β))² + (d_l + 1/(2β))²
 *   ∂L/∂log π(y_w) = 2(d_w − 1/(2β)),   ∂L/∂log π(y_l) = 2(d_l + 1/(2β))
 * </pre>
 *
 * <p>Wu et al., <a href="https://arxiv.org/abs/2405.00675">Self-Play Preference Optimization for Language Model Alignment</a> (2024), with the judged
 * probabilities rounded to 1 and 0.
 *
 * @param beta β &gt; 0, strength of the pull to the reference; default 0.1
 */
public record SppoLoss(double beta) implements PairLoss {

    public SppoLoss {
        Checks.positive("sppo", "beta", beta);
    }

    /** β = 0.1. */
    public SppoLoss() {
        this(0.1);
    }

    @Override
    public String name() {
        return "sppo";
    }

    @Override
    public double rewardScale() {
        return beta;
    }

    @Override
    public Pair.Value of(Pair pair) {
        Curve chosen = Curve.square(pair.chosenRatio() - 1 / (2 * beta));
        Curve rejected = Curve.square(pair.rejectedRatio() + 1 / (2 * beta));
        return new Pair.Value(chosen.value() + rejected.value(), chosen.slope(), rejected.slope());
    }
}
