package org.align4j.core.backend.internal.onednn;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.backend.AttentionLayout.Segment;

/** Sorts segments into families that share no key row with one another, so that families can be worked on at the same time. */
final class Families {
    private final int[] parent;

    private Families(int n) {
        parent = new int[n];
        for (int i = 0; i < n; i++) {
            parent[i] = i;
        }
    }

    private record Rows(int start, int end, int segment) {}

    static List<List<Segment>> of(List<Segment> segments) {
        Families f = new Families(segments.size());
        List<Rows> rows = new ArrayList<>();
        for (int i = 0; i < segments.size(); i++) {
            Segment s = segments.get(i);
            rows.add(new Rows(s.ownStart(), s.ownStart() + s.ownCount(), i));
            if (s.prefixCount() > 0) {
                rows.add(new Rows(s.prefixStart(), s.prefixStart() + s.prefixCount(), i));
            }
        }
        rows.sort(Comparator.comparingInt(Rows::start));
        int end = -1;
        int owner = -1;
        for (Rows r : rows) {
            if (r.start < end) {
                f.parent[f.root(r.segment)] = f.root(owner);
            } else {
                owner = r.segment;
            }
            end = Math.max(end, r.end);
        }
        Map<Integer, List<Segment>> families = new LinkedHashMap<>();
        for (int i = 0; i < segments.size(); i++) {
            families.computeIfAbsent(f.root(i), k -> new ArrayList<>()).add(segments.get(i));
        }
        return new ArrayList<>(families.values());
    }

    private int root(int i) {
        while (parent[i] != i) {
            i = parent[i];
        }
        return i;
    }
}
