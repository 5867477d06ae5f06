package org.align4j.core.backend.internal.onednn;

import org.align4j.core.backend.AttentionLayout.Segment;

/**
 * Rows of the key tensor that a segment's keys are: first the base, which segments may have in common, then its own. A segment without a prefix is a base
 * alone: that of the segments whose prefix it is.
 */
record KeyRun(int base, int baseCount, int own, int ownCount) {
    static KeyRun of(Segment s) {
        return s.prefixCount() == 0 ? new KeyRun(s.ownStart(), s.ownCount(), 0, 0)
                : new KeyRun(s.prefixStart(), s.prefixCount(), s.ownStart(), s.ownCount());
    }

    int count() {
        return baseCount + ownCount;
    }

    boolean sameBase(KeyRun other) {
        return other != null && base == other.base && baseCount == other.baseCount;
    }
}
