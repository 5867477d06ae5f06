package org.align4j.recipes.eval;

import java.util.List;
import java.util.function.ToDoubleFunction;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.evaluate.Interval;

/**
 * The expected calibration error ({@link org.align4j.rewardmodels.evaluate.Calibration#ece}). A mean of absolute differences is too great where bins hold few items, and more so in the
 * bootstrap's draws, so a percentile interval would lie above the error. The interval is the basic one, 2 v − q(97.5 %) to 2 v − q(2.5 %), at least 0 and up to the value at least. A
 * change is given without an interval and without a verdict, as the excess of either model is not known.
 *
 * @param needs names of values that all items must have
 * @param error of items, possibly several times each
 */
record CalibrationError(String name, List<String> needs, ToDoubleFunction<List<Item>> error, Bootstrap bootstrap) implements Estimator {
    CalibrationError {
        needs = List.copyOf(needs);
    }

    @Override
    public boolean applies(List<Item> items) {
        return items.stream().allMatch(i -> needs.stream().allMatch(i::has));
    }

    @Override
    public Figure of(List<Item> items) {
        List<List<Item>> groups = Estimator.groups(items);
        Bootstrap.Distribution d = bootstrap.of(groups.size(), draw -> error.applyAsDouble(Statistic.drawn(groups, draw)));
        Interval i = d.basic();
        double low = Math.max(0, Math.min(i.low(), i.value()));
        double high = Math.max(i.high(), i.value());
        boolean spread = groups.size() > 1 && d.standardError() > 0;
        return new Figure(name, i.value(), spread ? low : Double.NaN, spread ? high : Double.NaN, d.standardError(), items.size(), true, false);
    }

    @Override
    public Change change(List<Item> from, List<Item> to) {
        return new Change(name, error.applyAsDouble(to) - error.applyAsDouble(from), Double.NaN, Double.NaN, Double.NaN, Double.NaN, to.size(), 0);
    }
}
