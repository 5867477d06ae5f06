package org.align4j.rewardmodels.selection;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.align4j.core.UserException;
import org.align4j.core.train.Streams;

/**
 * Lloyd's algorithm from seeded k-means++ centres: Arthur and Vassilvitskii, <a href="https://dl.acm.org/doi/10.5555/1283383.1283494">k-means++</a> (2007). A cluster that
 * loses all its points takes the point farthest from its centre.
 *
 * @param clusters   of every point
 * @param centres    the mean of every cluster
 * @param inertia    Σ squared Euclidean distance of a point to its centre
 * @param iterations until nothing changed, or the most there may be
 */
public record KMeans(int[] clusters, double[][] centres, double inertia, int iterations) {
    /** Most iterations unless told. */
    public static final int ITERATIONS = 50;

    /** @throws UserException when there are fewer points than clusters */
    public static KMeans fit(float[][] points, int k, int maxIterations, long seed) {
        if (k < 1 || k > points.length) {
            throw new UserException("Clusters must be at least 1 and at most as many as rows, found " + k + " clusters of " + points.length + " rows. Set clusters accordingly.");
        }
        double[][] centres = begin(points, k, Streams.of(seed, "kmeans", 0));
        int[] clusters = new int[points.length];
        Arrays.fill(clusters, -1);
        double[] distances = new double[points.length];
        int iteration = 0;
        for (boolean changed = true; changed && iteration < maxIterations; iteration++) {
            changed = assign(points, centres, clusters, distances);
            if (changed) {
                centres = means(points, clusters, distances, k);
            }
        }
        assign(points, centres, clusters, distances);
        return new KMeans(clusters, centres, Arrays.stream(distances).sum(), iteration);
    }

    /** Each next centre is a point drawn with probability ∝ its squared distance to the nearest one there is. */
    private static double[][] begin(float[][] points, int k, RandomGenerator random) {
        double[][] centres = new double[k][];
        double[] nearest = new double[points.length];
        Arrays.fill(nearest, 1);
        for (int c = 0; c < k; c++) {
            double[] centre = wide(points[draw(nearest, random)]);
            centres[c] = centre;
            for (int i = 0; i < nearest.length; i++) {
                double d = distance(points[i], centre);
                nearest[i] = c == 0 ? d : Math.min(nearest[i], d);
            }
        }
        return centres;
    }

    private static int draw(double[] weights, RandomGenerator random) {
        double sum = Arrays.stream(weights).sum();
        double at = random.nextDouble() * sum;
        int last = 0;
        for (int i = 0; i < weights.length; i++) {
            if (weights[i] > 0) {
                last = i;
                at -= weights[i];
                if (at < 0) {
                    return i;
                }
            }
        }
        return last;
    }

    private static boolean assign(float[][] points, double[][] centres, int[] clusters, double[] distances) {
        int[] now = IntStream.range(0, points.length).parallel().map(i -> {
            int best = 0;
            double least = Double.POSITIVE_INFINITY;
            for (int c = 0; c < centres.length; c++) {
                double d = distance(points[i], centres[c]);
                if (d < least) {
                    least = d;
                    best = c;
                }
            }
            distances[i] = least;
            return best;
        }).toArray();
        boolean changed = !Arrays.equals(now, clusters);
        System.arraycopy(now, 0, clusters, 0, now.length);
        return changed;
    }

    private static double[][] means(float[][] points, int[] clusters, double[] distances, int k) {
        double[][] sums = new double[k][points[0].length];
        int[] sizes = new int[k];
        for (int c : clusters) {
            sizes[c]++;
        }
        for (int c = 0; c < k; c++) {
            int far = IntStream.range(0, points.length).filter(i -> sizes[clusters[i]] > 1).reduce((a, b) -> distances[b] > distances[a] ? b : a).orElse(-1);
            if (sizes[c] == 0 && far >= 0 && distances[far] > 0) {
                sizes[clusters[far]]--;
                clusters[far] = c;
                distances[far] = 0;
                sizes[c] = 1;
            }
        }
        for (int i = 0; i < points.length; i++) {
            for (int j = 0; j < points[i].length; j++) {
                sums[clusters[i]][j] += points[i][j];
            }
        }
        for (int c = 0; c < k; c++) {
            for (int j = 0; j < sums[c].length; j++) {
                // The centre of a cluster that stays empty, for want of different points, is out of reach.
                sums[c][j] = sizes[c] == 0 ? Float.MAX_VALUE : sums[c][j] / sizes[c];
            }
        }
        return sums;
    }

    private static double[] wide(float[] point) {
        double[] d = new double[point.length];
        Arrays.setAll(d, i -> point[i]);
        return d;
    }

    static double distance(float[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            double d = a[i] - b[i];
            sum += d * d;
        }
        return sum;
    }
}
