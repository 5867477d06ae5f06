package org.align4j.rewardmodels.evaluate;

/** pass@k: the probability that at least one of k samples is right, without bias from n ≥ k samples (<a href="https://arxiv.org/abs/2107.03374">Chen et al., 2021</a>). */
public final class PassAtK {
    private PassAtK() {}

    /**
     * One problem's samples.
     *
     * @param samples n, at least 1
     * @param right   c of them
     */
    public record Attempts(int samples, int right) {
        public Attempts {
            if (samples < 1 || right < 0 || right > samples) {
                throw new IllegalArgumentException("there must be at least 1 sample, and from 0 to all of them right; found " + right + " of " + samples);
            }
        }

        /** 1 − C(n − c, k) ÷ C(n, k) = 1 − Π_{i = n−c+1 … n} (1 − k ÷ i), in which nothing overflows. */
        public double passAt(int k) {
            if (k < 1 || k > samples) {
                throw new IllegalArgumentException("k must be from 1 to the number of samples, " + samples + ", found " + k);
            }
            if (samples - right < k) {
                return 1;
            }
            double none = 1;
            for (int i = samples - right + 1; i <= samples; i++) {
                none *= 1 - (double) k / i;
            }
            return 1 - none;
        }
    }
}
