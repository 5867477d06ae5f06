package org.align4j.core.backend;

import org.align4j.core.backend.AttentionLayout.Segment;

/**
 * Attention by the definition, in double: for every query of every segment and head, softmax over the keys it sees. Beside each result stands
 * its magnitude, the same sums over absolute values, which rounding errors are proportional to.
 */
final class ReferenceAttention {
    private final Mat q;
    private final Mat k;
    private final Mat v;
    private final AttentionShape shape;
    private final AttentionLayout layout;
    final Mat out;
    final Mat outMagnitude;
    Mat dq;
    Mat dk;
    Mat dv;
    Mat dqMagnitude;
    Mat dkMagnitude;
    Mat dvMagnitude;
    /** Largest scale·Σ|q||k| of a score, and most keys that a query sees or queries that see a key. */
    double score;
    int longest;

    ReferenceAttention(Mat q, Mat k, Mat v, AttentionShape shape, AttentionLayout layout) {
        this.q = q;
        this.k = k;
        this.v = v;
        this.shape = shape;
        this.layout = layout;
        out = Mat.zeros(q.rows(), q.cols());
        outMagnitude = Mat.zeros(q.rows(), q.cols());
        each((query, head, keys, p) -> {
            for (int j = 0; j < keys.length; j++) {
                for (int x = 0; x < shape.headDim(); x++) {
                    double value = v.get(keys[j], kv(head, x));
                    out.add(query, at(head, x), p[j] * value);
                    outMagnitude.add(query, at(head, x), p[j] * Math.abs(value));
                }
            }
        });
    }

    void backward(Mat dOut) {
        dq = Mat.zeros(q.rows(), q.cols());
        dk = Mat.zeros(k.rows(), k.cols());
        dv = Mat.zeros(v.rows(), v.cols());
        dqMagnitude = Mat.zeros(q.rows(), q.cols());
        dkMagnitude = Mat.zeros(k.rows(), k.cols());
        dvMagnitude = Mat.zeros(v.rows(), v.cols());
        each((query, head, keys, p) -> {
            double[] dp = new double[keys.length];
            double[] dpMagnitude = new double[keys.length];
            double mean = 0;
            double meanMagnitude = 0;
            for (int j = 0; j < keys.length; j++) {
                for (int x = 0; x < shape.headDim(); x++) {
                    double g = dOut.get(query, at(head, x));
                    dp[j] += g * v.get(keys[j], kv(head, x));
                    dpMagnitude[j] += Math.abs(g * v.get(keys[j], kv(head, x)));
                    dv.add(keys[j], kv(head, x), p[j] * g);
                    dvMagnitude.add(keys[j], kv(head, x), p[j] * Math.abs(g));
                }
                mean += p[j] * dp[j];
                meanMagnitude += p[j] * dpMagnitude[j];
            }
            for (int j = 0; j < keys.length; j++) {
                double ds = p[j] * (dp[j] - mean) * shape.scale();
                double magnitude = p[j] * (dpMagnitude[j] + meanMagnitude) * shape.scale();
                for (int x = 0; x < shape.headDim(); x++) {
                    double key = k.get(keys[j], kv(head, x));
                    double ask = q.get(query, at(head, x));
                    dq.add(query, at(head, x), ds * key);
                    dqMagnitude.add(query, at(head, x), magnitude * Math.abs(key));
                    dk.add(keys[j], kv(head, x), ds * ask);
                    dkMagnitude.add(keys[j], kv(head, x), magnitude * Math.abs(ask));
                }
            }
        });
    }

    private int at(int head, int x) {
        return head * shape.headDim() + x;
    }

    private int kv(int head, int x) {
        return head / shape.group() * shape.headDim() + x;
    }

    /** One query row of one head, the key rows that it sees and their probabilities. */
    private interface Visit {
        void run(int query, int head, int[] keys, double[] p);
    }

    private void each(Visit visit) {
        for (Segment s : layout.segments()) {
            for (int i = 0; i < s.queryCount(); i++) {
                int position = s.prefixCount() + s.ownCount() - s.queryCount() + i;
                int first = layout.window() == 0 ? 0 : Math.max(0, position - layout.window() + 1);
                int[] keys = new int[position + 1 - first];
                for (int j = 0; j < keys.length; j++) {
                    int key = first + j;
                    keys[j] = key < s.prefixCount() ? s.prefixStart() + key : s.ownStart() + key - s.prefixCount();
                }
                longest = Math.max(longest, Math.max(keys.length, s.queryCount()));
                for (int h = 0; h < shape.heads(); h++) {
                    visit.run(s.queryStart() + i, h, keys, probabilities(s.queryStart() + i, h, keys));
                }
            }
        }
    }

    private double[] probabilities(int query, int head, int[] keys) {
        Mat scores = Mat.zeros(1, keys.length);
        for (int j = 0; j < keys.length; j++) {
            double magnitude = 0;
            for (int x = 0; x < shape.headDim(); x++) {
                double product = shape.scale() * q.get(query, at(head, x)) * k.get(keys[j], kv(head, x));
                scores.add(0, j, product);
                magnitude += Math.abs(product);
            }
            score = Math.max(score, magnitude);
        }
        return Reference.logSoftmax(scores).map(Math::exp).v();
    }
}
