package org.align4j.rewardmodels.selection;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.align4j.core.UserException;

/** Distances between the vectors of rows. All pairs are looked at: n² products of their width. */
public final class Neighbours {
    private Neighbours() {}

    /**
     * The Euclidean distance of every vector to its k-th nearest other one.
     *
     * @throws UserException when there are not more than k vectors
     */
    public static double[] distances(float[][] vectors, int k) {
        if (k < 1 || k >= vectors.length) {
            throw new UserException("The " + k + "th nearest other row is asked for, which takes at least " + (k + 1) + " rows, and there are " + vectors.length
                    + ". Give more rows, or look at nearer neighbours.");
        }
        return IntStream.range(0, vectors.length).parallel().mapToDouble(i -> {
            double[] all = IntStream.range(0, vectors.length).filter(j -> j != i).mapToDouble(j -> squared(vectors[i], vectors[j])).toArray();
            Arrays.sort(all);
            return Math.sqrt(all[k - 1]);
        }).toArray();
    }

    private static double squared(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            double d = (double) a[i] - b[i];
            sum += d * d;
        }
        return sum;
    }
}
