package org.align4j.core.backend;

import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.align4j.core.backend.Lab.Placement;

/**
 * What the parts of the backend tests share. Tolerances are bounds of rounding-error analysis, not fitted numbers: a sum of n rounded
 * float32 terms, in any order, is within (n + few)·{@link #U} of the sum of the terms' magnitudes, so they grow with the size.
 */
interface Conformance {
    /** Half a unit in the last place of float32: the relative error of one rounding. */
    double U = 0x1p-24;
    /** The same for bfloat16. */
    double U_BF16 = 0x1p-8;
    /** Around the widths of vector registers and blocks, and far from them. */
    int[] SIZES = {1, 3, 7, 13, 16, 17, 31, 64, 100, 129, 257};

    Backend open(Precision precision);

    /** Whether kernels that may ask for dense operands take column views too. */
    boolean takesColumnsEverywhere();

    /** Whether BF16 products round both operands, always; otherwise they may. */
    boolean alwaysRoundsOperands();

    static RandomGenerator random(long seed) {
        return new java.util.SplittableRandom(seed);
    }

    /** Rounding of a product's operands under a precision. */
    static double operandRounding(Precision p) {
        return p == Precision.FP32 ? U : U_BF16;
    }

    /** Runs a body over dense operands and over column views. */
    default void placements(Backend b, Consumer<Lab> body) {
        for (Placement p : Placement.values()) {
            try (Lab lab = new Lab(b, p)) {
                body.accept(lab);
            }
        }
    }

    /** The same for kernels that may refuse column views, but must then say so and never compute on the wrong values. */
    default void placementsOrRefusal(Backend b, Consumer<Lab> body) {
        placements(b, lab -> {
            try {
                body.accept(lab);
            } catch (IllegalArgumentException e) {
                boolean refusal = e.getMessage() != null && e.getMessage().contains("dense");
                if (takesColumnsEverywhere() || lab.placement() == Placement.DENSE || !refusal) {
                    throw e;
                }
            }
        });
    }

    /** A body over a pair of sizes. */
    interface Sizes {
        void run(int rows, int cols);
    }

    /** A third of all pairs; every size meets several partners on either side. */
    static void sizes(Sizes body) {
        for (int i = 0; i < SIZES.length; i++) {
            for (int j = 0; j < SIZES.length; j++) {
                if ((i + j) % 3 == 0) {
                    body.run(SIZES[i], SIZES[j]);
                }
            }
        }
    }
}
