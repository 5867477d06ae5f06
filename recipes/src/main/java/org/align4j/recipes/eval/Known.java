package org.align4j.recipes.eval;

import java.util.List;

/**
 * The mean of a number that is known of every item whatever the model, such as what chance would have right: it is no estimate and has no interval.
 *
 * @param value name of the number, a fraction
 */
record Known(String name, String value) implements Estimator {

    @Override
    public boolean applies(List<Item> items) {
        return items.stream().allMatch(i -> i.has(value));
    }

    @Override
    public Figure of(List<Item> items) {
        return new Figure(name, mean(items), Double.NaN, Double.NaN, Double.NaN, items.size(), true, true);
    }

    private double mean(List<Item> items) {
        return items.stream().mapToDouble(i -> i.value(value)).average().orElseThrow();
    }

    @Override
    public Change change(List<Item> from, List<Item> to) {
        return new Change(name, mean(to) - mean(from), Double.NaN, Double.NaN, Double.NaN, Double.NaN, to.size(), 0);
    }
}
