package org.align4j.core.backend.internal.onednn;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.backend.AttentionShape;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.align4j.core.backend.internal.host.HostView;

/** All keys (or values) of segments of one padded size, packed segment by segment and head by head: read once, used by every tile. */
final class PackedKeys implements AutoCloseable {
    private final List<List<Tile>> segments;
    private final AttentionShape shape;
    private final float[] row;
    private final float[] block;
    /** Keys of a segment, and rows of its matrices: the last tile may be padded beyond the keys. */
    private final int padded;
    final Tensor packed;

    PackedKeys(Lane lane, List<List<Tile>> segments, AttentionShape shape) {
        this.segments = segments;
        this.shape = shape;
        padded = segments.get(0).stream().mapToInt(t -> t.lowest() + t.paddedKeys()).max().orElseThrow();
        row = new float[shape.kvHeads() * shape.headDim()];
        block = new float[row.length * padded];
        packed = lane.memory().alloc(DType.F32, segments.size() * shape.kvHeads() * padded, shape.headDim());
    }

    private static int keys(List<Tile> segment) {
        Tile last = segment.get(segment.size() - 1);
        return last.lowest() + last.keys();
    }

    /** The rows from {@code lowest} on: a matrix starts {@link #stride} values after the one before it. */
    Tensor from(int lowest) {
        return packed.rows(lowest, packed.rows() - lowest);
    }

    /** Values from a head's matrix to the next. */
    long stride() {
        return (long) padded * shape.headDim();
    }

    PackedKeys fill(Tensor source) {
        int d = shape.headDim();
        FloatBuffer src = HostView.floats(source);
        for (int s = 0; s < segments.size(); s++) {
            Tile tile = segments.get(s).get(0);
            int keys = keys(segments.get(s));
            for (int j = 0; j < keys; j++) {
                src.get(tile.keyRow(j) * source.stride(), row);
                for (int h = 0; h < shape.kvHeads(); h++) {
                    System.arraycopy(row, h * d, block, (h * padded + j) * d, d);
                }
            }
            for (int h = 0; h < shape.kvHeads(); h++) {
                Arrays.fill(block, (h * padded + keys) * d, (h + 1) * padded * d, 0f);
            }
            HostView.floats(packed).put(s * block.length, block);
        }
        return this;
    }

    PackedKeys zero() {
        Arrays.fill(block, 0f);
        for (int s = 0; s < segments.size(); s++) {
            HostView.floats(packed).put(s * block.length, block);
        }
        return this;
    }

    /** Adds to rows in token order, segment after segment, for segments may share keys. */
    void addTo(Tensor target) {
        int d = shape.headDim();
        FloatBuffer dst = HostView.floats(target);
        for (int s = 0; s < segments.size(); s++) {
            Tile tile = segments.get(s).get(0);
            HostView.floats(packed).get(s * block.length, block);
            int keys = keys(segments.get(s));
            for (int j = 0; j < keys; j++) {
                int at = tile.keyRow(j) * target.stride();
                dst.get(at, row);
                for (int h = 0; h < shape.kvHeads(); h++) {
                    int from = (h * padded + j) * d;
                    for (int x = 0; x < d; x++) {
                        row[h * d + x] += block[from + x];
                    }
                }
                dst.put(at, row);
            }
        }
    }

    @Override
    public void close() {
        packed.close();
    }
}
