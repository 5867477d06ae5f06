package org.align4j.recipes.report.internal;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.align4j.rewardmodels.evaluate.Calibration;
import org.align4j.rewardmodels.evaluate.Rate;
import org.align4j.rewardmodels.evaluate.ScoredItem;

/** Pictures of how well a reward orders answers. */
public final class RewardPictures {
    private static final int BINS = 32;
    private static final int MOST_DOTS = 1500;
    private static final int MOST_BARS = 40;
    private static final int GROUPS = 10;
    /** The share of values at either end that axes leave out, so that a few far ones do not squeeze the rest. */
    private static final double FAR = 0.005;

    private RewardPictures() {
    }

    /** Accuracy against confidence; where they are equal, dots lie on the dashed line. */
    public static void reliability(Html h, Calibration calibration) {
        String title = "Reliability";
        open(h, title);
        Frame f = new Frame(h, title, 300, 62, 0.5, 1, 0, 1);
        f.gridY(Ticks.between(0, 1, 5, false), Frame::percent).axisX(Ticks.between(0.5, 1, 5, false), Frame::percent, false, "confidence");
        long most = calibration.bins().stream().mapToLong(b -> b.accuracy().n()).max().orElse(1);
        for (Calibration.Bin b : calibration.bins()) {
            // How many pairs a bin has, as a low bar of at most a fifth of the height.
            f.box("bar faint", b.low(), 0, b.high(), 0.2 * b.accuracy().n() / Math.max(1, most), Numbers.of(b.accuracy().n()) + " pairs");
        }
        f.line("aim", 0.5, 0.5, 1, 1);
        for (Calibration.Bin b : calibration.bins()) {
            Rate a = b.accuracy();
            if (a.n() > 0) {
                f.line("whisker s1", b.confidence(), a.low(), b.confidence(), a.high());
                f.dot("s1", b.confidence(), a.value(), 5, "confidence " + Numbers.fixed(100 * b.confidence(), 1) + " %, accuracy " + words(a));
            }
        }
        f.close();
        close(h, "Accuracy of pairs by confidence σ(|score of chosen − score of rejected|), with 95 % intervals. On the dashed line the reward is as sure as it should be, "
                + "below it too sure. The bars say how many pairs each dot stands for.");
    }

    /** Scores of better and worse answers, one histogram over the other. */
    public static void scores(Html h, List<ScoredItem> items) {
        double[] chosen = items.stream().flatMapToDouble(i -> i.pairs().stream().mapToDouble(p -> i.scores()[p.better()])).toArray();
        double[] rejected = items.stream().flatMapToDouble(i -> i.pairs().stream().mapToDouble(p -> i.scores()[p.worse()])).toArray();
        double[] range = range(chosen, rejected);
        double[] a = counts(chosen, range);
        double[] b = counts(rejected, range);
        double top = Math.max(Arrays.stream(a).max().orElse(1), Arrays.stream(b).max().orElse(1));
        String title = "Scores";
        h.raw("<figure class=\"chart\"><figcaption>").element("b", title).raw("<span class=\"legend\"><span><i class=\"s1\"></i>chosen</span> "
                + "<span><i class=\"s2\"></i>rejected</span></span></figcaption>");
        Frame f = new Frame(h, title, 300, 62, range[0], range[1], 0, top * 1.04);
        f.gridY(Ticks.between(0, top, 5, true), Numbers::of).axisX(Ticks.between(range[0], range[1], 7, false), Numbers::of, false, "score");
        double width = (range[1] - range[0]) / BINS;
        for (int i = 0; i < BINS; i++) {
            double low = range[0] + i * width;
            String where = Numbers.of(low) + " to " + Numbers.of(low + width) + ": ";
            f.box("half s1", low, 0, low + width, a[i], where + Numbers.of(a[i]) + " chosen");
            f.box("half s2", low, 0, low + width, b[i], where + Numbers.of(b[i]) + " rejected");
        }
        f.close();
        close(h, "Where the two do not part, the reward does not tell them apart; prompts differ, so they overlap even for a good reward.");
    }

    /** Shares as bars with their 95 % intervals; the dashed line is what chance gives. */
    public static void bars(Html h, String title, Map<String, Rate> rates, String what) {
        open(h, title);
        List<Map.Entry<String, Rate>> rows = rates.entrySet().stream().limit(MOST_BARS).toList();
        int height = 26 * rows.size() + Frame.TOP + Frame.BOTTOM;
        Frame f = new Frame(h, title, height, 190, 0, 1, 0, rows.size());
        f.axisX(Ticks.between(0, 1, 5, false), Frame::percent, true, "accuracy, with its 95 % interval");
        for (int i = 0; i < rows.size(); i++) {
            double middle = rows.size() - i - 0.5;
            String name = rows.get(i).getKey();
            Rate r = rows.get(i).getValue();
            f.label(182, middle, "end", name.length() > 19 ? name.substring(0, 18) + "…" : name);
            f.box("bar", 0, middle - 0.32, r.value(), middle + 0.32, name + ": " + words(r));
            f.line("whisker", r.low(), middle, r.high(), middle);
        }
        f.line("aim", 0.5, 0, 0.5, rows.size());
        f.close();
        close(h, what + (rates.size() > rows.size() ? " These are the first " + rows.size() + " of " + rates.size() + "; the table has all." : ""));
    }

