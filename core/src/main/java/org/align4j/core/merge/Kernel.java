package org.align4j.core.merge;

import java.util.Arrays;

/** Makes entries of one tensor; called piece by piece, in order, once. */
interface Kernel {
    /** Writes {@code n} entries to {@code out} from {@code at}. */
    void apply(float[][] values, int n, float[] out, int at);

    /** Σ c_i·x_i in double, in the order of the sources. */
    static Kernel combination(double[] c) {
        double[] sum = new double[1 << 12]; // stays in the cache from source to source
        return (values, n, out, at) -> {
            for (int done = 0; done < n; done += sum.length) {
                int m = Math.min(sum.length, n - done);
                Arrays.fill(sum, 0);
                for (int s = 0; s < c.length; s++) {
                    if (c[s] != 0) { // a source that does not count is not added: it could only turn −0 into 0
                        add(sum, c[s], values[s], done, m);
                    }
                }
                for (int i = 0; i < m; i++) {
                    out[at + done + i] = (float) sum[i];
                }
            }
        };
    }

    private static void add(double[] sum, double c, float[] x, int from, int n) {
        for (int i = 0; i < n; i++) {
            sum[i] += c * x[from + i];
        }
    }
}
