package org.align4j.recipes.eval;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A figure as a function of items, with its interval, and its change from one model to another on the same items. */
interface Estimator {

    /** The name of the figure. */
    String name();

    /** Whether it counts tokens, so that models compare only where they have the same. */
    default boolean countsTokens() {
        return false;
    }

    /** Whether the items hold what it needs. */
    boolean applies(List<Item> items);

    /** The figure of at least one item. */
    Figure of(List<Item> items);

    /** From the first to the second: the same items, in the same order. */
    Change change(List<Item> from, List<Item> to);

    /** Indices of items that belong together, group by group, in the order in which groups first appear. */
    static List<List<Item>> groups(List<Item> items) {
        Map<String, List<Item>> by = new LinkedHashMap<>();
        items.forEach(i -> by.computeIfAbsent(i.group(), g -> new ArrayList<>()).add(i));
        return List.copyOf(by.values());
    }

    /** The figures that items have. */
    static List<Figure> figures(List<Estimator> estimators, List<Item> items) {
        return estimators.stream().filter(e -> !items.isEmpty() && e.applies(items)).map(e -> e.of(items)).toList();
    }

    /** The changes of the items both models have; nothing where they share none. */
    static List<Change> changes(List<Estimator> estimators, List<Item> from, List<Item> to) {
        Map<String, Item> known = new LinkedHashMap<>();
        from.forEach(i -> known.put(i.id(), i));
        List<Item> second = to.stream().filter(i -> known.containsKey(i.id())).toList();
        List<Item> first = second.stream().map(i -> known.get(i.id())).toList();
        return estimators.stream().filter(e -> !first.isEmpty() && e.applies(first) && e.applies(second)).map(e -> e.change(first, second)).toList();
    }

    /** The change of one figure, if both have it. */
    static Optional<Change> change(List<Change> changes, String name) {
        return changes.stream().filter(c -> c.name().equals(name)).findFirst();
    }
}