    /** Margin against the difference in length, a dot for each pair, and the mean margin of ten groups of pairs by that difference. */
    public static void lengths(Html h, List<ScoredItem> items) {
        double[] x = items.stream().flatMapToDouble(i -> i.pairs().stream().mapToDouble(p -> i.lengths()[p.better()] - i.lengths()[p.worse()])).toArray();
        double[] y = items.stream().flatMapToDouble(i -> i.pairs().stream().mapToDouble(i::margin)).toArray();
        double[] xs = range(x, new double[] {0});
        double[] ys = range(y, new double[] {0});
        String title = "Margin and length";
        h.raw("<figure class=\"chart\"><figcaption>").element("b", title).raw("<span class=\"legend\"><span><i class=\"s1\"></i>pairs, right above the line</span> "
                + "<span><i class=\"s2\"></i>mean margin of a tenth of the pairs</span></span></figcaption>");
        Frame f = new Frame(h, title, 300, 72, xs[0], xs[1], ys[0], ys[1]);
        f.gridY(Ticks.between(ys[0], ys[1], 6, false), Numbers::of).axisX(Ticks.between(xs[0], xs[1], 6, false), Numbers::of, false, "characters, chosen less rejected");
        f.line("aim", xs[0], 0, xs[1], 0).line("aim", 0, ys[0], 0, ys[1]);
        int drawn = 0;
        int most = Math.min(MOST_DOTS, x.length);
        for (int k = 0; k < most; k++) {
            int i = (int) ((long) k * x.length / most);
            if (x[i] >= xs[0] && x[i] <= xs[1] && y[i] >= ys[0] && y[i] <= ys[1]) {
                f.dot("faint s1", x[i], y[i], 2.2, "");
                drawn++;
            }
        }
        means(f, x, y, xs, ys);
        f.close();
        close(h, "A line that rises says that longer answers get more than shorter ones." + (drawn < x.length ? " " + Numbers.of(drawn) + " of " + Numbers.of(x.length)
                + " pairs are drawn." : ""));
    }

    private static void means(Frame f, double[] x, double[] y, double[] xs, double[] ys) {
        Integer[] order = new Integer[x.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, java.util.Comparator.comparingDouble(i -> x[i]));
        int groups = Math.min(GROUPS, x.length / 5);
        double[] mx = new double[groups];
        double[] my = new double[groups];
        for (int g = 0; g < groups; g++) {
            int from = (int) ((long) g * x.length / groups);
            int to = (int) ((long) (g + 1) * x.length / groups);
            for (int i = from; i < to; i++) {
                mx[g] += x[order[i]] / (to - from);
                my[g] += y[order[i]] / (to - from);
            }
            mx[g] = Math.max(xs[0], Math.min(xs[1], mx[g]));
            my[g] = Math.max(ys[0], Math.min(ys[1], my[g]));
        }
        if (groups > 1) {
            f.path("line s2", mx, my);
            for (int g = 0; g < groups; g++) {
                f.dot("s2", mx[g], my[g], 3.5, "mean margin " + Numbers.of(my[g]));
            }
        }
    }

    private static void open(Html h, String title) {
        h.raw("<figure class=\"chart\"><figcaption>").element("b", title).raw("</figcaption>");
    }

    private static void close(Html h, String what) {
        h.element("p class=\"small soft\"", what).raw("</figure>\n");
    }

    static String words(Rate r) {
        return Numbers.fixed(100 * r.value(), 1) + " % of " + Numbers.of(r.n()) + " (" + Numbers.fixed(100 * r.low(), 1) + " to " + Numbers.fixed(100 * r.high(), 1) + ")";
    }

    /** From about the least to about the greatest of all values, a little more at either end. */
    private static double[] range(double[] a, double[] b) {
        double[] all = java.util.stream.DoubleStream.concat(Arrays.stream(a), Arrays.stream(b)).sorted().toArray();
        int cut = (int) Math.floor(FAR * all.length);
        double low = all[cut];
        double high = all[all.length - 1 - cut];
        double pad = high > low ? 0.03 * (high - low) : Math.max(0.5, 0.1 * Math.abs(high));
        return new double[] {low - pad, high + pad};
    }

    /** Values beyond the range count in the outermost bins. */
    private static double[] counts(double[] values, double[] range) {
        double[] counts = new double[BINS];
        for (double v : values) {
            int bin = (int) Math.floor((v - range[0]) / (range[1] - range[0]) * BINS);
            counts[Math.max(0, Math.min(BINS - 1, bin))]++;
        }
        return counts;
    }
}
