package org.align4j.core.backend.internal.onednn;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.backend.AttentionLayout.Segment;

/**
 * Up to {@value #QUERIES} queries of one segment with all the keys they may see: rows {@code query … +count}, the first at {@code position};
 * keys {@code lowest … lowest+keys−1} of the segment. Later keys are never computed.
 */
record Tile(Segment segment, int query, int count, int position, int lowest, int keys) {
    static final int QUERIES = 64;

    /** Rows computed: few distinct sizes mean few compiled kernels. */
    int paddedCount() {
        return (count + 15) / 16 * 16;
    }

    int paddedKeys() {
        return (keys + 31) / 32 * 32;
    }

    /** Row of the key tensor that holds a key of the segment. */
    int keyRow(int key) {
        return key < segment.prefixCount() ? segment.prefixStart() + key : segment.ownStart() + key - segment.prefixCount();
    }

    /** First key, counted from {@code lowest}, that query i sees. */
    int first(int i, int window) {
        return window > 0 ? Math.max(0, position + i - window + 1) - lowest : 0;
    }

    /** End of the keys that query i sees, counted from {@code lowest}. */
    int end(int i) {
        return position + i + 1 - lowest;
    }

    /** Scores that the tile is worth. */
    static long cost(Segment s) {
        return (long) s.queryCount() * (s.firstPosition() + s.queryCount());
    }

    /** Cuts a segment. */
    static List<Tile> of(Segment s, int window) {
        List<Tile> tiles = new ArrayList<>();
        for (int from = 0; from < s.queryCount(); from += QUERIES) {
            int count = Math.min(QUERIES, s.queryCount() - from);
            int position = s.firstPosition() + from;
            int lowest = window > 0 ? Math.max(0, position - window + 1) : 0;
            tiles.add(new Tile(s, s.queryStart() + from, count, position, lowest, position + count - lowest));
        }
        return tiles;
    }

    /** Segments cut into tiles; those whose tiles have the same padded sizes, and see keys from the same one on, stand together. */
    static Collection<List<List<Tile>>> bySize(List<Segment> segments, int window) {
        Map<List<Integer>, List<List<Tile>>> map = new LinkedHashMap<>();
        for (Segment s : segments) {
            List<Tile> tiles = of(s, window);
            List<Integer> size = new ArrayList<>();
            for (Tile t : tiles) {
                size.addAll(List.of(t.paddedCount(), t.paddedKeys(), t.lowest));
            }
            map.computeIfAbsent(size, k -> new ArrayList<>()).add(tiles);
        }
        return map.values();
    }
}
