package org.align4j.core.batch;

import java.util.List;
import org.align4j.core.backend.AttentionLayout;
import org.align4j.core.backend.AttentionLayout.Segment;
import org.align4j.core.data.Group;

/**
 * Groups laid end to end without padding: a group's prompt stands once, each response sees the prompt and itself, and positions
 * restart after the prompt for every response.
 *
 * @param groups    what was packed, in order
 * @param ids       token of every row
 * @param positions position of every row
 * @param segments  who attends to whom
 * @param rows      row whose hidden state predicts each target token
 * @param targets   the target tokens: of every group the tokens of all responses, in order, then the prompt's where they are wanted
 * @param starts    for every group and response, the index of its first target; where prompts are targets, one more index for the prompt's
 * @param tokens    rows that hold a real token; a few rows at the end may pad the batch to a round number
 * @param reading   which final hidden states are wanted beside the targets
 * @param wanted    rows that the last block computes: those of the targets, then those that are read only
 * @param reads     for every hidden state that is read, its place in {@code wanted}: of every group and response, in order
 * @param readStarts for every group and response, the index of its first read
 */
public record PackedBatch(List<Group> groups, int[] ids, int[] positions, List<Segment> segments, int[] rows, int[] targets, int[][] starts,
        int tokens, Reads reading, int[] wanted, int[] reads, int[][] readStarts) {

    /** Rows are rounded up to a multiple of this, so that few distinct shapes occur. */
    static final int ROW_MULTIPLE = 16;

    /** Packs groups; every prompt needs at least one token, for without one nothing predicts the first token of a response. */
    public static PackedBatch of(List<Group> groups) {
        return of(groups, false);
    }

    /**
     * As {@link #of(List)}.
     *
     * @param prompts whether the tokens of a prompt, from the second one on, are targets too: once, however many responses share it
     */
    public static PackedBatch of(List<Group> groups, boolean prompts) {
        return new Packing(groups, true, prompts, Reads.NONE).pack();
    }

    /**
     * A batch whose final hidden states are read.
     *
     * @param targets whether the tokens of responses are targets too; without them the model's language-model head is never computed
     */
    public static PackedBatch reading(List<Group> groups, Reads reads, boolean targets) {
        return new Packing(groups, targets, false, reads).pack();
    }

    /** Rows of a response: its last token predicts nothing, so it needs a row only where it is read. */
    static int rows(int tokens, Reads reading) {
        return reading.closing() ? tokens : Math.max(0, tokens - 1);
    }

    public AttentionLayout layout(int window) {
        return new AttentionLayout(segments, window);
    }

    /**
     * A number for every row that follows from its group's number and its place in the group, not from where the group was packed. Rows of padding
     * get 0.
     *
     * @param groupKeys one number for every group
     */
    public long[] rowKeys(long[] groupKeys) {
        if (groupKeys.length != groups.size()) {
            throw new IllegalArgumentException("One key per group is required, found " + groupKeys.length + " for " + groups.size() + " groups");
        }
        long[] keys = new long[ids.length];
        int row = 0;
        for (int g = 0; g < groupKeys.length; g++) {
            int count = groups.get(g).prompt().length + groups.get(g).responses().stream().mapToInt(r -> rows(r.ids().length, reading)).sum();
            for (int i = 0; i < count; i++) {
                keys[row++] = groupKeys[g] + i * 0x9E3779B97F4A7C15L;
            }
        }
        return keys;
    }

    /** Highest position plus one. */
    public int length() {
        int max = 0;
        for (int p : positions) {
            max = Math.max(max, p + 1);
        }
        return max;
    }

    /** The part of a per-target array that belongs to a group's prompt; only where prompts are targets. */
    public double[] prompt(double[] perTarget, int group) {
        int from = starts[group][groups.get(group).responses().size()];
        return java.util.Arrays.copyOfRange(perTarget, from, from + groups.get(group).prompt().length - 1);
    }

    /** The part of a per-target array that belongs to one response. */
    public double[] slice(double[] perTarget, int group, int response) {
        int from = starts[group][response];
        return java.util.Arrays.copyOfRange(perTarget, from, from + groups.get(group).responses().get(response).ids().length);
    }
}
