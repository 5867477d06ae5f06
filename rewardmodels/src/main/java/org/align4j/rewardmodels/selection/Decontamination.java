package org.align4j.rewardmodels.selection;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.align4j.core.UserException;
import org.align4j.core.data.Location;

/**
 * Drops rows that hold what a model is to be tested on: those in which runs of n words cover at least a share of the words of some test item. A test item of fewer than n
 * words must occur whole. As Tülu 3 has it (n = 8, more than half): Lambert et al., <a href="https://arxiv.org/abs/2411.15124">Tülu 3</a> (2024). The score is the largest
 * share found, 0 where nothing was.
 */
public final class Decontamination implements Step {
    private final int n;
    private final double share;
    private final Part part;
    private final List<Item> items;
    private final Shingles words;
    /** By length of runs, by the hash of a run: where it stands. */
    private final Map<Integer, Map<Long, List<long[]>>> index = new TreeMap<>();

    /** A text of a test set. */
    public record Item(Location at, String text) {}

    /**
     * @param n     words in a row that must be the same
     * @param share part of a test item's words that must be covered, in (0, 1]
     * @param part  which part of a row may not hold them
     * @param items the test sets
     */
    public Decontamination(int n, double share, Part part, List<Item> items) {
        this.words = new Shingles(Shingles.Kind.WORDS, n);
        this.n = n;
        this.share = share;
        this.part = Objects.requireNonNull(part, "part");
        this.items = List.copyOf(items);
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException("The share of a test item that may not be covered lies in (0, 1], found " + share);
        }
        if (items.isEmpty()) {
            throw new UserException("Rows are to be compared with test items, and there is none. Name a file that holds some.");
        }
        for (int i = 0; i < items.size(); i++) {
            add(i, words.items(items.get(i).text()));
        }
    }

    private void add(int item, long[] all) {
        int size = Math.min(n, all.length);
        long[] runs = Shingles.inOrder(all, size);
        for (int p = 0; p < runs.length && size > 0; p++) {
            index.computeIfAbsent(size, k -> new HashMap<>()).computeIfAbsent(runs[p], k -> new ArrayList<>(1)).add(new long[] {item, p, all.length});
        }
    }

    @Override
    public String name() {
        return "decontaminate";
    }

    @Override
    public List<Verdict> judge(List<Candidate> rows) {
        return rows.stream().map(this::judge).toList();
    }

    private Verdict judge(Candidate row) {
        long[] own = words.items(row.text(part));
        Map<Integer, BitSet> covered = new TreeMap<>();
        Map<Integer, Integer> lengths = new HashMap<>();
        index.forEach((size, runs) -> {
            for (long run : Shingles.inOrder(own, size)) {
                for (long[] hit : runs.getOrDefault(run, List.of())) {
                    covered.computeIfAbsent((int) hit[0], k -> new BitSet()).set((int) hit[1], (int) hit[1] + size);
                    lengths.put((int) hit[0], (int) hit[2]);
                }
            }
        });
        double most = 0;
        int which = -1;
        for (var e : covered.entrySet()) {
            double part = (double) e.getValue().cardinality() / lengths.get(e.getKey());
            if (part > most) {
                most = part;
                which = e.getKey();
            }
        }
        return most >= share ? Verdict.drop(most, String.format(Locale.ROOT, "holds %.0f %% of the words of %s", 100 * most, items.get(which).at())) : Verdict.keep(most);
    }
}
