package org.align4j.losses.pair;

import java.util.ArrayList;
import java.util.List;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs;
import org.align4j.losses.internal.Checks;

/**
 * Length-desensitized DPO: tokens beyond the length that the two responses share count less.
 *
 * <pre>
 *   lp(y) = Σ_{t ≤ n} log π(y_t) + α·Σ_{t &gt; n} log π(y_t),   n = min(|y_w|, |y_l|); the same for the reference
 *   L = −log σ(βh) with these sums,   ∂L/∂log π(y_t) = that of {@link DpoLoss}, times α where t &gt; n
 * </pre>
 *
 * <p>The logged log-probabilities and rewards are of the weighted sums, as in TRL ({@code ld_alpha}).
 * Liu et al., <a href="https://arxiv.org/abs/2409.06411">Length Desensitization in Direct Preference Optimization</a> (2024).
 *
 * @param beta  β &gt; 0, strength of the pull to the reference; default 0.1
 * @param alpha α in [0, 1]; 1 is DPO, 0 ignores the longer response's excess; default 0.5
 */
public record LdDpoLoss(double beta, double alpha) implements Loss {

    public LdDpoLoss {
        Checks.positive("ld_dpo", "beta", beta);
        Checks.notNegative("ld_dpo", "alpha", alpha);
        Checks.atMost("ld_dpo", "alpha", alpha, 1);
    }

    /** β = 0.1, α = 0.5. */
    public LdDpoLoss() {
        this(0.1, 0.5);
    }

    @Override
    public String name() {
        return "ld_dpo";
    }

    @Override
    public Needs needs() {
        return new Needs(Needs.Arity.PAIR, Needs.Reduction.SUM, Needs.Extra.REFERENCE);
    }

    @Override
    public Evaluation evaluate(List<Example> part, Batch batch) {
        List<Example> weighted = new ArrayList<>(part.size());
        for (int i = 0; i < part.size(); i++) {
            int shared = shared(Pairs.pair(this, i, part.get(i)));
            weighted.add(new Example(part.get(i).responses().stream()
                    .map(r -> new Example.Response(weigh(r.logProbs(), shared), weigh(r.reference(), shared))).toList()));
        }
        DpoLoss dpo = new DpoLoss(beta);
        Evaluation e = Pairs.evaluate(this, dpo::reward, (i, example, pair, metrics) -> dpo.of(pair), weighted, batch);
        for (double[][] g : e.gradients()) {
            int shared = Math.min(g[0].length, g[1].length);
            g[0] = weigh(g[0], shared);
            g[1] = weigh(g[1], shared);
        }
        return e;
    }

    private static int shared(Pair p) {
        return Math.min(p.chosenLength(), p.rejectedLength());
    }

    private double[] weigh(double[] values, int shared) {
        double[] a = values.clone();
        for (int t = shared; t < a.length; t++) {
            a[t] *= alpha;
        }
        return a;
    }
}
