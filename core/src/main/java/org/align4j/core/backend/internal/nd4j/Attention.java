package org.align4j.core.backend.internal.nd4j;

import org.align4j.core.backend.AttentionLayout;
import org.align4j.core.backend.AttentionLayout.Segment;
import org.align4j.core.backend.AttentionShape;
import org.align4j.core.backend.Tensor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Softmax attention, one segment and head at a time, in float32 whatever the precision of matrix products. */
final class Attention {
    private final Tensor q;
    private final Tensor k;
    private final Tensor v;
    private final AttentionShape shape;
    private final AttentionLayout layout;

    Attention(Tensor q, Tensor k, Tensor v, AttentionShape shape, AttentionLayout layout) {
        this.q = q;
        this.k = k;
        this.v = v;
        this.shape = shape;
        this.layout = layout;
    }

    void forward(Tensor out) {
        Scope.view(out).assign(0);
        for (Segment segment : layout.segments()) {
            for (int h = 0; h < shape.heads(); h++) {
                try (Scope s = new Scope()) {
                    INDArray p = probabilities(s, segment, s.read(queries(q, segment, h)), keys(s, k, segment, h));
                    s.write(queries(out, segment, h), s.product(p, false, keys(s, v, segment, h), false));
                }
            }
        }
    }

    void backward(Tensor dq, Tensor dk, Tensor dv, Tensor dOut) {
        Scope.view(dq).assign(0);
        for (Segment segment : layout.segments()) {
            for (int h = 0; h < shape.heads(); h++) {
                try (Scope s = new Scope()) {
                    INDArray queries = s.read(queries(q, segment, h));
                    INDArray keys = keys(s, k, segment, h);
                    INDArray p = probabilities(s, segment, queries, keys);
                    INDArray d = s.read(queries(dOut, segment, h));
                    addToKeys(dv, segment, h, s.product(p, true, d, false));
                    // Through the softmax: dS = P ∘ (dP − rowsum(P ∘ dP)), times the scale of the scores.
                    INDArray dP = s.product(d, false, keys(s, v, segment, h), true);
                    INDArray dS = dP.subi(s.rowSums(s.own(dP.mul(p)))).muli(p).muli(shape.scale());
                    s.write(queries(dq, segment, h), s.product(dS, false, keys, false));
                    addToKeys(dk, segment, h, s.product(dS, true, queries, false));
                }
            }
        }
    }

    private INDArray probabilities(Scope s, Segment segment, INDArray queries, INDArray keys) {
        INDArray scores = s.product(queries, false, keys, true).muli(shape.scale());
        scores.addi(mask(s, segment));
        scores.subi(s.own(scores.max(true, 1)));
        Transforms.exp(scores, false);
        return scores.divi(s.rowSums(scores));
    }

    /** 0 where a query sees a key, −∞ where not. Every query sees at least itself. */
    private INDArray mask(Scope s, Segment segment) {
        int keyCount = segment.prefixCount() + segment.ownCount();
        float[] mask = new float[Math.multiplyExact(segment.queryCount(), keyCount)];
        for (int i = 0; i < segment.queryCount(); i++) {
            int own = segment.firstPosition() + i;
            for (int j = 0; j < keyCount; j++) {
                boolean seen = j <= own && (layout.window() == 0 || j > own - layout.window());
                mask[i * keyCount + j] = seen ? 0 : Float.NEGATIVE_INFINITY;
            }
        }
        return s.matrix(mask, segment.queryCount(), keyCount);
    }

    private Tensor queries(Tensor t, Segment segment, int head) {
        return t.rows(segment.queryStart(), segment.queryCount()).cols(head * shape.headDim(), shape.headDim());
    }

    private Tensor prefix(Tensor t, Segment segment, int head) {
        return t.rows(segment.prefixStart(), segment.prefixCount()).cols(head / shape.group() * shape.headDim(), shape.headDim());
    }

    private Tensor own(Tensor t, Segment segment, int head) {
        return t.rows(segment.ownStart(), segment.ownCount()).cols(head / shape.group() * shape.headDim(), shape.headDim());
    }

    /** Keys (or values) of a segment in the order of their positions: prefix, then own. */
    private INDArray keys(Scope s, Tensor t, Segment segment, int head) {
        if (segment.prefixCount() == 0) {
            return s.read(own(t, segment, head));
        }
        int prefixCount = segment.prefixCount();
        int d = shape.headDim();
        INDArray all = s.own(Nd4j.createUninitialized(DataType.FLOAT, new long[] {prefixCount + segment.ownCount(), d}, 'c'));
        part(all, 0, prefixCount).assign(Scope.view(prefix(t, segment, head)));
        part(all, prefixCount, segment.ownCount()).assign(Scope.view(own(t, segment, head)));
        return all;
    }

    private void addToKeys(Tensor t, Segment segment, int head, INDArray gradient) {
        int prefixCount = segment.prefixCount();
        if (prefixCount > 0) {
            Scope.view(prefix(t, segment, head)).addi(part(gradient, 0, prefixCount));
        }
        Scope.view(own(t, segment, head)).addi(part(gradient, prefixCount, segment.ownCount()));
    }

    /** Rows of a dense matrix, as a view. */
    private static INDArray part(INDArray dense, long start, long count) {
        long cols = dense.size(1);
        return Nd4j.create(dense.data(), new long[] {count, cols}, new long[] {cols, 1}, start * cols, 'c');
    }
}
