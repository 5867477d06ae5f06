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

    /** What a reader must know of the figure of these items: what a fit rests on, or why there is none. */
    default List<String> remarks(List<Item> items) {
        return List.of();
    }

    /** What more there is to say of the figure of these items in {@code evaluation.json}; empty for nothing. */
    default Map<String, Object> details(List<Item> items) {
        return Map.of();
    }

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

    /** Items that two models both have, in the same order, those of one being in the same group for both. */
    record Pairs(List<Item> from, List<Item> to, long without) {
        /** The pairs of two models' items, and how many only one of them has. */
        static Pairs of(List<Item> from, List<Item> to) {
            Map<String, Item> known = new LinkedHashMap<>();
            from.forEach(i -> {
                if (known.put(i.id(), i) != null) {
                    throw new IllegalStateException("Two items have the id " + i.id());
                }
            });
            List<Item> second = to.stream().filter(i -> known.containsKey(i.id())).toList();
            List<Item> first = second.stream().map(i -> known.get(i.id())).toList();
            for (int i = 0; i < first.size(); i++) {
                if (!first.get(i).group().equals(second.get(i).group())) {
                    throw new IllegalStateException("Item " + first.get(i).id() + " is in group " + first.get(i).group() + " for one model and in " + second.get(i).group() + " for another");
                }
            }
            return new Pairs(first, second, from.size() + (long) to.size() - 2L * first.size());
        }
    }

    /** The changes of the items both models have; nothing where they share none. */
    static List<Change> changes(List<Estimator> estimators, List<Item> from, List<Item> to) {
        Pairs p = Pairs.of(from, to);
        return estimators.stream().filter(e -> !p.from().isEmpty() && e.applies(p.from()) && e.applies(p.to())).map(e -> e.change(p.from(), p.to())).toList();
    }

    /** The change of one figure, if both have it. */
    static Optional<Change> change(List<Change> changes, String name) {
        return changes.stream().filter(c -> c.name().equals(name)).findFirst();
    }
}
