package org.align4j.core.backend;

import java.util.List;

/**
 * Who attends to whom in a packed batch: a list of segments, each a run of query rows that sees a shared prefix and, causally, its own run.
 *
 * <p>Keys of a segment are the rows {@code prefixStart … +prefixCount} followed by {@code ownStart … +ownCount} of the key tensor;
 * the index of a key in that sequence is its position. Query row i of a segment stands at position
 * {@code prefixCount + ownCount − queryCount + i} and sees keys at positions ≤ its own and, with a window w &gt; 0, &gt; its own − w.
 * Query rows that belong to no segment get zeros.
 *
 * @param window sliding window in tokens, 0 for none
 */
public record AttentionLayout(List<Segment> segments, int window) {
    public AttentionLayout {
        segments = List.copyOf(segments);
    }

    /** A run of queries and the keys it may see. */
    public record Segment(int queryStart, int queryCount, int prefixStart, int prefixCount, int ownStart, int ownCount) {
        public Segment {
            if (queryCount < 1 || ownCount < queryCount || prefixCount < 0) {
                throw new IllegalArgumentException("A segment needs 1 ≤ queryCount ≤ ownCount and prefixCount ≥ 0, got queryCount "
                        + queryCount + ", ownCount " + ownCount + ", prefixCount " + prefixCount);
            }
        }

        /** Position of the first query. */
        public int firstPosition() {
            return prefixCount + ownCount - queryCount;
        }
    }
}
