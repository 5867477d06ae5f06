package org.align4j.core.merge;

import org.align4j.core.UserException;

/** What a method does with one tensor: looks at all of it where it must, then makes it piece by piece. */
interface TensorRule {
    Kernel prepare(TensorScan tensor);

    static TensorRule of(MergePlan plan) {
        if (plan.method() instanceof MergeMethod.Linear m) {
            return tensor -> Kernel.combination(linear(m, tensor.place()));
        }
        if (plan.method() instanceof MergeMethod.Slerp m) {
            return tensor -> Kernel.combination(slerp(m, tensor));
        }
        MergeMethod.TaskVectors m = (MergeMethod.TaskVectors) plan.method();
        return new TaskVectorRule(m, plan.onto().isPresent());
    }

    private static double[] linear(MergeMethod.Linear m, TensorPlace place) {
        double[] w = m.weights().stream().mapToDouble(x -> x.at(place)).toArray();
        return m.normalize() ? normalized(w, place) : w;
    }

    static double[] normalized(double[] w, TensorPlace place) {
        double sum = 0;
        for (double x : w) {
            sum += x;
        }
        if (Math.abs(sum) < 1e-8) {
            throw new UserException("The weights for the tensor " + place.name() + " add up to " + sum + ", by which they cannot be divided. Give others, or normalize: false.");
        }
        double[] out = new double[w.length];
        for (int i = 0; i < w.length; i++) {
            out[i] = w[i] / sum;
        }
        return out;
    }

    private static double[] slerp(MergeMethod.Slerp m, TensorScan tensor) {
        double[] sums = new double[3];
        tensor.scan((x, n) -> {
            double aa = 0;
            double bb = 0;
            double ab = 0;
            for (int i = 0; i < n; i++) {
                double a = x[0][i];
                double b = x[1][i];
                aa += a * a;
                bb += b * b;
                ab += a * b;
            }
            sums[0] += aa;
            sums[1] += bb;
            sums[2] += ab;
        });
        return slerp(m.t().at(tensor.place()), sums[0], sums[1], sums[2]);
    }

    /** Coefficients of a and b from a·a, b·b and a·b. */
    static double[] slerp(double t, double aa, double bb, double ab) {
        double norms = Math.sqrt(aa) * Math.sqrt(bb);
        double cos = norms == 0 ? 1 : ab / norms;
        if (Math.abs(cos) > 0.9995) {
            return new double[] {1 - t, t};
        }
        double omega = Math.acos(cos);
        return new double[] {Math.sin((1 - t) * omega) / Math.sin(omega), Math.sin(t * omega) / Math.sin(omega)};
    }
}
