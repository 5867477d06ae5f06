package org.align4j.core.merge;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.align4j.core.train.Streams;

/** {@link MergeMethod.TaskVectors}. The sources are onto, if there is one, base, models. */
final class TaskVectorRule implements TensorRule {
    private final MergeMethod.TaskVectors method;
    private final int base;

    TaskVectorRule(MergeMethod.TaskVectors method, boolean onto) {
        this.method = method;
        this.base = onto ? 1 : 0;
    }

    @Override
    public Kernel prepare(TensorScan tensor) {
        TensorPlace place = tensor.place();
        double[] w = method.weights().stream().mapToDouble(x -> x.at(place)).toArray();
        double factor = method.lambda().at(place) * method.lines().map(l -> l.at(place)).orElse(1.0);
        if (method.plain()) {
            return Kernel.combination(coefficients(method.normalize() ? TensorRule.normalized(w, place) : w, factor));
        }
        if (method.normalize() && !method.consensus()) {
            w = TensorRule.normalized(w, place);
        }
        return new Sparse(w, factor, keeps(tensor));
    }

    /**
     * θ + f·Σ w_i·(θ_i − base) with one coefficient for each, so that f = 0 gives θ and a single model with f·w = 1 that model, both exactly.
     */
    private double[] coefficients(double[] w, double factor) {
        double[] c = new double[base + 1 + w.length];
        c[0] = 1;
        for (int i = 0; i < w.length; i++) {
            c[base + 1 + i] = factor * w[i];
            c[base] -= factor * w[i];
        }
        return c;
    }

    private Keep[] keeps(TensorScan tensor) {
        int models = method.weights().size();
        Keep[] keep = new Keep[models];
        Arrays.fill(keep, Keep.ALL);
        if (method.sparsity() instanceof Sparsity.Random r) {
            for (int i = 0; i < models; i++) {
                double density = r.density().get(i).at(tensor.place());
                keep[i] = density == 1 ? Keep.ALL : new Keep.Drawn(Streams.of(r.seed(), "dare " + tensor.place().name(), i), density, r.rescale());
            }
        } else if (!(method.sparsity() instanceof Sparsity.None)) {
            long[] most = new long[models];
            long[] least = new long[models];
            for (int i = 0; i < models; i++) {
                bounds(i, tensor, most, least);
            }
            MagnitudeRanks upper = new MagnitudeRanks(most, tensor.elements());
            MagnitudeRanks lower = new MagnitudeRanks(least, tensor.elements());
            float[][] delta = new float[models][0];
            MagnitudeRanks.both(upper, lower, sink -> tensor.scan((values, n) -> {
                for (int i = 0; i < models; i++) {
                    delta[i] = delta[i].length < n ? new float[n] : delta[i];
                    for (int e = 0; e < n; e++) {
                        delta[i][e] = (float) ((double) values[base + 1 + i][e] - values[base][e]);
                    }
                }
                sink.see(delta, n);
            }));
            for (int i = 0; i < models; i++) {
                keep[i] = new Keep.Ranked(upper.cut(i), lower.cut(i));
            }
        }
        return keep;
    }

    /** Entries are kept whose rank by magnitude is past the {@code most} largest and among the {@code least} largest. */
    private void bounds(int i, TensorScan tensor, long[] most, long[] least) {
        long n = tensor.elements();
        if (method.sparsity() instanceof Sparsity.Largest l) {
            least[i] = kept(l.density().get(i).at(tensor.place()), n);
            return;
        }
        Sparsity.Middle m = (Sparsity.Middle) method.sparsity();
        long k = kept(m.density().get(i).at(tensor.place()), n);
        most[i] = Math.min((long) (m.gamma().get(i).at(tensor.place()) * n), n - k);
        least[i] = most[i] + k;
    }

    private static long kept(double density, long n) {
        return Math.min(n, Math.max(1, (long) (density * n)));
    }

    private final class Sparse implements Kernel {
        private final double[] w;
        private final double factor;
        private final Keep[] keep;

        Sparse(double[] w, double factor, Keep[] keep) {
            this.w = w;
            this.factor = factor;
            this.keep = keep;
        }

        @Override
        public void apply(float[][] values, int n, float[] out, int at) {
            double[] d = new double[w.length];
            for (int e = 0; e < n; e++) {
                double b = values[base][e];
                for (int i = 0; i < d.length; i++) {
                    d[i] = w[i] * keep[i].of(values[base + 1 + i][e] - b);
                }
                out[at + e] = (float) (values[0][e] + factor * mixed(d));
            }
        }

        private double mixed(double[] d) {
            double sum = 0;
            for (double x : d) {
                sum += x;
            }
            if (!method.consensus()) {
                return sum;
            }
            boolean plus = sum >= 0;
            double agreed = 0;
            double divisor = 0;
            for (int i = 0; i < d.length; i++) {
                if (plus ? d[i] > 0 : d[i] < 0) {
                    agreed += d[i];
                    divisor += w[i];
                }
            }
            return method.normalize() && divisor != 0 ? agreed / divisor : agreed;
        }
    }

    /** Which entries of one task vector are kept; asked in order. */
    private interface Keep {
        Keep ALL = delta -> delta;

        double of(double delta);

        /** Each with a probability. */
        record Drawn(RandomGenerator random, double density, boolean rescale) implements Keep {
            @Override
            public double of(double delta) {
                return random.nextDouble() >= density ? 0 : rescale ? delta / density : delta;
            }
        }

        /** Those below one rank and not below another. */
        record Ranked(MagnitudeRanks.Cut most, MagnitudeRanks.Cut least) implements Keep {
            @Override
            public double of(double delta) {
                int bits = MagnitudeRanks.bits((float) delta);
                boolean tooLarge = most.takes(bits);
                return least.takes(bits) && !tooLarge ? delta : 0;
            }
        }
    }
}
