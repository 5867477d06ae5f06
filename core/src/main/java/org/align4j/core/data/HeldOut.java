package org.align4j.core.data;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Splits data into a training and a held-out part. The side of a row hangs on the content of its prompt and the seed alone:
 * rows with the same prompt are never on both sides, and adding or reordering rows moves no other row (by fraction).
 *
 * @param train   rows to train on, in their order
 * @param heldOut rows held out, in their order
 */
public record HeldOut<T>(List<T> train, List<T> heldOut) {
    private static final String SALT = "held-out";

    public HeldOut {
        train = List.copyOf(train);
        heldOut = List.copyOf(heldOut);
    }

    /** Holds out about a fraction of the prompts, 0 ≤ fraction &lt; 1; a larger fraction holds out a superset. */
    public static <T> HeldOut<T> byFraction(List<T> rows, Function<? super T, PromptKey> key, double fraction, long seed) {
        if (!(fraction >= 0 && fraction < 1)) {
            throw new DataException("The held-out fraction must be at least 0 and below 1, found " + fraction + ".");
        }
        List<T> train = new ArrayList<>();
        List<T> held = new ArrayList<>();
        for (T row : rows) {
            double u = (key.apply(row).draw(SALT, seed, 0) >>> 11) * 0x1p-53;
            (u < fraction ? held : train).add(row);
        }
        return new HeldOut<>(train, held);
    }

    /** Holds out whole prompts until at least {@code count} rows are held; at least one prompt stays for training. */
    public static <T> HeldOut<T> byCount(List<T> rows, Function<? super T, PromptKey> key, int count, long seed) {
        if (count < 0 || count >= rows.size() && count > 0) {
            throw new DataException("The held-out count must be at least 0 and below the " + rows.size() + " rows there are, found " + count + ".");
        }
        Map<PromptKey, Integer> sizes = new LinkedHashMap<>();
        List<PromptKey> keys = new ArrayList<>(rows.size());
        for (T row : rows) {
            PromptKey k = key.apply(row);
            keys.add(k);
            sizes.merge(k, 1, Integer::sum);
        }
        Set<PromptKey> chosen = new HashSet<>();
        int held = 0;
        for (PromptKey k : ordered(sizes.keySet(), seed)) {
            if (held >= count) {
                break;
            }
            chosen.add(k);
            held += sizes.get(k);
        }
        if (count > 0 && chosen.size() == sizes.size()) {
            throw new DataException("Holding out " + count + " of " + rows.size() + " rows leaves nothing to train on: rows with the same prompt go together, and there are only "
                    + sizes.size() + " different prompts. Hold out fewer.");
        }
        List<T> train = new ArrayList<>();
        List<T> out = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            (chosen.contains(keys.get(i)) ? out : train).add(rows.get(i));
        }
        return new HeldOut<>(train, out);
    }

    private static List<PromptKey> ordered(Collection<PromptKey> keys, long seed) {
        Map<PromptKey, Long> draws = new HashMap<>();
        keys.forEach(k -> draws.put(k, k.draw(SALT, seed, 0)));
        List<PromptKey> list = new ArrayList<>(keys);
        // equal draws are settled by the key itself, so that the order never hangs on the file's
        list.sort((a, b) -> {
            int c = Long.compareUnsigned(draws.get(a), draws.get(b));
            return c != 0 ? c : a.toString().compareTo(b.toString());
        });
        return list;
    }
}
