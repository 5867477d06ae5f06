package org.align4j.core.backend.internal.onednn;

import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;

/** Keys, values or their gradients, of one segment at a time. The base stays packed while segments that have it in common follow one another. */
final class PackedKeys implements AutoCloseable {
    private final HeadMajor packed;
    private KeyRun now;

    /** @param keys the most keys a segment has, padding included */
    PackedKeys(Lane lane, DType type, int heads, int keys, int headDim) {
        packed = new HeadMajor(lane, type, heads, keys, headDim);
    }

    /** Packs the keys of a segment; padding after them is zero. */
    void load(Tensor from, KeyRun next) {
        if (!next.sameBase(now)) {
            packed.load(from, next.base(), 0, next.baseCount());
        }
        packed.load(from, next.own(), next.baseCount(), next.ownCount());
        packed.clear(next.count(), Tile.KEYS - 1);
        now = next;
    }

    /** Gradients: adds those of the segment before to a tensor as far as the next one does not share them, and starts the others at zero. No next: all. */
    void turn(Tensor to, KeyRun next) {
        boolean same = next != null && next.sameBase(now);
        if (now != null) {
            packed.addTo(to, now.own(), now.baseCount(), now.ownCount());
            packed.addTo(to, now.base(), 0, same ? 0 : now.baseCount());
        }
        if (next != null) {
            int from = same ? next.baseCount() : 0;
            packed.clear(from, next.count() + Tile.KEYS - 1 - from);
        }
        now = next;
    }

    /** The keys from {@code lowest} on, a matrix for every head from {@code head} on. */
    Matrices from(int head, int lowest) {
        return packed.matrices(head, lowest);
    }

    @Override
    public void close() {
        packed.close();
    }
}
