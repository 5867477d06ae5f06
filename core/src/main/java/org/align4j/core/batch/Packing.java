package org.align4j.core.batch;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.backend.AttentionLayout.Segment;
import org.align4j.core.data.Group;

/** Lays groups out row by row. */
final class Packing {
    private final List<Group> groups;
    private final boolean responses;
    private final boolean prompts;
    private final Reads reading;
    private final int[] ids;
    private final int[] positions;
    private final int[] rows;
    private final int[] targets;
    private final int[][] starts;
    private final int[] reads;
    private final int[][] readStarts;
    private final List<Segment> segments = new ArrayList<>();
    /** Rows that are read and predict no target. */
    private final List<Integer> further = new ArrayList<>();
    private int row;
    private int target;
    private int read;

    /**
     * @param responses whether the tokens of responses are targets
     * @param prompts   whether those of prompts are
     */
    Packing(List<Group> groups, boolean responses, boolean prompts, Reads reading) {
        this.groups = List.copyOf(groups);
        this.responses = responses;
        this.prompts = prompts;
        this.reading = reading;
        int tokens = 0;
        int count = 0;
        int read = 0;
        for (Group g : groups) {
            if (g.prompt().length == 0) {
                throw new IllegalArgumentException("The prompt at " + g.at() + " has no token; it needs at least one (a beginning-of-text token will do)");
            }
            tokens += g.tokens();
            count += prompts ? g.prompt().length - 1 : 0;
            for (Group.Response r : g.responses()) {
                count += responses ? r.ids().length : 0;
                read += reading.count(r.ids().length);
            }
        }
        int padded = (tokens + PackedBatch.ROW_MULTIPLE - 1) / PackedBatch.ROW_MULTIPLE * PackedBatch.ROW_MULTIPLE;
        ids = new int[padded];
        positions = new int[padded];
        rows = new int[count];
        targets = new int[count];
        starts = new int[groups.size()][];
        reads = new int[read];
        readStarts = new int[groups.size()][];
    }

    PackedBatch pack() {
        for (int g = 0; g < groups.size(); g++) {
            group(g, groups.get(g));
        }
        int[] wanted = java.util.Arrays.copyOf(rows, rows.length + further.size());
        for (int i = 0; i < further.size(); i++) {
            wanted[rows.length + i] = further.get(i);
        }
        return new PackedBatch(groups, ids, positions, segments, rows, targets, starts, row, reading, wanted, reads, readStarts);
    }

    private void group(int index, Group group) {
        int start = row;
        int length = group.prompt().length;
        put(group.prompt(), length, 0);
        segments.add(new Segment(start, length, start, 0, start, length));
        int count = group.responses().size();
        starts[index] = new int[prompts ? count + 1 : count];
        readStarts[index] = new int[count];
        for (int r = 0; r < count; r++) {
            starts[index][r] = target;
            readStarts[index][r] = read;
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

    private void response(int[] response, int promptStart, int promptLength) {
        int start = row;
        int last = promptStart + promptLength - 1;
        for (int t = 0; t < response.length; t++) {
            int state = t == 0 ? last : start + t - 1;
            if (reading.states()) {
                reads[read++] = responses ? target : further(state);
            }
            if (responses) {
                rows[target] = state;
                targets[target++] = response[t];
            }
        }
        int n = PackedBatch.rows(response.length, reading);
        if (n > 0) {
            put(response, n, promptLength);
            segments.add(new Segment(start, n, promptStart, promptLength, start, n));
        }
        if (reading.closing()) {
            reads[read++] = further(n > 0 ? start + n - 1 : last);
        }
    }

    /** Place of a further row among the wanted ones. */
    private int further(int state) {
        further.add(state);
        return rows.length + further.size() - 1;
    }

    private void put(int[] from, int count, int position) {
        for (int i = 0; i < count; i++) {
            ids[row] = from[i];
            positions[row++] = position + i;
        }
    }
}
