package org.align4j.core.generate.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.backend.AttentionLayout.Segment;
import org.align4j.core.backend.PackedMatrix;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.KvCache;

/** The rows of one pass over the model: the last token of every continuation, and pieces of prompts. */
final class Pass {
    private final List<Segment> segments = new ArrayList<>();
    private int[] ids = new int[64];
    private int[] positions = new int[64];
    private int[] targets = new int[64];
    private int[] wanted = new int[64];
    private int rows;
    private int wantedRows;

    boolean isEmpty() {
        return rows == 0;
    }

    /**
     * Tokens from … to − 1 of a continuation.
     *
     * @param all whether the logits after each are wanted, rather than those after the last
     */
    void decode(Continuation c, int from, int to, boolean all) {
        int p = c.prompt.length();
        segments.add(new Segment(rows, to - from, c.prompt.start, p, c.start, to));
        for (int i = from; i < to; i++) {
            row(c.tokens[i], p + i, c.start + i);
            if (all || i == to - 1) {
                want();
            }
        }
    }

    /** Tokens from … to − 1 of a prompt; logits are wanted when they end with its last. */
    void prefill(Prompt p, int from, int to) {
        segments.add(new Segment(rows, to - from, p.start, 0, p.start, to));
        for (int i = from; i < to; i++) {
            row(p.request.prompt()[i], i, p.start + i);
        }
        if (to == p.length()) {
            want();
        }
    }

    private void row(int id, int position, int target) {
        if (rows == ids.length) {
            grow(2 * rows);
        }
        ids[rows] = id;
        positions[rows] = position;
        targets[rows++] = target;
    }

    private void grow(int size) {
        ids = Arrays.copyOf(ids, size);
        positions = Arrays.copyOf(positions, size);
        targets = Arrays.copyOf(targets, size);
    }

    private void want() {
        if (wantedRows == wanted.length) {
            wanted = Arrays.copyOf(wanted, 2 * wantedRows);
        }
        wanted[wantedRows++] = rows - 1;
    }

    /** Rows are rounded up a little, so that few distinct shapes occur; the rows added are in no segment and stored nowhere. */
    private static int rounded(int n) {
        int step = n <= 8 ? PackedMatrix.ROWS : n <= 64 ? 8 : 16;
        return (n + step - 1) / step * step;
    }

    /** Logits of the wanted rows, in the order they were added; good until the next pass. */
    float[] run(Decoder model, KvCache cache) {
        int real = rows;
        int n = rounded(real);
        grow(n);
        Arrays.fill(ids, real, n, 0);
        Arrays.fill(positions, real, n, 0);
        Arrays.fill(targets, real, n, -1);
        cache.storeAt(targets);
        return model.step(ids, positions, segments, cache, Arrays.copyOf(wanted, wantedRows));
    }
}
