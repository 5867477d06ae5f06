package org.align4j.core.backend;

/**
 * What AdamW's moments are kept in. Two of them for every trained value make half of the memory of training in float32: 8 bytes of 16.
 *
 * <p>Types narrower than float32 are packed in rows of {@value #VALUES} values, words of {@link DType#I32}, and rounded at random, so that small
 * changes are not lost but happen now and then. How a row is laid out is the backends' own matter.
 */
public enum MomentType {
    /** Exact: 4 bytes per value. */
    FLOAT32(0),
    /** 8 bits of significand: 2 bytes per value. */
    BFLOAT16(512),
    /** 8 bits and a scale for every row, as in Dettmers et al., <a href="https://arxiv.org/abs/2110.02861">8-bit Optimizers</a> (2021): 1.004 bytes per value. */
    INT8(257);

    /** Values of a packed row. */
    public static final int VALUES = 1024;

    private final int words;

    MomentType(int words) {
        this.words = words;
    }

    /** Whether moments are rows of words rather than float32 values. */
    public boolean packed() {
        return words > 0;
    }

    /** Words of a packed row; 0 for float32. */
    public int words() {
        return words;
    }

    /** Rows that hold so many values. */
    public static long rows(long values) {
        return (values + VALUES - 1) / VALUES;
    }

    /** Bytes that so many values of one moment take. */
    public long bytes(long values) {
        return packed() ? 4L * words * rows(values) : 4 * values;
    }
}
