package org.align4j.core.train;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.backend.AdamWStep;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.align4j.core.model.Parameters;

/**
 * AdamW with decoupled weight decay (Loshchilov and Hutter, 2019) and gradient clipping by global norm.
 *
 * <p>Decay applies to matrices and embeddings, and to norms and biases only when asked: the usual practice of trainers.
 */
public final class AdamW implements AutoCloseable {

    /** Settings; the defaults are those of PyTorch, without decay. */
    public record Settings(double beta1, double beta2, double epsilon, double weightDecay, boolean decayVectors, double maxGradNorm) {
        public static final Settings DEFAULT = new Settings(0.9, 0.999, 1e-8, 0.0, false, 1.0);
    }

    private final Settings settings;
    private final Parameters weights;
    private final Parameters gradients;
    private final Parameters m;
    private final Parameters v;
    private long steps;

    public AdamW(Settings settings, Parameters weights, Parameters gradients) {
        this.settings = settings;
        this.weights = weights;
        this.gradients = gradients;
        m = new Parameters(weights.backend(), weights.layout(), DType.F32);
        v = new Parameters(weights.backend(), weights.layout(), DType.F32);
        m.fill(0f);
        v.fill(0f);
    }

    /** ‖gradient‖₂ over all parameters. */
    public double gradientNorm() {
        Backend b = weights.backend();
        double[] sum = new double[1];
        gradients.forMatrices(t -> sum[0] += b.sumOfSquares(t));
        gradients.forVectors(t -> sum[0] += b.sumOfSquares(t));
        return Math.sqrt(sum[0]);
    }

    /**
     * Clips to the maximum norm (0: never) and updates the weights. The gradients are left as they are.
     *
     * @return the gradient norm before clipping
     * @throws ArithmeticException when the norm is not finite; nothing has been changed then
     */
    public double step(double learningRate) {
        double norm = gradientNorm();
        if (!Double.isFinite(norm)) {
            throw new ArithmeticException("The gradient norm is " + norm);
        }
        double max = settings.maxGradNorm();
        double scale = max > 0 ? Math.min(1, max / (norm + 1e-6)) : 1;
        steps++;
        update(new AdamWStep(learningRate, settings.beta1(), settings.beta2(), settings.epsilon(), settings.weightDecay(), steps, scale), true);
        double decay = settings.decayVectors() ? settings.weightDecay() : 0;
        update(new AdamWStep(learningRate, settings.beta1(), settings.beta2(), settings.epsilon(), decay, steps, scale), false);
        return norm;
    }

    private void update(AdamWStep step, boolean matrices) {
        List<List<Tensor>> pieces = new ArrayList<>();
        for (Parameters p : new Parameters[] {weights, gradients, m, v}) {
            List<Tensor> list = new ArrayList<>();
            if (matrices) {
                p.forMatrices(list::add);
            } else {
                p.forVectors(list::add);
            }
            pieces.add(list);
        }
        for (int i = 0; i < pieces.get(0).size(); i++) {
            weights.backend().adamW(pieces.get(0).get(i), pieces.get(1).get(i), pieces.get(2).get(i), pieces.get(3).get(i), step);
        }
    }

    /** Updates made so far. */
    public long steps() {
        return steps;
    }

    /** First and second moments, for checkpoints. */
    public Parameters firstMoments() {
        return m;
    }

    public Parameters secondMoments() {
        return v;
    }

    /** Takes up where a checkpoint stopped; the moments have been filled by the caller. */
    public void resumeAt(long stepsDone) {
        steps = stepsDone;
    }

    @Override
    public void close() {
        m.close();
        v.close();
    }
}
