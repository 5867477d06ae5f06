package org.align4j.core.backend.internal.onednn;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.backend.AttentionShape;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.align4j.core.backend.internal.host.HostView;
import org.align4j.core.backend.internal.onednn.Primitives.Product;

/**
 * Operands of tiles of one padded size, packed tile by tile and within a tile head by head, and the softmax of their scores. Queries that share
 * a key/value head are stacked as rows, so that every product is one batched matmul and grouped heads need no repetition.
 */
final class PackedTiles implements AutoCloseable {
    private static final float[] MINUS_INFINITY = new float[4096];

    static {
        Arrays.fill(MINUS_INFINITY, Float.NEGATIVE_INFINITY);
    }

    private final Lane lane;
    private final List<Tile> tiles;
    private final AttentionShape shape;
    private final int paddedCount;
    private final float[] row;
    final int rows;
    final int keys;
    final Tensor q;
    /** Probabilities. */
    final Tensor p;

    PackedTiles(Lane lane, List<Tile> tiles, AttentionShape shape, Tensor q, PackedKeys k, int window) {
        this.lane = lane;
        this.tiles = tiles;
        this.shape = shape;
        paddedCount = tiles.get(0).paddedCount();
        rows = shape.group() * paddedCount;
        keys = tiles.get(0).paddedKeys();
        row = new float[shape.heads() * shape.headDim()];
        this.q = queries(q);
        p = alloc(rows, keys);
        product(p, rows, keys, shape.headDim(), Operand.of(this.q, this), false, keyMatrices(k), true, shape.scale(), false);
        mask(window);
        lane.primitives().softmax(false, p.rows(), keys).run(HostView.pointer(p), HostView.pointer(p));
    }

    /** A matrix for every tile and key/value head. */
    Tensor alloc(int matrixRows, int cols) {
        return lane.memory().alloc(DType.F32, tiles.size() * shape.kvHeads() * matrixRows, cols);
    }

    /** A matrix for every tile and key/value head, {@code batchStride} values from one to the next. */
    record Operand(Tensor start, long batchStride) {
        static Operand of(Tensor t, PackedTiles tiles) {
            return new Operand(t, t.size() / tiles.batch());
        }
    }

    private int batch() {
        return tiles.size() * shape.kvHeads();
    }

    Operand matrices(Tensor t) {
        return Operand.of(t, this);
    }

    /** The keys these tiles see. */
    Operand keyMatrices(PackedKeys k) {
        return new Operand(k.from(tiles.get(0).lowest()), k.stride());
    }

    /** c ← scale·op(a)·op(b) (+ c) for every tile and key/value head. */
    void product(Tensor c, int m, int n, int inner, Operand a, boolean ta, Operand b, boolean tb, float scale, boolean accumulate) {
        product(matrices(c), m, n, inner, a, ta, b, tb, scale, accumulate);
    }

    void product(Operand c, int m, int n, int inner, Operand a, boolean ta, Operand b, boolean tb, float scale, boolean accumulate) {
        lane.primitives().matmul(new Product(batch(), m, n, inner, a.batchStride, a.start.cols(), ta, b.batchStride, b.start.cols(), tb, c.batchStride,
                c.start.cols(), scale, accumulate, Dnnl.F32, Dnnl.F32)).run(HostView.pointer(a.start), HostView.pointer(b.start), HostView.pointer(c.start));
    }

    Tensor queries(Tensor from) {
        Tensor to = alloc(rows, shape.headDim());
        int d = shape.headDim();
        FloatBuffer src = HostView.floats(from);
        float[] block = new float[shape.heads() * paddedCount * d];
        for (int t = 0; t < tiles.size(); t++) {
            Tile tile = tiles.get(t);
            for (int i = 0; i < tile.count(); i++) {
                src.get((tile.query() + i) * from.stride(), row, 0, shape.heads() * d);
                spread(block, i, paddedCount, shape.heads());
            }
            clear(block, tile.count(), paddedCount, shape.heads());
            HostView.floats(to).put(t * block.length, block);
        }
        return to;
    }

    /** One token's heads → row i of every head's matrix. */
    private void spread(float[] block, int i, int perHead, int heads) {
        int d = shape.headDim();
        for (int h = 0; h < heads; h++) {
            System.arraycopy(row, h * d, block, (h * perHead + i) * d, d);
        }
    }

    private void clear(float[] block, int from, int perHead, int heads) {
        int d = shape.headDim();
        for (int h = 0; h < heads; h++) {
            Arrays.fill(block, (h * perHead + from) * d, (h + 1) * perHead * d, 0f);
        }
    }

    /** Hides the keys that a query must not see; rows that stand for no query stay as they are (finite, and multiplied by zeros). */
    private void mask(int window) {
        FloatBuffer buf = HostView.floats(p);
        for (int t = 0; t < tiles.size(); t++) {
            Tile tile = tiles.get(t);
            for (int h = 0; h < shape.heads(); h++) {
                int at = (t * shape.heads() + h) * paddedCount * keys;
                for (int i = 0; i < tile.count(); i++) {
                    hide(buf, at + i * keys, tile.first(i, window));
                    hide(buf, at + i * keys + tile.end(i), keys - tile.end(i));
                }
            }
        }
    }

    private static void hide(FloatBuffer buf, int at, int count) {
        for (int done = 0; done < count; done += MINUS_INFINITY.length) {
            buf.put(at + done, MINUS_INFINITY, 0, Math.min(MINUS_INFINITY.length, count - done));
        }
    }

    /** Writes packed query rows back to token order. */
    void unpackQueries(Tensor from, Tensor to) {
        int d = shape.headDim();
        FloatBuffer dst = HostView.floats(to);
        float[] block = new float[shape.heads() * paddedCount * d];
        for (int t = 0; t < tiles.size(); t++) {
            Tile tile = tiles.get(t);
            HostView.floats(from).get(t * block.length, block);
            for (int i = 0; i < tile.count(); i++) {
                for (int h = 0; h < shape.heads(); h++) {
                    System.arraycopy(block, (h * paddedCount + i) * d, row, h * d, d);
                }
                dst.put((tile.query() + i) * to.stride(), row, 0, shape.heads() * d);
            }
        }
    }

    @Override
    public void close() {
        q.close();
        p.close();
    }
}
