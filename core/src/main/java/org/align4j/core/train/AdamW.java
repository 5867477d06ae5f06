package org.align4j.core.train;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.backend.AdamWStep;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.ParameterLayout.Slot;
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
    private final boolean momentsOfAll;
    private final Map<String, Long> updates = new HashMap<>();
    private Parameters gradients;
    private Parameters m;
    private Parameters v;
    private long steps;

    public AdamW(Settings settings, Parameters weights, Parameters gradients) {
        this(settings, weights, gradients, false);
    }

    /**
     * An optimiser of some of the weights.
     *
     * @param gradients    of the weights that are updated; the others stay as they are
     * @param momentsOfAll whether there are moments for all weights, or only for those that are updated
     */
    AdamW(Settings settings, Parameters weights, Parameters gradients, boolean momentsOfAll) {
        this.settings = settings;
        this.weights = weights;
        this.gradients = gradients;
        this.momentsOfAll = momentsOfAll;
        ParameterLayout layout = momentsOfAll ? weights.layout() : gradients.layout();
        m = new Parameters(weights.backend(), layout, DType.F32);
        v = new Parameters(weights.backend(), layout, DType.F32);
        m.fill(0f);
        v.fill(0f);
    }

    /**
     * Goes on with gradients of other weights. Weights without a gradient are no longer updated; where there are not moments of all, theirs are
     * dropped, and weights that come anew begin with none.
     */
    void switchTo(Parameters next) {
        gradients = next;
        if (!momentsOfAll) {
            m = moved(m, next.layout());
            v = moved(v, next.layout());
            updates.keySet().removeIf(name -> !next.layout().contains(name));
        }
    }

    private static Parameters moved(Parameters old, ParameterLayout layout) {
        Parameters p = new Parameters(old.backend(), layout, DType.F32);
        p.fill(0f);
        for (Slot s : layout.slots()) {
            if (old.layout().contains(s.name())) {
                p.backend().copy(p.get(s.name()), old.get(s.name()));
            }
        }
        old.close();
        return p;
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
        for (Run run : runs()) {
            double decay = run.matrices || settings.decayVectors() ? settings.weightDecay() : 0;
            update(run, new AdamWStep(learningRate, settings.beta1(), settings.beta2(), settings.epsilon(), decay, run.step, scale));
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
            if (last != null && last.step == t && last.matrices == matrix && follows(weights, last, s) && follows(m, last, s)) {
                runs.set(runs.size() - 1, new Run(last.first, last.size + s.size(), matrix, t));
            } else {
                runs.add(new Run(s, s.size(), matrix, t));
            }
        }
        return runs;
    }

    private static boolean follows(Parameters in, Run run, Slot next) {
        return in.layout().slot(run.first.name()).offset() + run.size == in.layout().slot(next.name()).offset();
    }

    private void update(Run run, AdamWStep step) {
        String name = run.first.name();
        for (long at = 0; at < run.size; at += Parameters.PIECE) {
            int n = (int) Math.min(Parameters.PIECE, run.size - at);
            weights.backend().adamW(weights.run(name, at, n), gradients.run(name, at, n), m.run(name, at, n), v.run(name, at, n), step);
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
