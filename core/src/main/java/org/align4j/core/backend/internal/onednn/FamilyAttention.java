package org.align4j.core.backend.internal.onednn;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.backend.AttentionLayout.Segment;
import org.align4j.core.backend.AttentionShape;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.align4j.core.backend.internal.host.HostView;
import org.align4j.core.backend.internal.onednn.Primitives.Product;

/**
 * Attention of a family of segments for some key/value heads, computed by one lane tile by tile. Queries that share a key/value head are stacked as
 * rows, so that every product is one batched matmul and grouped heads need no repetition.
 */
final class FamilyAttention {
    /** Scores computed at once: what fits a core's cache with all that is computed from them. */
    private static final int SCORES = 1 << 17;
    /** Rows that packed keys are rounded up to a multiple of: the distance between heads is part of what a compiled kernel is for. */
    private static final int KEY_ROWS = 256;
    private static final float[] MINUS_INFINITY = new float[4096];

    static {
        Arrays.fill(MINUS_INFINITY, Float.NEGATIVE_INFINITY);
    }

    private final Lane lane;
    private final List<Segment> segments;
    private final AttentionShape shape;
    private final int window;
    private final DType type;
    private final int queries;
    private final int batch;
    private final int mostKeys;
    private final int keyRows;

    /**
     * @param shape of the heads to compute
     * @param type  what operands of products are rounded to
     */
    FamilyAttention(Lane lane, List<Segment> segments, AttentionShape shape, int window, DType type) {
        this.lane = lane;
        this.segments = segments;
        this.shape = shape;
        this.window = window;
        this.type = type;
        mostKeys = segments.stream().mapToInt(s -> Tile.mostKeys(s, window)).max().orElseThrow();
        int most = segments.stream().mapToInt(s -> s.prefixCount() + s.ownCount()).max().orElseThrow() + Tile.KEYS - 1;
        keyRows = (most + KEY_ROWS - 1) / KEY_ROWS * KEY_ROWS;
        int perQuery = shape.group() * mostKeys;
        // Stacked heads make enough rows of fewer queries, of which less lies above the diagonal.
        int n = shape.group() == 1 ? Tile.QUERIES : Tile.QUERIES / 2;
        while (n > Tile.ROWS && n * perQuery > SCORES) {
            n /= 2;
        }
        queries = n;
        // oneDNN 3.11 takes the stride between matrices of one column for something else, so heads of width one are not batched.
        int mostHeads = shape.headDim() == 1 ? 1 : Math.max(1, SCORES / (queries * perQuery));
        int batches = (shape.kvHeads() + mostHeads - 1) / mostHeads;
        batch = (shape.kvHeads() + batches - 1) / batches;
    }

    private PackedKeys packedKeys(DType t) {
        return new PackedKeys(lane, t, shape.kvHeads(), keyRows, shape.headDim());
    }

    private HeadMajor perQuery(DType t, Tile tile) {
        return new HeadMajor(lane, t, shape.heads(), tile.paddedCount(), shape.headDim());
    }

    private Tensor scoreMemory(DType t) {
        return Scratch.alloc(lane, t, batch * shape.group() * queries, mostKeys);
    }

    private HeadMajor load(Tile t, Tensor tokens) {
        HeadMajor packed = perQuery(type, t);
        packed.load(tokens, t.query(), 0, t.count());
        packed.clear(t.count(), t.paddedCount() - t.count());
        return packed;
    }

    void forward(Tensor out, Tensor q, Tensor k, Tensor v) {
        try (PackedKeys keys = packedKeys(type); PackedKeys values = packedKeys(type); Tensor p = scoreMemory(DType.F32);
                Tensor rounded = roundedScores()) {
            for (Segment s : segments) {
                keys.load(k, KeyRun.of(s));
                values.load(v, KeyRun.of(s));
                for (Tile t : Tile.of(s, window, queries)) {
                    try (HeadMajor tq = load(t, q); HeadMajor to = perQuery(DType.F32, t)) {
                        for (int h = 0; h < shape.kvHeads(); h += batch) {
                            Batch b = new Batch(t, h, Math.min(batch, shape.kvHeads() - h));
                            b.probabilities(p, tq, keys);
                            b.product(b.queries(to), b.rows, shape.headDim(), b.keys, b.scores(b.operand(p, rounded)), b.keys(values), 1f, false);
                        }
                        to.store(out, t.query(), 0, t.count());
                    }
                }
            }
        }
    }

    private Tensor roundedScores() {
        return type == DType.F32 ? null : scoreMemory(type);
    }

