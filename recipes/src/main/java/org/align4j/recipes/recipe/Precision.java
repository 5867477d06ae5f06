package org.align4j.recipes.recipe;

/** Type of the operands of matrix multiplications; sums and log-probabilities are float32 or better in any case. */
public enum Precision {
    /** bfloat16 where the processor multiplies it in hardware, float32 elsewhere. */
    AUTO,
    /** 32-bit IEEE 754. */
    FP32,
    /** bfloat16 operands, float32 sums. */
    BF16;

    /** What a backend is asked for; null to let it choose. */
    public org.align4j.core.backend.Precision wanted() {
        return switch (this) {
            case AUTO -> null;
            case FP32 -> org.align4j.core.backend.Precision.FP32;
            case BF16 -> org.align4j.core.backend.Precision.BF16;
        };
    }
}
