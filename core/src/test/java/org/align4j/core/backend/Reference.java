package org.align4j.core.backend;

/** The kernels as plain loops in double precision, straight from their formulas. */
final class Reference {
    private Reference() {}

    static Mat matmul(Mat a, boolean ta, Mat b, boolean tb) {
        int m = ta ? a.cols() : a.rows();
        int k = ta ? a.rows() : a.cols();
        int n = tb ? b.rows() : b.cols();
        Mat c = Mat.zeros(m, n);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double s = 0;
                for (int l = 0; l < k; l++) {
                    s += (ta ? a.get(l, i) : a.get(i, l)) * (tb ? b.get(j, l) : b.get(l, j));
                }
                c.set(i, j, s);
            }
        }
        return c;
    }

    static Mat columnSums(Mat x) {
        Mat s = Mat.zeros(1, x.cols());
        for (int r = 0; r < x.rows(); r++) {
            for (int c = 0; c < x.cols(); c++) {
                s.add(0, c, x.get(r, c));
            }
        }
        return s;
    }

    /** Mean of each row. */
    static double[] rowMeans(Mat x) {
        double[] m = new double[x.rows()];
        for (int r = 0; r < x.rows(); r++) {
            for (int c = 0; c < x.cols(); c++) {
                m[r] += x.get(r, c) / x.cols();
            }
        }
        return m;
    }

    /** f(x[r][c], perRow[r], perCol[c]). */
    interface Cell {
        double apply(double x, double row, double col);
    }

    static Mat cells(Mat x, double[] perRow, double[] perCol, Cell f) {
        Mat out = Mat.zeros(x.rows(), x.cols());
        for (int r = 0; r < x.rows(); r++) {
            for (int c = 0; c < x.cols(); c++) {
                out.set(r, c, f.apply(x.get(r, c), perRow == null ? 0 : perRow[r], perCol == null ? 0 : perCol[c]));
            }
        }
        return out;
    }

    // ---- normalisation ----

    /** (x − mean)/√(var + eps), or x/√(mean(x²) + eps) when not centred. */
    static Mat normalized(Mat x, boolean centred, double eps) {
        Mat d = centred ? cells(x, rowMeans(x), null, (v, m, w) -> v - m) : x;
        return cells(d, inverseRoots(x, centred, eps), null, (v, r, w) -> v * r);
    }

    static double[] inverseRoots(Mat x, boolean centred, double eps) {
        Mat d = centred ? cells(x, rowMeans(x), null, (v, m, w) -> v - m) : x;
        double[] s = rowMeans(d.times(d));
        for (int i = 0; i < s.length; i++) {
            s[i] = 1 / Math.sqrt(s[i] + eps);
        }
        return s;
    }

    /** normalized · (w + shift) + b. */
    static Mat norm(Mat x, Mat w, double shift, Mat b, boolean centred, double eps) {
        Mat y = cells(normalized(x, centred, eps), null, w.v(), (n, r, c) -> n * (c + shift));
        return b == null ? y : cells(y, null, b.v(), (n, r, c) -> n + c);
    }

    /** ∂/∂x of Σ dy ∘ norm(x). */
    static Mat normBackward(Mat dy, Mat x, Mat w, double shift, boolean centred, double eps) {
        Mat n = normalized(x, centred, eps);
        Mat g = cells(dy, null, w.v(), (d, r, c) -> d * (c + shift));
        double[] level = centred ? rowMeans(g) : new double[x.rows()];
        double[] along = rowMeans(g.times(n));
        Mat inner = cells(g, level, null, (v, m, c) -> v - m).plus(cells(n, along, null, (v, m, c) -> -v * m));
        return cells(inner, inverseRoots(x, centred, eps), null, (v, r, c) -> v * r);
    }

    // ---- nonlinearities ----

    static double act(Activation a, double x) {
        return switch (a) {
            case SILU -> x / (1 + Math.exp(-x));
            case GELU_TANH -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case GELU -> 0.5 * x * (1 + erf(x / Math.sqrt(2)));
        };
    }

    static double actPrime(Activation a, double x) {
        return switch (a) {
            case SILU -> {
                double s = 1 / (1 + Math.exp(-x));
                yield s * (1 + x * (1 - s));
            }
            case GELU_TANH -> {
                double k = Math.sqrt(2 / Math.PI);
                double t = Math.tanh(k * (x + 0.044715 * x * x * x));
                yield 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * k * (1 + 3 * 0.044715 * x * x);
            }
            case GELU -> 0.5 * (1 + erf(x / Math.sqrt(2))) + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
        };
    }

    /** erf x = 2/√π · exp(−x²) · Σ 2ⁿx²ⁿ⁺¹/(1·3·5…(2n+1)): every term has one sign, so nothing cancels. */
    static double erf(double x) {
        if (Math.abs(x) > 6) {
            return Math.signum(x);
        }
        double term = x;
        double sum = x;
        for (int n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }

    // ---- rotation ----

    static Mat rotate(Mat x, int headDim, int[] positions, RotaryTable table, boolean inverse) {
        Mat y = Mat.zeros(x.rows(), x.cols());
        int half = headDim / 2;
        for (int r = 0; r < x.rows(); r++) {
            for (int h = 0; h < x.cols(); h += headDim) {
                for (int i = 0; i < half; i++) {
                    double cos = table.cos()[positions[r]][i];
                    double sin = table.sin()[positions[r]][i] * (inverse ? -1 : 1);
                    double a = x.get(r, h + i);
                    double b = x.get(r, h + half + i);
                    y.set(r, h + i, a * cos - b * sin);
                    y.set(r, h + half + i, b * cos + a * sin);
                }
            }
        }
        return y;
    }

    // ---- softmax ----

    static Mat logSoftmax(Mat x) {
        double[] z = new double[x.rows()];
        for (int r = 0; r < x.rows(); r++) {
            double max = Double.NEGATIVE_INFINITY;
            for (int c = 0; c < x.cols(); c++) {
                max = Math.max(max, x.get(r, c));
            }
            double s = 0;
            for (int c = 0; c < x.cols(); c++) {
                s += Math.exp(x.get(r, c) - max);
            }
            z[r] = max + Math.log(s);
        }
        return cells(x, z, null, (v, zr, c) -> v - zr);
    }

    /** −Σ p log p of each row of log-probabilities. */
    static double[] entropy(Mat logp) {
        double[] h = new double[logp.rows()];
        for (int r = 0; r < logp.rows(); r++) {
            for (int c = 0; c < logp.cols(); c++) {
                double l = logp.get(r, c);
                h[r] -= l == Double.NEGATIVE_INFINITY ? 0 : Math.exp(l) * l;
            }
        }
        return h;
    }
}
