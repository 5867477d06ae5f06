package org.align4j.core.train;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.backend.AdamWStep;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.MomentType;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.ParameterLayout.Slot;
import org.align4j.core.model.Parameters;

/**
 * AdamW with decoupled weight decay (Loshchilov and Hutter, 2019) and gradient clipping by global norm.
 *
 * <p>Decay applies to matrices and embeddings, and to norms and biases only when asked: the usual practice of trainers.
 *
 * <p>Moments in fewer than 32 bits ({@link MomentType}) are rounded at random, by bits that follow from seed, update and place alone: a resumed run
 * rounds as one that was never interrupted. Moments of norms and biases are float32 always.
 */
public final class AdamW implements AutoCloseable {

    /** Settings; the defaults are those of PyTorch, without decay. */
    public record Settings(double beta1, double beta2, double epsilon, double weightDecay, boolean decayVectors, double maxGradNorm, MomentType moments) {
        public static final Settings DEFAULT = new Settings(0.9, 0.999, 1e-8, 0.0, false, 1.0);

        /** With float32 moments. */
        public Settings(double beta1, double beta2, double epsilon, double weightDecay, boolean decayVectors, double maxGradNorm) {
            this(beta1, beta2, epsilon, weightDecay, decayVectors, maxGradNorm, MomentType.FLOAT32);
        }

        /** These settings with moments of another type. */
        public Settings with(MomentType value) {
            return new Settings(beta1, beta2, epsilon, weightDecay, decayVectors, maxGradNorm, value);
        }

        /**
         * What a gradient is multiplied by, given its norm, so that the norm is at most the maximum (0: never clipped).
         *
         * @throws ArithmeticException when the norm is not finite
         */
        public double scale(double norm) {
            if (!Double.isFinite(norm)) {
                throw new ArithmeticException("The gradient norm is " + norm);
            }
            return maxGradNorm > 0 ? Math.min(1, maxGradNorm / (norm + 1e-6)) : 1;
        }

        /** Bytes of both moments of these parameters. */
        public long bytes(ParameterLayout layout) {
            return 2 * Moments.bytes(layout, moments);
        }
    }

    private final Settings settings;
    private final Parameters weights;
    private final boolean momentsOfAll;
    private final Map<String, Long> updates = new HashMap<>();
    private Parameters gradients;
    private final long seed;
    private Moments m;
    private Moments v;
    private long steps;

    public AdamW(Settings settings, Parameters weights, Parameters gradients) {
        this(settings, weights, gradients, 0);
    }

    /** @param seed what the rounding of packed moments follows from */
    public AdamW(Settings settings, Parameters weights, Parameters gradients, long seed) {
        this(settings, weights, gradients, false, seed);
    }

    /**
     * An optimiser of some of the weights.
     *
     * @param gradients    of the weights that are updated; the others stay as they are
     * @param momentsOfAll whether there are moments for all weights, or only for those that are updated
     * @param seed         what the rounding of packed moments follows from
     */
    AdamW(Settings settings, Parameters weights, Parameters gradients, boolean momentsOfAll, long seed) {
        this.settings = settings;
        this.weights = weights;
        this.gradients = gradients;
        this.momentsOfAll = momentsOfAll;
        ParameterLayout layout = momentsOfAll ? weights.layout() : gradients.layout();
        this.seed = Streams.of(seed, "moments", 0).nextLong();
        m = new Moments(weights.backend(), layout, settings.moments());
        v = new Moments(weights.backend(), layout, settings.moments());
    }

    /**
     * Goes on with gradients of other weights. Weights without a gradient are no longer updated; where there are not moments of all, theirs are
     * dropped, and weights that come anew begin with none.
     */
    void switchTo(Parameters next) {
        gradients = next;
        if (!momentsOfAll) {
            m = m.moved(next.layout());
            v = v.moved(next.layout());
            updates.keySet().removeIf(name -> !next.layout().contains(name));
        }
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
        return step(learningRate, gradientNorm());
    }

    /**
     * As {@link #step(double)} where the gradient is part of a larger one.
     *
     * @param norm of the gradient of all that is trained together
     */
    public double step(double learningRate, double norm) {
        double scale = settings.scale(norm);
        steps++;
        for (Run run : runs()) {
            double decay = run.matrices || settings.decayVectors() ? settings.weightDecay() : 0;
            update(run, new AdamWStep(learningRate, settings.beta1(), settings.beta2(), settings.epsilon(), decay, run.step, scale, 0));
        }
        return norm;
    }

    /** Parameters that follow each other in all layouts and have been updated equally often. */
    private record Run(Slot first, long size, boolean matrices, long step) {}

    /** Counts this update, for each parameter by itself: the correction of its moments' bias hangs on how often it was updated. */
    private List<Run> runs() {
        List<Run> runs = new ArrayList<>();
        for (Slot s : gradients.layout().slots()) {
            long t = updates.merge(s.name(), 1L, Long::sum);
            boolean matrix = s.offset() < gradients.layout().matrices();
            Run last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
            if (last != null && last.step == t && last.matrices == matrix && follows(last, s)) {
                runs.set(runs.size() - 1, new Run(last.first, last.size + s.size(), matrix, t));
            } else {
                runs.add(new Run(s, s.size(), matrix, t));
            }
        }
        return runs;
    }

    private boolean follows(Run run, Slot next) {
        String first = run.first.name();
        return weights.layout().slot(first).offset() + run.size == weights.layout().slot(next.name()).offset() && m.follows(first, run.size, next.name());
    }

    private void update(Run run, AdamWStep step) {
        String name = run.first.name();
        for (long at = 0; at < run.size; at += Parameters.PIECE) {
            int n = (int) Math.min(Parameters.PIECE, run.size - at);
            weights.backend().adamW(weights.run(name, at, n), gradients.run(name, at, n), m.run(name, at, n), v.run(name, at, n),
                    step.with(noise(weights.layout().slot(name).offset() + at)));
        }
    }

    /** The noise of this update from a place among the weights on: the bits of a value are the same however the values are cut into pieces. */
    private long noise(long place) {
        long z = Streams.mix(seed + steps * 0x9E3779B97F4A7C15L);
        return (z >>> 32 ^ place >>> 32) << 32 | (z + place & 0xffffffffL);
    }

    /** Updates made so far. */
    public long steps() {
        return steps;
    }

    /** First and second moments, for checkpoints. */
    Moments firstMoments() {
        return m;
    }

    Moments secondMoments() {
        return v;
    }

    /** Updates of those parameters that have moments but were not updated every time. */
    Map<String, Long> seldom() {
        Map<String, Long> some = new TreeMap<>();
        for (Slot s : m.layout().slots()) {
            long n = updates.getOrDefault(s.name(), 0L);
            if (n != steps) {
                some.put(s.name(), n);
            }
        }
        return some;
    }

    /** Takes up where a checkpoint stopped; the moments have been filled by the caller. */
    void resumeAt(long stepsDone, Map<String, Long> seldom) {
        steps = stepsDone;
        updates.clear();
        m.layout().slots().forEach(s -> updates.put(s.name(), seldom.getOrDefault(s.name(), stepsDone)));
    }

    @Override
    public void close() {
        m.close();
        v.close();
    }
}
