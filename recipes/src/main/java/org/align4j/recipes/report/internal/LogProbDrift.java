package org.align4j.recipes.report.internal;

import java.util.Arrays;
import java.util.List;
import org.align4j.recipes.rundir.MetricsLog;

/**
 * Watches for chosen and rejected log-probabilities that fall together in stages without a reference; with one, the drift from it is watched while the run
 * goes on, and is among its warnings.
 */
public final class LogProbDrift {
    static final String EXPLANATION = "The log-probabilities of chosen and rejected responses both fell during this stage. A loss that sees only their "
            + "difference permits this. A little is usual, most of all when the two responses of a pair are nearly alike. If generations got worse, try a larger beta, a smaller learning rate, fewer epochs, or finetuning "
            + "on the chosen responses first.";

    private LogProbDrift() {
    }

    /** Held-out values decide where there are two of them or more, else the training batches' first and last tenth, beyond their noise. */
    public static boolean bothFall(List<MetricsLog.Line> lines, String stage) {
        boolean referred = lines.stream().anyMatch(l -> l.stage().equals(stage) && l.values().containsKey("logps/chosen_drift"));
        return !referred && falls(lines, stage, "logps/chosen") && falls(lines, stage, "logps/rejected");
    }

    private static boolean falls(List<MetricsLog.Line> lines, String stage, String metric) {
        Series eval = Series.of(lines, stage, "eval_" + metric);
        if (eval.y().length >= 2) {
            return eval.last() < eval.y()[0] - 0.01;
        }
        double[] y = Series.of(lines, stage, metric).y();
        int k = Math.max(3, y.length / 10);
        if (y.length < 2 * k) {
            return false;
        }
        double[] first = Arrays.copyOf(y, k);
        double[] last = Arrays.copyOfRange(y, y.length - k, y.length);
        double noise = Math.sqrt((variance(first) + variance(last)) / k);
        return mean(first) - mean(last) > 2 * noise;
    }

    private static double mean(double[] v) {
        return Arrays.stream(v).average().orElse(Double.NaN);
    }

    private static double variance(double[] v) {
        double m = mean(v);
        return Arrays.stream(v).map(x -> (x - m) * (x - m)).sum() / (v.length - 1);
    }
}
