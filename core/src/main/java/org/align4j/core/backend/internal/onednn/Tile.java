package org.align4j.core.backend.internal.onednn;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.backend.AttentionLayout.Segment;

/**
 * Some queries of one segment with all the keys they may see: rows {@code query … +count}, the first at {@code position};
 * keys {@code lowest … lowest+keys−1} of the segment. Later keys are never computed.
 */
record Tile(int query, int count, int position, int lowest, int keys) {
    /** Most queries: the more, the better products use what they read; the fewer, the less is computed above the diagonal. */
    static final int QUERIES = 64;
    /** Keys are padded to a multiple of this, and queries to {@value #ROWS}: few distinct sizes mean few compiled kernels. */
    static final int KEYS = 32;
    static final int ROWS = 16;

    int paddedCount() {
        return (count + ROWS - 1) / ROWS * ROWS;
    }

    int paddedKeys() {
        return (keys + KEYS - 1) / KEYS * KEYS;
    }

    /** First key, counted from {@code lowest}, that query i sees. */
    int first(int i, int window) {
        return window > 0 ? Math.max(0, position + i - window + 1) - lowest : 0;
    }

    /** End of the keys that query i sees, counted from {@code lowest}. */
    int end(int i) {
        return position + i + 1 - lowest;
    }

    /** Scores that a segment is worth. */
    static long cost(Segment s) {
        return (long) s.queryCount() * (s.firstPosition() + s.queryCount());
    }

    /** Most keys a tile of a segment sees, padding included. */
    static int mostKeys(Segment s, int window) {
        int keys = s.prefixCount() + s.ownCount();
        return ((window > 0 ? Math.min(keys, window + QUERIES - 1) : keys) + KEYS - 1) / KEYS * KEYS;
    }

    /** Cuts a segment into tiles of so many queries. */
    static List<Tile> of(Segment s, int window, int queries) {
        List<Tile> tiles = new ArrayList<>();
        for (int from = 0; from < s.queryCount(); from += queries) {
            int count = Math.min(queries, s.queryCount() - from);
            int position = s.firstPosition() + from;
            int lowest = window > 0 ? Math.max(0, position - window + 1) : 0;
            tiles.add(new Tile(s.queryStart() + from, count, position, lowest, position + count - lowest));
        }
        return tiles;
    }
}
