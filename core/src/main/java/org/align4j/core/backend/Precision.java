package org.align4j.core.backend;

/** What a matrix product may do with its float32 operands. Sums are always accumulated in float32 or better. */
public enum Precision {
    /** Operands are used as they are. */
    FP32,
    /** Operands may be rounded to bfloat16 (8 significand bits); master weights, residual stream and reductions stay float32. */
    BF16
}
