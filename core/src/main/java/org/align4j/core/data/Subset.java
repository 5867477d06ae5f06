package org.align4j.core.data;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Seeded subsets that nest: for one seed, the subset of n rows lies within the subset of m &gt; n rows, as comparing data budgets needs. */
public final class Subset {
    private Subset() {}

    /** {@code count} rows in their order; a row's draw hangs on its prompt's content, on which row of that prompt it is, and on the seed. */
    public static <T> List<T> take(List<T> rows, Function<? super T, PromptKey> key, int count, long seed) {
        if (count < 0 || count > rows.size()) {
            throw new DataException("A subset of " + count + " rows was asked for, but there are " + rows.size() + ". Lower the number, or add data.");
        }
        Map<PromptKey, Integer> seen = new HashMap<>();
        long[] draws = new long[rows.size()];
        for (int i = 0; i < draws.length; i++) {
            PromptKey k = key.apply(rows.get(i));
            draws[i] = k.draw("subset", seed, seen.merge(k, 1, Integer::sum));
        }
        List<Integer> order = new ArrayList<>(IntStream.range(0, draws.length).boxed().toList());
        order.sort((a, b) -> {
            int c = Long.compareUnsigned(draws[a], draws[b]);
            return c != 0 ? c : Integer.compare(a, b);
        });
        return order.subList(0, count).stream().sorted().map(rows::get).toList();
    }
}
