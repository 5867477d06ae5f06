package org.align4j.losses.supervised;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Mean;
import org.align4j.losses.Needs;
import org.align4j.losses.Needs.Reduction;
import org.align4j.losses.internal.Checks;
import org.align4j.losses.internal.LogSigmoid;

/**
 * Supervised finetuning that lets go of a response the further the policy has left the reference on it. With d = Σ_t log π(y_t) − Σ_t log
 * π_ref(y_t) and n tokens,
 *
 * <pre>
 *   SUM:   L = −log σ(βd)                ∂L/∂log π(y_t) = −β·σ(−βd)
 *   MEAN:  L = −(2/(βn))·log σ(βd)       ∂L/∂log π(y_t) = −2σ(−βd)/n
 * </pre>
 *
 * <p>The loss is the mean over examples. At the reference, where σ(0) = ½, the gradient of SUM is β/2 times that of the sum over tokens, and the
 * gradient of MEAN is that of the mean over each response's tokens; so both start as plain finetuning up to scale. d is the sum over tokens in
 * both. Of a pair or a list only the first response counts. Xie et al., <a href="https://arxiv.org/abs/2408.10642">Minor SFT Loss for LLM Fine-Tune
 * to Increase Performance and Reduce Model Deviation</a> (2024).
 *
 * <p>Metrics: {@code deviation}, the mean of 2σ(−βd): 1 at the reference, towards 0 the more likely the policy has made the responses.
 *
 * @param beta      how soon to let go, &gt; 0, default 0.04
 * @param reduction {@link Reduction#SUM} (default) or {@link Reduction#MEAN}
 */
public record MinorSftLoss(double beta, Reduction reduction) implements Loss {

    public MinorSftLoss {
        Checks.positive("minor_sft", "beta", beta);
        Checks.sumOrMean("minor_sft", reduction);
    }

    /** β = 0.04, sums. */
    public MinorSftLoss() {
        this(0.04, Reduction.SUM);
    }

    @Override
    public String name() {
        return "minor_sft";
    }

    @Override
    public Needs needs() {
        return new Needs(Needs.Arity.SINGLE, reduction, Needs.Extra.REFERENCE);
    }

    @Override
    public Evaluation evaluate(List<Example> part, Batch batch) {
        double share = 0;
        double deviation = 0;
        List<double[][]> gradients = new ArrayList<>(part.size());
        for (int i = 0; i < part.size(); i++) {
            Example.Response target = Tokens.target(this, i, part.get(i));
            double z = beta * (target.sum() - target.referenceSum());
            double scale = reduction == Reduction.SUM ? 1 : 2 / (beta * target.length());
            share += scale * LogSigmoid.softplus(-z) / batch.examples();
            double[][] g = Tokens.zeros(part.get(i));
            Arrays.fill(g[0], -scale * beta * LogSigmoid.sigmoid(-z) / batch.examples());
            gradients.add(g);
            deviation += 2 * LogSigmoid.sigmoid(-z);
        }
        return new Evaluation(share, gradients, Map.of("deviation", new Mean(deviation, part.size())));
    }
}