    void backward(Tensor dq, Tensor dk, Tensor dv, Tensor dOut, Tensor q, Tensor k, Tensor v) {
        try (PackedKeys keys = packedKeys(type); PackedKeys values = packedKeys(type); PackedKeys dKeys = packedKeys(DType.F32);
                PackedKeys dValues = packedKeys(DType.F32); Tensor p = scoreMemory(DType.F32); Tensor ds = scoreMemory(DType.F32);
                Tensor rounded = roundedScores()) {
            for (Segment s : segments) {
                KeyRun run = KeyRun.of(s);
                keys.load(k, run);
                values.load(v, run);
                dKeys.turn(dk, run);
                dValues.turn(dv, run);
                for (Tile t : Tile.of(s, window, queries)) {
                    try (HeadMajor tq = load(t, q); HeadMajor g = load(t, dOut); HeadMajor tdq = perQuery(DType.F32, t)) {
                        for (int h = 0; h < shape.kvHeads(); h += batch) {
                            Batch b = new Batch(t, h, Math.min(batch, shape.kvHeads() - h));
                            b.probabilities(p, tq, keys);
                            b.backward(p, ds, rounded, tq, g, tdq, keys, values, dKeys, dValues);
                        }
                        tdq.store(dq, t.query(), 0, t.count());
                    }
                }
            }
            dKeys.turn(dk, null);
            dValues.turn(dv, null);
        }
    }

    /** A tile and the key/value heads {@code head … +heads}, whose products are computed together. */
    private final class Batch {
        private final Tile tile;
        private final int head;
        private final int heads;
        private final int rows;
        private final int keys;

        Batch(Tile tile, int head, int heads) {
            this.tile = tile;
            this.head = head;
            this.heads = heads;
            rows = shape.group() * tile.paddedCount();
            keys = tile.paddedKeys();
        }

        private Matrices keys(PackedKeys packed) {
            return packed.from(head, tile.lowest());
        }

        private Matrices queries(HeadMajor packed) {
            return packed.stacked(head * shape.group(), shape.group());
        }

        /** A matrix of stacked queries × keys for every key/value head. */
        private Matrices scores(Tensor memory) {
            return Matrices.of(HostView.pointer(memory), (long) rows * keys, keys);
        }

        /** The probabilities as products take them. */
        private Tensor operand(Tensor p, Tensor rounded) {
            if (rounded == null) {
                return p;
            }
            lane.primitives().convert(Dnnl.F32, Dnnl.BF16, heads * rows, keys, keys, keys).run(HostView.pointer(p), HostView.pointer(rounded));
            return rounded;
        }

        private void probabilities(Tensor p, HeadMajor q, PackedKeys k) {
            product(scores(p), rows, keys, shape.headDim(), queries(q), keys(k).transpose(), shape.scale(), false);
            mask(HostView.floats(p));
            lane.primitives().softmax(false, heads * rows, keys).run(HostView.pointer(p), HostView.pointer(p));
        }

        private void backward(Tensor p, Tensor ds, Tensor rounded, HeadMajor q, HeadMajor g, HeadMajor dq, PackedKeys k, PackedKeys v, PackedKeys dk,
                PackedKeys dv) {
            int d = shape.headDim();
            product(keys(dv), keys, d, rows, scores(operand(p, rounded)).transpose(), queries(g), 1f, true);
            product(scores(ds), rows, keys, d, queries(g), keys(v).transpose(), 1f, false);
            Tensor result = rounded == null ? ds : rounded;
            lane.primitives().softmaxBackward(heads * rows, keys, Scratch.type(result)).run(HostView.pointer(p), HostView.pointer(ds),
                    HostView.pointer(result));
            product(keys(dk), keys, d, rows, scores(result).transpose(), queries(q), shape.scale(), true);
            product(queries(dq), rows, d, keys, scores(result), keys(k), shape.scale(), false);
        }

        /** c ← scale·a·b (+ c) for every key/value head. */
        private void product(Matrices c, int m, int n, int inner, Matrices a, Matrices b, float scale, boolean accumulate) {
            lane.primitives().matmul(new Product(heads, m, n, inner, a.step(), a.stride(), a.transposed(), b.step(), b.stride(), b.transposed(),
                    c.step(), c.stride(), scale, accumulate, type == DType.F32 ? Dnnl.F32 : Dnnl.BF16, Dnnl.F32)).run(a.start(), b.start(), c.start());
        }

        /** Hides the keys that a query must not see; rows that stand for no query stay as they are (finite, and multiplied by zeros). */
        private void mask(FloatBuffer scores) {
            for (int h = 0; h < heads * shape.group(); h++) {
                int at = h * tile.paddedCount() * keys;
                for (int i = 0; i < tile.count(); i++) {
                    hide(scores, at + i * keys, tile.first(i, window));
                    hide(scores, at + i * keys + tile.end(i), keys - tile.end(i));
                }
            }
        }
    }

    private static void hide(FloatBuffer buf, int at, int count) {
        for (int done = 0; done < count; done += MINUS_INFINITY.length) {
            buf.put(at + done, MINUS_INFINITY, 0, Math.min(MINUS_INFINITY.length, count - done));
        }
    }
}
