package org.align4j.losses.policy;

/**
 * What means are taken over. A batch that is evaluated in parts gives every part the counts of the whole: values and gradients of the parts then add up.
 *
 * @param sequences responses in the batch
 * @param tokens    tokens (or, for values, states) of all responses
 */
public record Counts(long sequences, long tokens) {
    public Counts {
        if (sequences < 1 || tokens < sequences) {
            throw new IllegalArgumentException("Counts: required are at least one sequence and one token each, found " + sequences + " sequences and "
                    + tokens + " tokens");
        }
    }

    /** Of a batch that is given whole. */
    public static Counts of(double[][] rows) {
        long tokens = 0;
        for (double[] row : rows) {
            tokens += row.length;
        }
        return new Counts(rows.length, tokens);
    }
}
