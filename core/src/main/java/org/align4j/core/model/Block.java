package org.align4j.core.model;

import org.align4j.core.backend.AttentionShape;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.align4j.core.model.config.ModelConfig;

/**
 * One transformer block, x ← x + attention(norm(x)), x ← x + feedForward(norm(x)), and its gradient, written by hand.
 *
 * <p>Kept for the backward pass: the residual stream before each half, rotated queries, keys and values, the attention output and the
 * feed-forward inputs of the nonlinearity. What products take is kept as they take it ({@link Backend#operandType}). Norm outputs, attention scores and the gated product are computed again.
 */
final class Block {
    private final AttentionShape shape;
    private final ModelConfig config;
    private final NormLayer norm1;
    private final Linear qkv;
    private final Linear out;
    private final NormLayer norm2;
    /** Into the feed-forward layer: gates and values side by side where the family has gates. */
    private final Linear in;
    private final Linear down;

    Block(ModelConfig config, NormLayer norm1, Linear qkv, Linear out, NormLayer norm2, Linear in, Linear down) {
        this.config = config;
        this.shape = new AttentionShape(config.heads(), config.kvHeads(), config.headDim(), (float) (1 / Math.sqrt(config.headDim())));
        this.norm1 = norm1;
        this.qkv = qkv;
        this.out = out;
        this.norm2 = norm2;
        this.in = in;
        this.down = down;
    }

    /** The same block for many passes forward: with copies of its matrices, which {@link #unpack} gives back. */
    Block packed(Backend b) {
        return new Block(config, norm1, qkv.packed(b), out.packed(b), norm2, in.packed(b), down.packed(b));
    }

    void unpack() {
        for (Linear l : new Linear[] {qkv, out, in, down}) {
            l.unpack();
        }
    }

    /** What a forward pass leaves for the backward pass. */
    static final class Saved implements AutoCloseable {
        Tensor x;
        Tensor stats1;
        Tensor qkv;
        Tensor attended;
        Tensor middle;
        Tensor stats2;
        Tensor feed;
        int[] rows;

        @Override
        public void close() {
            for (Tensor t : new Tensor[] {x, stats1, qkv, attended, middle, stats2, feed}) {
                if (t != null) {
                    t.close();
                }
            }
        }
    }

    /** Queries, keys and values of a fused projection. */
    private Tensor part(Tensor fused, int which) {
        int q = config.heads() * config.headDim();
        int kv = config.kvHeads() * config.headDim();
        return which == 0 ? fused.cols(0, q) : fused.cols(q + (which - 1) * kv, kv);
    }

    /**
     * Runs the block; x becomes part of what is saved (or is closed).
     *
     * @param cache keys and values live there during generation; null: in the batch itself
     * @param rows  in the last block the rows whose result is wanted, which may repeat: after attention only they are computed; null: all
     * @return the new residual stream, of the wanted rows
     */
    Tensor forward(Backend b, Tensor x, Sequence seq, Saved keep, KvCache.Layer cache, int[] rows) {
        int n = x.rows();
        Tensor stats1 = norm1.stats(b, n);
        Tensor fused = b.alloc(n, qkv.outputs());
        try (Tensor normed = b.alloc(b.operandType(), n, x.cols())) {
            norm1.forward(b, normed, x, stats1);
            qkv.forward(b, fused, normed, false, seq.keys());
        }
        rotate(b, fused, seq, false);
        Tensor result = b.alloc(n, config.heads() * config.headDim());
        Tensor k = part(fused, 1);
        Tensor v = part(fused, 2);
        if (cache != null) {
            cache.store(b, k, v);
            k = cache.keys();
            v = cache.values();
        }
        b.attention(result, part(fused, 0), k, v, shape, seq.layout());
        Tensor middle;
        if (rows == null) {
            middle = b.alloc(n, x.cols());
            b.copy(middle, x);
        } else {
            n = rows.length;
            middle = b.alloc(n, x.cols());
            b.gatherRows(middle, x, rows);
            Tensor all = result;
            result = b.alloc(n, all.cols());
            b.gatherRows(result, all, rows);
            all.close();
        }
        Tensor attended = asOperand(b, result);
        long[] keys = seq.keys(rows);
        out.forward(b, middle, attended, true, keys);
        Tensor stats2 = norm2.stats(b, n);
        Tensor feed = b.alloc(feedType(b), n, in.outputs());
        try (Tensor normed = b.alloc(b.operandType(), n, x.cols())) {
            norm2.forward(b, normed, middle, stats2);
            in.forward(b, feed, normed, false, keys);
        }
        Tensor y = b.alloc(n, x.cols());
        b.copy(y, middle);
        try (Tensor h = b.alloc(b.operandType(), n, config.intermediateSize())) {
            activated(b, h, feed);
            down.forward(b, y, h, true, keys);
        }
        Saved s = keep == null ? new Saved() : keep;
        s.x = x;
        s.stats1 = stats1;
        s.qkv = fused;
        s.attended = attended;
        s.middle = middle;
        s.stats2 = stats2;
        s.feed = feed;
        s.rows = rows;
        if (keep == null) {
            s.close();
        }
        return y;
    }

