package org.align4j.core.model;

import org.align4j.core.backend.AttentionLayout;
import org.align4j.core.backend.RotaryTable;

/**
 * What the blocks need to know of the rows of a batch. {@code table} is null for learned positions.
 *
 * @param keys names of the rows, for dropout in adapters; null: no dropout
 */
record Sequence(int[] positions, RotaryTable table, AttentionLayout layout, long[] keys) {

    /** Names of some rows. */
    long[] keys(int[] rows) {
        if (keys == null || rows == null) {
            return keys;
        }
        long[] some = new long[rows.length];
        for (int i = 0; i < rows.length; i++) {
            some[i] = keys[rows[i]];
        }
        return some;
    }
}
