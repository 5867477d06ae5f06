package org.align4j.core.generate.internal;

import java.util.Map;
import java.util.TreeMap;

/** Hands out runs of neighbouring rows, the first that fits, and joins what comes back with its free neighbours. */
final class Runs {
    private final TreeMap<Integer, Integer> free = new TreeMap<>();

    Runs(int first, int count) {
        if (count > 0) {
            free.put(first, count);
        }
    }

    /** First row of a run, or −1 if there is none that long now. */
    int take(int count) {
        for (Map.Entry<Integer, Integer> e : free.entrySet()) {
            if (e.getValue() >= count) {
                int start = e.getKey();
                int left = e.getValue() - count;
                free.remove(start);
                if (left > 0) {
                    free.put(start + count, left);
                }
                return start;
            }
        }
        return -1;
    }

    void giveBack(int start, int count) {
        Map.Entry<Integer, Integer> before = free.floorEntry(start);
        int from = start;
        int n = count;
        if (before != null && before.getKey() + before.getValue() == start) {
            from = before.getKey();
            n += before.getValue();
        }
        Integer after = free.remove(start + count);
        if (after != null) {
            n += after;
        }
        free.put(from, n);
    }
}
