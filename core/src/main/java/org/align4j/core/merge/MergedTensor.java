package org.align4j.core.merge;

import java.util.List;
import org.align4j.core.UserException;
import org.align4j.core.io.FloatSource;
import org.align4j.core.io.TensorSource;

/** One tensor of the result, made while it is written. Reads from the start make it anew. */
final class MergedTensor implements FloatSource, TensorScan {
    /** Entries that are in memory at a time, of every source. */
    static final int PIECE = 1 << 18;
    private final TensorPlace place;
    private final long elements;
    private final TensorRule rule;
    private final List<? extends TensorSource> sources;
    private final Pieces pieces;
    private Kernel kernel;

    /** Buffers and the count of what was done, shared by all tensors of a merge, which are made one after the other. */
    static final class Pieces {
        private final float[][] values;
        private MergeListener listener = MergeListener.NONE;
        private long done;
        private long total;

        Pieces(int sources) {
            values = new float[sources][];
        }

        void watch(MergeListener watcher, long entries) {
            listener = watcher;
            total = entries;
            done = 0;
        }

        private float[][] load(List<? extends TensorSource> sources, String name, long offset, int n) {
            if (listener.stop()) {
                throw new MergeStopped();
            }
            for (int s = 0; s < values.length; s++) {
                values[s] = values[s] == null ? new float[PIECE] : values[s];
                sources.get(s).read(name, offset, values[s], 0, n);
            }
            done += n;
            listener.progress(Math.min(done, total), total);
            return values;
        }
    }

    MergedTensor(TensorPlace place, long elements, TensorRule rule, List<? extends TensorSource> sources, Pieces pieces) {
        this.place = place;
        this.elements = elements;
        this.rule = rule;
        this.sources = sources;
        this.pieces = pieces;
    }

    @Override
    public TensorPlace place() {
        return place;
    }

    @Override
    public long elements() {
        return elements;
    }

    @Override
    public void scan(Piece piece) {
        for (long at = 0; at < elements; at += PIECE) {
            int n = (int) Math.min(PIECE, elements - at);
            piece.see(pieces.load(sources, place.name(), at, n), n);
        }
    }

    @Override
    public void read(long offset, float[] dst, int count) {
        if (offset == 0) {
            kernel = rule.prepare(this);
        }
        for (int at = 0; at < count; at += PIECE) {
            int n = Math.min(PIECE, count - at);
            kernel.apply(pieces.load(sources, place.name(), offset + at, n), n, dst, at);
        }
        for (int i = 0; i < count; i++) {
            if (!Float.isFinite(dst[i])) {
                throw new UserException("The merged tensor \"" + place.name() + "\" would hold " + dst[i] + " at index " + (offset + i)
                        + ", beyond what float32 can hold. Choose smaller weights.");
            }
        }
        if (offset + count == elements) {
            kernel = null;
        }
    }
}
