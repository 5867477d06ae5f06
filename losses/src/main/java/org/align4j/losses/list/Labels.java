package org.align4j.losses.list;

/**
 * Labels of a list from what annotators or rankers say. With Ψ_ij the probability that response i is better than response j and Ψ_ii = ½,
 *
 * <pre>  ψ_i = (1/K)·Σ_j Ψ_ij, in [0, 1]</pre>
 *
 * <p>as in Liu et al., <a href="https://arxiv.org/abs/2402.01878">LiPO</a> (2024).
 */
public final class Labels {
    private Labels() {
    }

    /**
     * Labels from pairwise probabilities, {@code preferences[i][j]} = P(i better than j). What stands on the diagonal is not read.
     *
     * @throws IllegalArgumentException when the matrix is not square, an entry is outside [0, 1], or Ψ_ij + Ψ_ji is not 1 within 1e-6
     */
    public static double[] ofPreferences(double[][] preferences) {
        int k = preferences.length;
        double[] labels = new double[k];
        for (int i = 0; i < k; i++) {
            if (preferences[i].length != k) {
                throw new IllegalArgumentException("row " + i + " of the preferences has " + preferences[i].length + " entries, required are " + k);
            }
            double sum = 0.5;
            for (int j = 0; j < k; j++) {
                if (i == j) {
                    continue;
                }
                double p = preferences[i][j];
                if (!(p >= 0 && p <= 1)) {
                    throw new IllegalArgumentException("preference of " + i + " over " + j + " is " + p + ", required is a probability in [0, 1]");
                }
                if (j < i && Math.abs(p + preferences[j][i] - 1) > 1e-6) {
                    throw new IllegalArgumentException("preferences of " + i + " over " + j + " and of " + j + " over " + i + " are " + p + " and "
                            + preferences[j][i] + ", required is that they add up to 1; average the ranker's answers over both orders");
                }
                sum += p;
            }
            labels[i] = sum / k;
        }
        return labels;
    }

    /** Labels from ranks, the lowest rank the best: Ψ_ij is 1 where i is ranked before j, ½ where they share a rank, otherwise 0. */
    public static double[] ofRanks(int[] ranks) {
        double[] labels = new double[ranks.length];
        for (int i = 0; i < ranks.length; i++) {
            double sum = 0;
            for (int rank : ranks) {
                sum += rank > ranks[i] ? 1 : rank == ranks[i] ? 0.5 : 0;
            }
            labels[i] = sum / ranks.length;
        }
        return labels;
    }
}