    /** The tensor as products take it: itself, or a copy in whose place it is closed. */
    private static Tensor asOperand(Backend b, Tensor x) {
        if (x.dtype() == b.operandType()) {
            return x;
        }
        try (x) {
            return b.operand(x);
        }
    }

    /** What goes into a gate is kept as narrow as what comes out, unless something is still to be added to it. */
    private DType feedType(Backend b) {
        return config.gated() && in.isProduct() ? b.operandType() : DType.F32;
    }

    private Tensor gate(Tensor feed) {
        return feed.cols(0, config.intermediateSize());
    }

    private Tensor up(Tensor feed) {
        return feed.cols(config.intermediateSize(), config.intermediateSize());
    }

    private void rotate(Backend b, Tensor fused, Sequence seq, boolean inverse) {
        if (seq.table() != null) {
            b.rotate(fused.cols(0, (config.heads() + config.kvHeads()) * config.headDim()), config.headDim(), seq.positions(), seq.table(), inverse);
        }
    }

    private void activated(Backend b, Tensor h, Tensor feed) {
        if (config.gated()) {
            b.gated(config.activation(), h, gate(feed), up(feed));
            return;
        }
        if (h.dtype() == DType.F32) {
            b.activate(config.activation(), h, feed);
            return;
        }
        try (Tensor wide = b.alloc(h.rows(), h.cols())) {
            b.activate(config.activation(), wide, feed);
            b.copy(h, wide);
        }
    }

    /**
     * Turns the gradient of the block's output into that of its input and adds the gradients of the weights.
     *
     * @param dx    gradient of the output; closed or returned
     * @param first whether the gradients of matrices hold nothing yet and are set rather than added to
     */
    Tensor backward(Backend b, Tensor dx, Sequence seq, Saved s, boolean first) {
        feedForwardBackward(b, dx, seq.keys(s.rows), s, first);
        return attentionBackward(b, dx, seq, s, first);
    }

    private void feedForwardBackward(Backend b, Tensor dx, long[] keys, Saved s, boolean first) {
        int n = dx.rows();
        try (Tensor dFeed = b.alloc(b.operandType(), n, in.outputs())) {
            try (Tensor dy = b.operand(dx); Tensor dh = b.alloc(down.isProduct() && config.gated() ? b.operandType() : DType.F32, n, config.intermediateSize());
                    Tensor h = b.alloc(b.operandType(), n, config.intermediateSize())) {
                down.backwardInput(b, dh, dy, false, keys);
                if (config.gated()) {
                    b.gatedBackward(config.activation(), gate(dFeed), up(dFeed), down.learns() ? h : null, dh, gate(s.feed), up(s.feed));
                } else {
                    activated(b, h, s.feed);
                    b.activateBackward(config.activation(), dh, dh, s.feed);
                    b.copy(dFeed, dh);
                }
                down.backwardWeight(b, dy, h, first, keys);
            }
            try (Tensor normed = b.alloc(b.operandType(), n, dx.cols()); Tensor dNormed = b.alloc(n, dx.cols())) {
                norm2.forward(b, normed, s.middle, s.stats2);
                in.backwardWeight(b, dFeed, normed, first, keys);
                in.backwardInput(b, dNormed, dFeed, false, keys);
                norm2.backward(b, dx, dNormed, s.middle, s.stats2);
            }
        }
    }

    private Tensor attentionBackward(Backend b, Tensor dx, Sequence seq, Saved s, boolean first) {
        int n = s.x.rows();
        long[] keys = seq.keys(s.rows);
        Tensor dInput = dx;
        try (Tensor dFused = b.alloc(n, qkv.outputs())) {
            try (Tensor dAttended = b.alloc(n, s.attended.cols()); Tensor dy = b.operand(dx)) {
                out.backwardWeight(b, dy, s.attended, first, keys);
                if (s.rows == null) {
                    out.backwardInput(b, dAttended, dy, false, keys);
                } else {
                    try (Tensor some = b.alloc(s.rows.length, s.attended.cols())) {
                        out.backwardInput(b, some, dy, false, keys);
                        spread(b, dAttended, some, s.rows);
                    }
                    dInput = b.alloc(n, dx.cols());
                    spread(b, dInput, dx, s.rows);
                    dx.close();
                }
                b.fill(dFused.cols(s.attended.cols(), dFused.cols() - s.attended.cols()), 0f);
                b.attentionBackward(part(dFused, 0), part(dFused, 1), part(dFused, 2), dAttended, part(s.qkv, 0), part(s.qkv, 1), part(s.qkv, 2),
                        shape, seq.layout());
            }
            rotate(b, dFused, seq, true);
            try (Tensor normed = b.alloc(b.operandType(), n, dInput.cols()); Tensor dNormed = b.alloc(n, dInput.cols()); Tensor dy = b.operand(dFused)) {
                norm1.forward(b, normed, s.x, s.stats1);
                qkv.backwardWeight(b, dy, normed, first, seq.keys());
                qkv.backwardInput(b, dNormed, dy, false, seq.keys());
                norm1.backward(b, dInput, dNormed, s.x, s.stats1);
            }
        }
        return dInput;
    }

    /** to ← 0, and row i of from is added to row rows[i]. */
    private static void spread(Backend b, Tensor to, Tensor from, int[] rows) {
        b.fill(to, 0f);
        b.scatterAdd(to, from, rows, null);
    }
}
