package org.align4j.losses.supervised;

import java.util.List;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Kl;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs;

/**
 * Knowledge distillation on the log-probabilities of given tokens. The teacher q stands where other losses have the reference:
 *
 * <pre>
 *   L = Σ_t [−α·log π(y_t) + (1−α)·(e^{−Δ_t} − 1 + Δ_t)],   Δ_t = log q(y_t) − log π(y_t)
 *   ∂L/∂log π(y_t) = −α + (1−α)·(e^{−Δ_t} − 1)
 * </pre>
 *
 * <p>For tokens drawn from the teacher the second term is an unbiased, never negative estimate of KL(q‖π): it draws up what the student finds less
 * likely than the teacher does and pushes down what it finds likelier. It is {@link Kl#K3} with the two models exchanged, and so are its extremes.
 * For whole rows of probabilities see {@link TeacherKl}. Divided by the number of response tokens of the whole batch; of a pair or a list only the
 * first response counts. Hinton et al., <a href="https://arxiv.org/abs/1503.02531">Distilling the Knowledge in a Neural Network</a> (2015); Kim and
 * Rush, <a href="https://arxiv.org/abs/1606.07947">Sequence-Level Knowledge Distillation</a> (2016).
 *
 * <p>Metrics: {@code kl}, the mean estimate per token.
 *
 * @param alpha share of the likelihood in [0, 1], default 0.5
 */
public record DistillationLoss(double alpha) implements Loss {

    public DistillationLoss {
        if (!(alpha >= 0 && alpha <= 1)) {
            throw new IllegalArgumentException("distill: alpha must be in [0, 1], found " + alpha);
        }
    }

    /** α = 0.5. */
    public DistillationLoss() {
        this(0.5);
    }

    @Override
    public String name() {
        return "distill";
    }

    @Override
    public Needs needs() {
        return new Needs(Needs.Arity.SINGLE, Needs.Reduction.TOKEN, Needs.Extra.REFERENCE);
    }

    @Override
    public Evaluation evaluate(List<Example> part, Batch batch) {
        double[] kl = new double[2];
        Evaluation e = Tokens.mean(this, part, batch, (r, t) -> {
            double student = r.logProbs()[t];
            double teacher = r.reference()[t];
            double estimate = Kl.K3.value(teacher, student);
            kl[0] += estimate;
            kl[1]++;
            return new Tokens.Value((1 - alpha) * estimate - alpha * student, -(1 - alpha) * Kl.K3.derivative(teacher, student) - alpha);
        });
        return Tokens.with(e, "kl", kl);
    }
}
