package org.align4j.losses.pair;

import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;

/**
 * Direct preference optimization with the sigmoid loss, and its conservative form with smoothed labels.
 *
 * <pre>
 *   h = (log π(y_w|x) − log π_ref(y_w|x)) − (log π(y_l|x) − log π_ref(y_l|x))
 *   L = −(1−ε)·log σ(βh) − ε·log σ(−βh)
 *   ∂L/∂log π(y_w) = −β(1−ε)·σ(−βh) + βε·σ(βh) = −∂L/∂log π(y_l)
 * </pre>
 *
 * <p>Log-probabilities of a response are sums over its tokens, in nats. With {@code referenceFree} the reference terms are 0 (a uniform reference) and
 * none has to be given. With ε = 0 this is Rafailov et al., <a href="https://arxiv.org/abs/2305.18290">Direct Preference Optimization: Your Language
 * Model is Secretly a Reward Model</a> (2023); with ε &gt; 0, the believed rate of flipped labels, the loss is least at σ(βh) = 1−ε rather than at
 * h = ∞ (conservative DPO, E. Mitchell's note on DPO with noisy preferences, 2023).
 *
 * @param beta           strength of the pull to the reference, &gt; 0; TRL's default is 0.1
 * @param labelSmoothing ε in [0, 0.5)
 * @param referenceFree  whether to leave the reference out
 */
public record DpoLoss(double beta, double labelSmoothing, boolean referenceFree) implements PairLoss {

    public DpoLoss {
        Checks.positive("dpo", "beta", beta);
        Checks.smoothing("dpo", labelSmoothing);
    }

    /** Plain DPO: no smoothing, with a reference. */
    public DpoLoss(double beta) {
        this(beta, 0, false);
    }

    /** β = 0.1. */
    public DpoLoss() {
        this(0.1);
    }

    @Override
    public String name() {
        return "dpo";
    }

    @Override
    public Needs needs() {
        return referenceFree ? new Needs(Needs.Arity.PAIR, Needs.Reduction.SUM) : new Needs(Needs.Arity.PAIR, Needs.Reduction.SUM, Needs.Extra.REFERENCE);
    }

    @Override
    public double rewardScale() {
        return beta;
    }

    @Override
    public Pair.Value of(Pair pair) {
        Curve c = Shape.SIGMOID.of(pair.margin(), beta, labelSmoothing);
        return Pair.Value.ofDifference(c.value(), c.slope());
    }
}
