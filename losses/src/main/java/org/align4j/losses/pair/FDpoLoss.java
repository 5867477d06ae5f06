package org.align4j.losses.pair;

import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;

/**
 * f-DPO: preference optimization under another divergence from the reference than the reverse KL.
 *
 * <pre>
 *   s(y) = f'(π(y)/π_ref(y)), see {@link Divergence}
 *   SIGMOID: L = −log σ(βd),          d = s(y_w) − s(y_l)
 *   HINGE:   L = max(0, 1 − βd)
 *   IPO:     L = (d − 1/(2β))²,       d = s(y_w)/|y_w| − s(y_l)/|y_l|
 *   ∂L/∂log π(y_w) = L'(d)·s'(d_w),   ∂L/∂log π(y_l) = −L'(d)·s'(d_l),   s' = ∂s/∂(log-ratio); for IPO divided by |y_w| and |y_l|
 * </pre>
 *
 * <p>With the reverse KL divergence these are {@link DpoLoss}, {@link RsoHingeNormLoss} and {@link IpoLoss}. The logged rewards are β times the
 * log-ratios under every divergence. Wang et al., <a href="https://arxiv.org/abs/2309.16240">Beyond Reverse KL: Generalizing Direct Preference
 * Optimization with Diverse Divergence Constraints</a> (2023).
 *
 * @param divergence the divergence; default reverse KL
 * @param shape      what is made of the margin; default SIGMOID
 * @param beta       β &gt; 0, strength of the pull to the reference; default 0.1
 */
public record FDpoLoss(Divergence divergence, Shape shape, double beta) implements PairLoss {

    public FDpoLoss {
        Checks.given("f_dpo", "divergence", divergence);
        Checks.given("f_dpo", "shape", shape);
        Checks.positive("f_dpo", "beta", beta);
    }

    /** Reverse KL, SIGMOID, β = 0.1: plain DPO. */
    public FDpoLoss() {
        this(Divergence.reverseKl(), Shape.SIGMOID, 0.1);
    }

    @Override
    public String name() {
        return "f_dpo";
    }

    @Override
    public Needs needs() {
        Needs.Reduction reduction = shape == Shape.IPO ? Needs.Reduction.MEAN : Needs.Reduction.SUM;
        return new Needs(Needs.Arity.PAIR, reduction, Needs.Extra.REFERENCE);
    }

    @Override
    public double rewardScale() {
        return beta;
    }

    @Override
    public Pair.Value of(Pair pair) {
        int chosenLength = shape == Shape.IPO ? pair.chosenLength() : 1;
        int rejectedLength = shape == Shape.IPO ? pair.rejectedLength() : 1;
        double margin = divergence.score(pair.chosenRatio()) / chosenLength - divergence.score(pair.rejectedRatio()) / rejectedLength;
        Curve c = shape.of(margin, beta, 0);
        return new Pair.Value(c.value(), c.slope() * divergence.slope(pair.chosenRatio()) / chosenLength,
                -c.slope() * divergence.slope(pair.rejectedRatio()) / rejectedLength);
    }
}
