package org.align4j.recipes.eval;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;
import org.align4j.rewardmodels.evaluate.Interval;
import org.align4j.rewardmodels.evaluate.McNemar;
import org.align4j.rewardmodels.evaluate.Rate;
import org.align4j.rewardmodels.evaluate.StudentT;

/**
 * R = Σ y ÷ Σ x over items: a loss per token, a mean (x = 1), a share. Items of a group are not independent, so the interval is the sandwich of the ratio estimator over
 * groups: with e_g = Σ_{i∈g} (y_i − R x_i), s² = G ÷ (G − 1) · Σ e_g² ÷ (Σ x)², R ± t(0.975, G − 1) · s
 * (<a href="https://doi.org/10.1002/9780470316627">Cochran, Sampling Techniques, 1977</a>, 6.3). A share of single yes-or-no items has Wilson's interval instead, and so has one whose
 * groups hardly differ, for which s would be near 0: with n = R (1 − R) ÷ s² · (1.96 ÷ t)², the yes-or-no items that would tell as much
 * (<a href="https://doi.org/10.2307/2685451">Korn and Graubard, 1998</a>), but at most G. Values that differ less than votes, such as probabilities, keep R ± t · s where ten
 * groups or more differ from the rest. Other figures have no interval where s is 0.
 *
 * <p>A change between two models pairs their items: e_g is then the difference of theirs, each over its own Σ x. For yes-or-no items the interval is that of Agresti and
 * Min (<a href="https://doi.org/10.1002/sim.1781">2005</a>: one half added to each cell of the two-by-two table) and p that of McNemar's exact test. Where every group changes by the
 * same there is no interval and no p.
 *
 * @param numerator      name of y
 * @param denominator    name of x; null for 1
 * @param scale          what is shown is scale(R): increasing, smooth
 * @param slope          its derivative
 * @param share          whether y is from 0 to 1
 * @param direction      1 where more is better, −1 where less is, 0 where neither is
 */
record Ratio(String name, String numerator, String denominator, DoubleUnaryOperator scale, DoubleUnaryOperator slope, boolean share, int direction) implements Estimator {
    /** Name of the value that is a number of tokens. */
    static final String TOKENS = "tokens";
    private static final String PER_TOKEN = "_per_token";
    private static final double Z = Interval.NORMAL;
    /** Groups that differ from the rest, of which Student's t may be trusted. */
    private static final int VARIED = 10;
    private static final double ROUNDING = 1e-12;

    Ratio {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(numerator, "numerator");
    }

    /** Σ y ÷ Σ x. */
    static Ratio of(String name, String numerator, String denominator, boolean higherIsBetter) {
        return new Ratio(name, numerator, denominator, v -> v, v -> 1, false, higherIsBetter ? 1 : -1);
    }

    /** The mean of y. */
    static Ratio mean(String name, String numerator, boolean higherIsBetter) {
        return of(name, numerator, null, higherIsBetter);
    }

    /** The mean of a y from 0 to 1, shown as a percentage. */
    static Ratio share(String name, String numerator, boolean higherIsBetter) {
        return new Ratio(name, numerator, null, v -> v, v -> 1, true, higherIsBetter ? 1 : -1);
    }

    /** Σ y ÷ Σ x with y of the x cases, shown as a percentage. */
    static Ratio shareOf(String name, String numerator, String denominator) {
        return new Ratio(name, numerator, denominator, v -> v, v -> 1, true, 1);
    }

    /** The same, shown on another scale. */
    Ratio scaled(String as, DoubleUnaryOperator by, DoubleUnaryOperator derivative) {
        return new Ratio(as, numerator, denominator, by, derivative, share, direction);
    }

    /** The same, neither more nor less being better. */
    Ratio neutral() {
        return new Ratio(name, numerator, denominator, scale, slope, share, 0);
    }

    @Override
    public boolean countsTokens() {
        return TOKENS.equals(denominator) || TOKENS.equals(numerator) || numerator.endsWith(PER_TOKEN);
    }

    @Override
    public boolean applies(List<Item> items) {
        return items.stream().allMatch(i -> i.has(numerator) && (denominator == null || i.has(denominator)));
    }

    private double y(Item i) {
        return i.value(numerator);
    }

    private double x(Item i) {
        return denominator == null ? 1 : i.value(denominator);
    }

    private double sumX(List<Item> items) {
        return items.stream().mapToDouble(this::x).sum();
    }

    private double ratio(List<Item> items) {
        return items.stream().mapToDouble(this::y).sum() / sumX(items);
    }

