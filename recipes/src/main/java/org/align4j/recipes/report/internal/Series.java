package org.align4j.recipes.report.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.recipes.rundir.MetricsLog;

/**
 * A metric over the steps of a stage.
 *
 * @param x       steps, rising
 * @param y       finite values
 * @param skipped how many values were not finite
 */
public record Series(String metric, double[] x, double[] y, int skipped) {

    /** Takes a metric from the log; of a step logged twice the later value counts. */
    public static Series of(List<MetricsLog.Line> lines, String stage, String metric) {
        Map<Long, Double> points = new TreeMap<>();
        for (MetricsLog.Line line : lines) {
            Double v = line.values().get(metric);
            if (line.stage().equals(stage) && v != null) {
                points.put(line.step(), v);
            }
        }
        List<double[]> kept = new ArrayList<>();
        points.forEach((step, v) -> {
            if (Double.isFinite(v)) {
                kept.add(new double[] {step, v});
            }
        });
        return from(metric, kept, points.size() - kept.size());
    }

    public boolean isEmpty() {
        return x.length == 0;
    }

    public double last() {
        return y[y.length - 1];
    }

    /** At most about {@code most} points: of every bucket the least and the greatest, so that no spike is lost, and the ends. */
    public Series decimated(int most) {
        int n = x.length;
        if (n <= most) {
            return this;
        }
        int buckets = Math.max(1, most / 2 - 1);
        List<double[]> kept = new ArrayList<>();
        kept.add(new double[] {x[0], y[0]});
        for (int b = 0; b < buckets; b++) {
            int from = 1 + (int) ((long) b * (n - 2) / buckets);
            int to = 1 + (int) ((long) (b + 1) * (n - 2) / buckets);
            int low = from;
            int high = from;
            for (int i = from; i < to; i++) {
                low = y[i] < y[low] ? i : low;
                high = y[i] > y[high] ? i : high;
            }
            kept.add(new double[] {x[Math.min(low, high)], y[Math.min(low, high)]});
            if (low != high) {
                kept.add(new double[] {x[Math.max(low, high)], y[Math.max(low, high)]});
            }
        }
        kept.add(new double[] {x[n - 1], y[n - 1]});
        return from(metric, kept, skipped);
    }

    /** Mean over a window of {@code width} points centred on each, narrower at the ends. */
    public Series smoothed(int width) {
        double[] sums = new double[y.length + 1];
        for (int i = 0; i < y.length; i++) {
            sums[i + 1] = sums[i] + y[i];
        }
        double[] mean = new double[y.length];
        for (int i = 0; i < y.length; i++) {
            int half = Math.min(width / 2, Math.min(i, y.length - 1 - i));
            mean[i] = (sums[i + half + 1] - sums[i - half]) / (2 * half + 1);
        }
        return new Series(metric, x, mean, skipped);
    }

    private static Series from(String metric, List<double[]> points, int skipped) {
        return new Series(metric, points.stream().mapToDouble(p -> p[0]).toArray(), points.stream().mapToDouble(p -> p[1]).toArray(), skipped);
    }
}
