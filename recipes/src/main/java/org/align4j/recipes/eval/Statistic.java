package org.align4j.recipes.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.evaluate.Interval;

/**
 * A figure without a formula for its error, such as the area under a curve. Its interval comes from the bootstrap over groups of items; a change draws the same groups of both
 * models. There is no interval where all draws are the same.
 *
 * @param needs          names of values that all items must have
 * @param statistic      of items, possibly several times each
 * @param percent        whether it is a fraction, shown as a percentage
 * @param higherIsBetter whether a rise is an improvement
 */
record Statistic(String name, List<String> needs, ToDoubleFunction<List<Item>> statistic, boolean percent, boolean higherIsBetter, Bootstrap bootstrap) implements Estimator {
    Statistic {
        Objects.requireNonNull(name, "name");
        needs = List.copyOf(needs);
    }

    @Override
    public boolean applies(List<Item> items) {
        return items.stream().allMatch(i -> needs.stream().allMatch(i::has));
    }

    @Override
    public Figure of(List<Item> items) {
        List<List<Item>> groups = Estimator.groups(items);
        Bootstrap.Distribution d = bootstrap.of(groups.size(), draw -> statistic.applyAsDouble(drawn(groups, draw)));
        Interval i = d.interval();
        boolean spread = i.low() < i.high();
        return new Figure(name, i.value(), spread ? i.low() : Double.NaN, spread ? i.high() : Double.NaN, d.standardError(), items.size(), percent, higherIsBetter);
    }

    @Override
    public Change change(List<Item> from, List<Item> to) {
        List<List<Item>> first = Estimator.groups(from);
        List<List<Item>> second = Estimator.groups(to);
        Bootstrap.Distribution d = bootstrap.of(first.size(), draw -> statistic.applyAsDouble(drawn(second, draw)) - statistic.applyAsDouble(drawn(first, draw)));
        Interval i = d.interval();
        return i.low() < i.high() ? new Change(name, i.value(), i.low(), i.high(), d.standardError(), d.pValue(), to.size(), higherIsBetter ? 1 : -1)
                : new Change(name, i.value(), Double.NaN, Double.NaN, d.standardError(), Double.NaN, to.size(), 0);
    }

    /** The items of drawn groups. */
    static List<Item> drawn(List<List<Item>> groups, int[] draw) {
        List<Item> out = new ArrayList<>();
        for (int g : draw) {
            out.addAll(groups.get(g));
        }
        return out;
    }
}
