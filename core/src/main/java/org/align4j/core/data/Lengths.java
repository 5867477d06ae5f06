package org.align4j.core.data;

import java.util.Arrays;

/** Lengths seen, and their quantiles by nearest rank. */
final class Lengths {
    private int[] values = new int[64];
    private int size;

    void add(int length) {
        if (size == values.length) {
            values = Arrays.copyOf(values, size * 2);
        }
        values[size++] = length;
    }

    DataReport.Quantiles quantiles() {
        if (size == 0) {
            return DataReport.Quantiles.NONE;
        }
        int[] v = Arrays.copyOf(values, size);
        Arrays.sort(v);
        return new DataReport.Quantiles(v[0], rank(v, 0.05), rank(v, 0.50), rank(v, 0.95), rank(v, 0.99), v[v.length - 1]);
    }

    private static int rank(int[] sorted, double p) {
        return sorted[Math.max(0, (int) Math.ceil(p * sorted.length) - 1)];
    }
}
