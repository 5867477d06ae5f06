package org.align4j.core.model.config;

/** How rotary frequencies are stretched for contexts longer than those of pretraining. */
public sealed interface RopeScaling {

    /** The frequency in place of {@code f} (radians per position). */
    double scale(double f);

    /** No scaling: {@code f}. */
    record None() implements RopeScaling {
        @Override
        public double scale(double f) {
            return f;
        }
    }

    /** Position interpolation: {@code f / factor}. */
    record Linear(double factor) implements RopeScaling {
        public Linear {
            requireAtLeast(factor, 1, "factor");
        }

        @Override
        public double scale(double f) {
            return f / factor;
        }
    }

    /**
     * Llama 3: with wavelength λ = 2π / f and pretraining length L, frequencies with λ &lt; L / highFreqFactor stay, those with
     * λ &gt; L / lowFreqFactor are divided by {@code factor}, and between the two
     * {@code f · ((1 − s) / factor + s)} with s = (L/λ − lowFreqFactor) / (highFreqFactor − lowFreqFactor).
     */
    record Llama3(double factor, double lowFreqFactor, double highFreqFactor, int originalMaxPositions) implements RopeScaling {
        public Llama3 {
            requireAtLeast(factor, 1, "factor");
            if (!(lowFreqFactor > 0) || !(highFreqFactor > lowFreqFactor) || !Double.isFinite(highFreqFactor)) {
                throw new IllegalArgumentException("required: 0 < low_freq_factor < high_freq_factor, found " + lowFreqFactor + " and " + highFreqFactor);
            }
            if (originalMaxPositions < 1) {
                throw new IllegalArgumentException("original_max_position_embeddings must be positive, found " + originalMaxPositions);
            }
        }

        @Override
        public double scale(double f) {
            double turns = originalMaxPositions * f / (2 * Math.PI);
            if (turns > highFreqFactor) {
                return f;
            }
            if (turns < lowFreqFactor) {
                return f / factor;
            }
            double s = (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
            return f * ((1 - s) / factor + s);
        }
    }

    private static void requireAtLeast(double value, double least, String name) {
        if (!(value >= least) || !Double.isFinite(value)) {
            throw new IllegalArgumentException(name + " must be a number of at least " + least + ", found " + value);
        }
    }
}
