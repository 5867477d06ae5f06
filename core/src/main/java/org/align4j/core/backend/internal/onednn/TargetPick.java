package org.align4j.core.backend.internal.onednn;

import java.nio.FloatBuffer;
import org.align4j.core.backend.Tensor;
import org.align4j.core.backend.internal.host.HostKernels;
import org.align4j.core.backend.internal.host.HostView;

/**
 * Log-probabilities of targets without a second sweep: the logarithm of the probability itself, exact to float32 rounding while the probability
 * is far from underflow. Where it is not, another entry of the row whose probability is known gives it away.
 */
final class TargetPick {
    /** Smallest probability whose logarithm is taken directly; float32 has its full precision down to 1.2e-38. */
    private static final double TINY = 1e-30;
    private final FloatBuffer values;
    private final int cols;
    private final int[] targets;
    private final int[] sample;
    private final float[] before;

    /** Looks at dense logits before they become probabilities in place. */
    TargetPick(Tensor logits, int[] targets) {
        this.values = HostView.floats(logits);
        this.cols = logits.cols();
        this.targets = targets;
        sample = new int[targets.length];
        before = new float[2 * targets.length];
        for (int r = 0; r < targets.length; r++) {
            sample[r] = HostKernels.largestOfSome(values, r * cols, cols);
            before[2 * r] = values.get(r * cols + targets[r]);
            before[2 * r + 1] = values.get(r * cols + sample[r]);
        }
    }

    /** NaN where it cannot tell. */
    void logProbs(double[] out, int outFrom) {
        for (int r = 0; r < targets.length; r++) {
            double p = values.get(r * cols + targets[r]);
            double q = values.get(r * cols + sample[r]);
            out[outFrom + r] = p > TINY ? Math.log(p) : q > TINY ? (double) before[2 * r] - before[2 * r + 1] + Math.log(q) : Double.NaN;
        }
    }
}