    /** Whether every item stands for itself and says yes or no. */
    private boolean binary(List<Item> items) {
        return share && denominator == null && items.stream().allMatch(i -> y(i) == 0 || y(i) == 1) && Estimator.groups(items).size() == items.size();
    }

    @Override
    public Figure of(List<Item> items) {
        if (binary(items)) {
            return Figure.rate(name, new Rate(items.stream().mapToDouble(this::y).sum(), items.size()), direction > 0);
        }
        double r = ratio(items);
        double all = sumX(items);
        double[] e = Estimator.groups(items).stream().mapToDouble(g -> g.stream().mapToDouble(i -> y(i) - r * x(i)).sum() / all).toArray();
        double s = spread(deviation(e), items);
        double t = quantile(e.length);
        double half = s == 0 ? Double.NaN : t * s;
        Interval i = new Interval(r, r - half, r + half);
        if (share && (s == 0 || e.length > 1 && !varied(items, e.length, r, s))) {
            double worth = s == 0 || r == 0 || r == 1 ? e.length : r * (1 - r) / (s * s) * Math.pow(Z / t, 2);
            i = Rate.wilson(r, Math.min(e.length, worth));
        }
        return new Figure(name, scale.applyAsDouble(r), scale.applyAsDouble(i.low()), scale.applyAsDouble(i.high()), Math.abs(slope.applyAsDouble(r)) * s, items.size(), share,
                direction > 0);
    }

    /** Whether a share is of values that differ less than votes and yet from group to group. */
    private boolean varied(List<Item> items, int groups, double r, double s) {
        Map<Double, Long> by = Estimator.groups(items).stream().collect(Collectors.groupingBy(this::ratio, Collectors.counting()));
        return r * (1 - r) / (s * s) > groups && groups - by.values().stream().mapToLong(n -> n).max().orElseThrow() >= VARIED
                && r - quantile(groups) * s >= 0 && r + quantile(groups) * s <= 1;
    }

    /** 0 where all that is left is rounding. */
    private double spread(double s, List<Item> items) {
        return s <= ROUNDING * items.stream().mapToDouble(i -> Math.abs(y(i))).sum() / sumX(items) ? 0 : s;
    }

    @Override
    public Change change(List<Item> from, List<Item> to) {
        if (binary(from) && binary(to)) {
            return mcNemar(from, to);
        }
        double r0 = ratio(from);
        double r1 = ratio(to);
        double w0 = slope.applyAsDouble(r0) / sumX(from);
        double w1 = slope.applyAsDouble(r1) / sumX(to);
        List<List<Item>> g0 = Estimator.groups(from);
        List<List<Item>> g1 = Estimator.groups(to);
        double[] e = new double[g0.size()];
        for (int g = 0; g < e.length; g++) {
            e[g] = g1.get(g).stream().mapToDouble(i -> w1 * (y(i) - r1 * x(i))).sum() - g0.get(g).stream().mapToDouble(i -> w0 * (y(i) - r0 * x(i))).sum();
        }
        double difference = scale.applyAsDouble(r1) - scale.applyAsDouble(r0);
        double s = Math.max(spread(deviation(e), from), spread(deviation(e), to));
        double half = s == 0 ? Double.NaN : quantile(e.length) * s;
        double p = e.length < 2 || s == 0 ? Double.NaN : 2 * StudentT.cdf(-Math.abs(difference) / s, e.length - 1);
        return new Change(name, difference, difference - half, difference + half, s, p, to.size(), direction);
    }

    private Change mcNemar(List<Item> from, List<Item> to) {
        long n = to.size();
        long gained = 0;
        long lost = 0;
        for (int i = 0; i < n; i++) {
            gained += y(to.get(i)) > y(from.get(i)) ? 1 : 0;
            lost += y(to.get(i)) < y(from.get(i)) ? 1 : 0;
        }
        double centre = (gained - lost) / (n + 2.0);
        double half = Z / (n + 2) * Math.sqrt(gained + lost + 1 - Math.pow(gained - lost, 2) / (n + 2));
        double difference = (double) (gained - lost) / n;
        double error = Math.sqrt(gained + lost - Math.pow(gained - lost, 2) / n) / n;
        return new Change(name, difference, Math.max(-1, centre - half), Math.min(1, centre + half), error, new McNemar(lost, gained).pValue(), n, direction);
    }

    private static double deviation(double[] e) {
        double sum = 0;
        for (double v : e) {
            sum += v * v;
        }
        return e.length < 2 ? Double.NaN : Math.sqrt(sum * e.length / (e.length - 1));
    }

    private static double quantile(int groups) {
        return groups < 2 ? Double.NaN : StudentT.quantile(0.975, groups - 1);
    }
}
