package org.align4j.core.batch;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.backend.AttentionLayout.Segment;
import org.align4j.core.data.Group;

/** Lays groups out row by row. */
final class Packing {
    private final List<Group> groups;
    private final boolean prompts;
    private final int[] ids;
    private final int[] positions;
    private final int[] rows;
    private final int[] targets;
    private final int[][] starts;
    private final List<Segment> segments = new ArrayList<>();
    private int row;
    private int target;

    Packing(List<Group> groups, boolean prompts) {
        this.groups = List.copyOf(groups);
        this.prompts = prompts;
        int tokens = 0;
        int count = 0;
        for (Group g : groups) {
            if (g.prompt().length == 0) {
                throw new IllegalArgumentException("The prompt at " + g.at() + " has no token; it needs at least one (a beginning-of-text token will do)");
            }
            tokens += g.tokens();
            count += prompts ? g.prompt().length - 1 : 0;
            for (Group.Response r : g.responses()) {
                count += r.ids().length;
            }
        }
        int padded = (tokens + PackedBatch.ROW_MULTIPLE - 1) / PackedBatch.ROW_MULTIPLE * PackedBatch.ROW_MULTIPLE;
        ids = new int[padded];
        positions = new int[padded];
        rows = new int[count];
        targets = new int[count];
        starts = new int[groups.size()][];
    }

    PackedBatch pack() {
        for (int g = 0; g < groups.size(); g++) {
            group(g, groups.get(g));
        }
        return new PackedBatch(groups, ids, positions, segments, rows, targets, starts, row);
    }

    private void group(int index, Group group) {
        int start = row;
        int length = group.prompt().length;
        put(group.prompt(), length, 0);
        segments.add(new Segment(start, length, start, 0, start, length));
        int count = group.responses().size();
        starts[index] = new int[prompts ? count + 1 : count];
        for (int r = 0; r < count; r++) {
            starts[index][r] = target;
            response(group.responses().get(r).ids(), start, length);
        }
        if (prompts) {
            starts[index][count] = target;
            for (int t = 1; t < length; t++) {
                rows[target] = start + t - 1;
                targets[target++] = group.prompt()[t];
            }
        }
    }

    /** The last token of a response predicts nothing, so it needs no row. */
    private void response(int[] response, int promptStart, int promptLength) {
        int start = row;
        for (int t = 0; t < response.length; t++) {
            rows[target] = t == 0 ? promptStart + promptLength - 1 : start + t - 1;
            targets[target++] = response[t];
        }
        int n = response.length - 1;
        if (n > 0) {
            put(response, n, promptLength);
            segments.add(new Segment(start, n, promptStart, promptLength, start, n));
        }
    }

    private void put(int[] from, int count, int position) {
        for (int i = 0; i < count; i++) {
            ids[row] = from[i];
            positions[row++] = position + i;
        }
    }
}
