package org.align4j.core.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.align4j.core.backend.AttentionLayout.Segment;
import org.junit.jupiter.api.Test;

interface AttentionConformance extends Conformance {

    /** A layout with the numbers of query and key rows it is for. */
    record Case(String name, int queries, int keys, AttentionLayout layout) {}

    private static Case of(String name, int queries, int keys, int window, int[]... segments) {
        List<Segment> list = new ArrayList<>();
        for (int[] s : segments) {
            list.add(new Segment(s[0], s[1], s[2], s[3], s[4], s[5]));
        }
        return new Case(name, queries, keys, new AttentionLayout(list, window));
    }

    /** Segments are queryStart, queryCount, prefixStart, prefixCount, ownStart, ownCount. */
    static List<Case> cases() {
        List<Case> all = new ArrayList<>();
        for (int n : SIZES) {
            all.add(of("causal " + n, n, n, 0, new int[] {0, n, 0, 0, 0, n}));
            all.add(of("decode at " + n, 1, n + 5, 0, new int[] {0, 1, 0, 0, 2, n}));
        }
        for (int window : new int[] {0, 1, 2, 5, 64, 1000}) {
            all.add(of("group, window " + window, 23, 23, window, new int[] {0, 5, 0, 0, 0, 5}, new int[] {5, 7, 0, 5, 5, 7},
                    new int[] {12, 1, 0, 5, 12, 1}, new int[] {13, 10, 0, 5, 13, 10}));
            all.add(of("queries fewer than own keys, window " + window, 9, 80, window, new int[] {0, 3, 40, 13, 60, 17},
                    new int[] {3, 6, 0, 31, 31, 9}));
            all.add(of("decode of three with one prefix, window " + window, 3, 60, window, new int[] {0, 1, 0, 17, 20, 3},
                    new int[] {1, 1, 0, 17, 30, 8}, new int[] {2, 1, 0, 17, 45, 1}));
        }
        for (int window : new int[] {0, 64}) {
            all.add(of("long prefix, window " + window, 386, 386, window, new int[] {0, 129, 0, 0, 0, 129},
                    new int[] {129, 257, 0, 129, 129, 257}));
        }
        all.add(of("rows of no segment", 40, 50, 0, new int[] {3, 7, 0, 0, 10, 7}, new int[] {20, 13, 10, 7, 30, 13}));
        all.add(of("segments and keys out of order", 30, 64, 0, new int[] {20, 10, 50, 3, 0, 10}, new int[] {0, 17, 20, 16, 3, 17}));
        all.add(of("no segment", 7, 7, 0));
        return all;
    }

    static List<AttentionShape> shapes() {
        List<AttentionShape> all = new ArrayList<>();
        int[][] sizes = {{1, 1, 16}, {4, 4, 7}, {4, 2, 13}, {6, 1, 8}, {3, 3, 1}, {8, 2, 64}};
        for (int[] s : sizes) {
            all.add(new AttentionShape(s[0], s[1], s[2], (float) (1 / Math.sqrt(s[2]))));
        }
        return all;
    }

    @Test
    default void attentionInFloats() {
        all(Precision.FP32);
    }

    @Test
    default void attentionWithRoundedOperands() {
        all(Precision.BF16);
    }

    private void all(Precision precision) {
        RandomGenerator rng = Conformance.random(10);
        try (Backend b = open(precision)) {
            int turn = 0;
            for (Case c : cases()) {
                for (AttentionShape shape : shapes()) {
                    // A third of all pairs, in turns dense and as columns, lets every layout meet two kinds of heads.
                    int now = turn++;
                    if ((now + now / shapes().size()) % 3 == 0) {
                        try (Lab lab = new Lab(b, Lab.Placement.values()[now / 3 % 2])) {
                            one(lab, rng, c, shape);
                        }
                    }
                }
            }
        }
    }

    private static void one(Lab lab, RandomGenerator rng, Case c, AttentionShape shape) {
        String what = c.name() + " " + shape + " " + lab.placement();
        Backend b = lab.backend;
        int width = shape.heads() * shape.headDim();
        int kvWidth = shape.kvHeads() * shape.headDim();
        Mat q = Mat.random(rng, c.queries(), width);
        Mat k = Mat.random(rng, c.keys(), kvWidth);
        Mat v = Mat.random(rng, c.keys(), kvWidth);
        Tensor tq = lab.put(q);
        Tensor tk = lab.put(k);
        Tensor tv = lab.put(v);
        Tensor out = lab.out(c.queries(), width);
        b.attention(out, tq, tk, tv, shape, c.layout());
        ReferenceAttention r = new ReferenceAttention(q, k, v, shape, c.layout());
        // A score is off by at most δ, a probability by a factor e^2δ; roundings of operands (one each of p and v), sums over the keys.
        double u = Conformance.operandRounding(b.precision());
        double delta = r.score * (2 * u + (shape.headDim() + 4) * U);
        double probability = Math.expm1(2 * delta);
        double forward = 1.1 * (probability + 2 * u + (r.longest + 8) * U);
        Lab.close(what, r.out, lab.get(out), r.outMagnitude.times(forward));

        Mat dOut = Mat.random(rng, c.queries(), width);
        Mat beforeK = Mat.random(rng, c.keys(), kvWidth);
        Mat beforeV = Mat.random(rng, c.keys(), kvWidth);
        Tensor dq = lab.out(c.queries(), width);
        Tensor dk = lab.put(beforeK);
        Tensor dv = lab.put(beforeV);
        b.attentionBackward(dq, dk, dv, lab.put(dOut), tq, tk, tv, shape, c.layout());
        r.backward(dOut);
        // p enters dS three times; besides it dOut, v, dS and q or k are operands, and sums run over headDim, keys and queries.
        double backward = 1.1 * (3 * probability + 6 * u + (2 * r.longest + 2 * shape.headDim() + 16) * U);
        int additions = 2 * c.layout().segments().size() * shape.group() + 4;
        Lab.close(what + " dq", r.dq, lab.get(dq), r.dqMagnitude.times(backward));
        Lab.close(what + " dk", r.dk.plus(beforeK), lab.get(dk), sum(r.dkMagnitude, backward, beforeK, additions));
        Lab.close(what + " dv", r.dv.plus(beforeV), lab.get(dv), sum(r.dvMagnitude, backward, beforeV, additions));
    }

    private static Mat sum(Mat magnitude, double error, Mat before, int additions) {
        return magnitude.times(error + additions * U).plus(before.abs().times(additions * U));
    }

    /** Scores of hundreds: without subtracting the largest first, exponentials overflow. */
    @Test
    default void attentionToOneKeyAlone() {
        try (Backend b = open(Precision.FP32); Lab lab = new Lab(b, Lab.Placement.DENSE)) {
            AttentionShape shape = new AttentionShape(1, 1, 4, 1f);
            Mat q = Mat.zeros(20, 4).plus(20);
            Mat k = Mat.zeros(20, 4);
            for (int i = 0; i < 4; i++) {
                k.set(0, i, 10);
            }
            Mat v = Mat.random(Conformance.random(11), 20, 4);
            Tensor out = lab.out(20, 4);
            b.attention(out, lab.put(q), lab.put(k), lab.put(v), shape, of("", 20, 20, 0, new int[] {0, 20, 0, 0, 0, 20}).layout());
            Mat expected = Mat.zeros(20, 4);
            for (int i = 0; i < 80; i++) {
                expected.v()[i] = v.v()[i % 4];
            }
            Lab.close("saturated attention", expected, lab.get(out), Mat.zeros(20, 4).plus(8 * U));
        }
    }
}
