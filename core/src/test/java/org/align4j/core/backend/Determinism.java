package org.align4j.core.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.align4j.core.backend.AttentionLayout.Segment;

/** One run of every kernel over operands large enough to be split over cores. */
final class Determinism {
    private Determinism() {}

    /** All results, drawn and computed in a fixed order. */
    static List<Mat> everything(Lab lab, RandomGenerator rng) {
        Backend b = lab.backend;
        List<Mat> results = new ArrayList<>();
        int rows = 257;
        int cols = 128;
        Tensor x = lab.put(Mat.random(rng, rows, cols));
        Tensor y = lab.put(Mat.random(rng, rows, cols));
        Tensor w = lab.put(Mat.random(rng, 1, cols));
        Tensor square = lab.put(Mat.random(rng, cols, cols));
        for (int t = 0; t < 4; t++) {
            boolean ta = (t & 1) != 0;
            boolean tb = (t & 2) != 0;
            Tensor c = lab.out(ta ? cols : rows, tb && ta ? rows : cols);
            b.matmul(c, x, ta, ta && tb ? square(lab, rng, rows) : ta ? y : square, tb, false);
            results.add(lab.get(c));
        }
        Tensor out = lab.out(rows, cols);
        Tensor one = lab.put(Mat.random(rng, rows, 1));
        Tensor two = lab.put(Mat.random(rng, rows, 2));
        b.rmsNorm(out, x, w, 0f, 1e-5f, one);
        results.add(lab.get(out));
        Tensor dx = lab.put(Mat.zeros(rows, cols));
        Tensor dw = lab.put(Mat.zeros(1, cols));
        Tensor db = lab.put(Mat.zeros(1, cols));
        b.rmsNormBackward(dx, dw, y, x, w, 0f, 1e-5f, one);
        b.layerNorm(out, x, w, w, 1e-5f, two);
        results.add(lab.get(out));
        b.layerNormBackward(dx, dw, db, y, x, w, 1e-5f, two);
        b.addRowSums(db, y);
        results.addAll(List.of(lab.get(dx), lab.get(dw), lab.get(db)));
        attention(lab, rng, results);
        int[] ids = rng.ints(rows, 0, 31).toArray();
        Tensor table = lab.put(Mat.random(rng, 31, cols));
        b.scatterAdd(table, x, ids, null);
        b.gather(out, table, ids, 0.5f);
        results.addAll(List.of(lab.get(table), lab.get(out)));
        double[] picked = new double[rows];
        double[] entropy = new double[rows];
        Tensor logits = lab.put(Mat.random(rng, rows, 1009));
        Mat before = lab.get(logits);
        b.logSoftmaxPick(logits, ids, picked, 0, entropy);
        results.addAll(List.of(lab.get(logits), new Mat(1, rows, picked.clone()), new Mat(1, rows, entropy.clone())));
        b.logCollision(logits, entropy, 0);
        results.add(new Mat(1, rows, entropy));
        b.upload(logits, before.floats(), 0);
        b.softmaxPick(logits, ids, picked, 0);
        results.addAll(List.of(lab.get(logits), new Mat(1, rows, picked)));
        results.add(new Mat(1, 1, new double[] {b.sumOfSquares(logits)}));
        Tensor m = lab.put(Mat.zeros(rows, cols));
        Tensor v = lab.put(Mat.zeros(rows, cols));
        b.adamW(x, y, m, v, new AdamWStep(0.01, 0.9, 0.99, 1e-8, 0.1, 1, 1, 1));
        results.addAll(List.of(lab.get(x), lab.get(m), lab.get(v)));
        return results;
    }

    private static Tensor square(Lab lab, RandomGenerator rng, int n) {
        return lab.put(Mat.random(rng, n, n));
    }

    private static void attention(Lab lab, RandomGenerator rng, List<Mat> results) {
        AttentionShape shape = new AttentionShape(4, 2, 16, 0.25f);
        AttentionLayout layout = new AttentionLayout(List.of(new Segment(0, 150, 0, 0, 0, 150), new Segment(150, 50, 0, 150, 150, 50),
                new Segment(200, 60, 0, 150, 200, 60), new Segment(260, 1, 0, 150, 260, 1)), 0);
        Tensor q = lab.put(Mat.random(rng, 261, 64));
        Tensor k = lab.put(Mat.random(rng, 261, 32));
        Tensor v = lab.put(Mat.random(rng, 261, 32));
        Tensor out = lab.out(261, 64);
        lab.backend.attention(out, q, k, v, shape, layout);
        Tensor dq = lab.out(261, 64);
        Tensor dk = lab.put(Mat.zeros(261, 32));
        Tensor dv = lab.put(Mat.zeros(261, 32));
        lab.backend.attentionBackward(dq, dk, dv, out, q, k, v, shape, layout);
        results.addAll(List.of(lab.get(out), lab.get(dq), lab.get(dk), lab.get(dv)));
    }
}
