package org.align4j.rewardmodels.selection;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Keeps one of several rows that say nearly the same. Rows are visited in their order, or the best first; one falls away when its Jaccard similarity to a row that stayed
 * is at least the threshold. Which pairs are looked at is decided by bands of {@link MinHash} signatures, which find a pair at the threshold with a probability of at
 * least {@value #RECALL}; those are compared exactly, so that no row falls away wrongly. The score is the similarity to the row that stayed.
 */
public final class NearDuplicates implements Step {
    /** Probability that a pair right at the threshold is looked at. */
    public static final double RECALL = 0.99;
    private final Settings settings;
    private final RowScorer best;
    private final SelectionStores stores;

    /**
     * @param threshold similarity from which on two rows are nearly the same, in (0, 1]
     * @param minima    values of a signature
     * @param seed      of the signatures
     */
    public record Settings(Shingles shingles, Part part, double threshold, int minima, long seed) {
        public Settings {
            Objects.requireNonNull(shingles, "shingles");
            Objects.requireNonNull(part, "part");
            if (!(threshold > 0 && threshold <= 1)) {
                throw new IllegalArgumentException("A threshold of similarity lies in (0, 1], found " + threshold);
            }
        }
    }

    /** Keeps the first of several. */
    public NearDuplicates(Settings settings) {
        this(settings, null, null);
    }

    /**
     * @param best whose score says which of several stays; null for the first
     */
    public NearDuplicates(Settings settings, RowScorer best, SelectionStores stores) {
        this.settings = Objects.requireNonNull(settings, "settings");
        this.best = best;
        this.stores = stores;
    }

    @Override
    public String name() {
        return "near_duplicates";
    }

    @Override
    public List<Verdict> judge(List<Candidate> rows) {
        MinHash hash = new MinHash(settings.minima, settings.seed);
        int r = MinHash.bandRows(settings.minima, settings.threshold, RECALL);
        long[][] sets = new long[rows.size()][];
        Map<Long, List<Integer>> bands = new HashMap<>();
        Verdict[] verdicts = new Verdict[rows.size()];
        for (int i : order(rows)) {
            sets[i] = settings.shingles.set(settings.shingles.items(rows.get(i).text(settings.part)));
            List<Long> keys = keys(hash.signature(sets[i]), r);
            verdicts[i] = judge(i, candidates(keys, bands), sets, rows);
            if (verdicts[i].kept()) {
                for (Long key : keys) {
                    bands.computeIfAbsent(key, k -> new ArrayList<>(1)).add(i);
                }
            }
        }
        return List.of(verdicts);
    }

    private static TreeSet<Integer> candidates(List<Long> keys, Map<Long, List<Integer>> bands) {
        TreeSet<Integer> found = new TreeSet<>();
        keys.forEach(key -> found.addAll(bands.getOrDefault(key, List.of())));
        return found;
    }

    private Verdict judge(int i, TreeSet<Integer> others, long[][] sets, List<Candidate> rows) {
        double most = -1;
        int which = -1;
        for (int j : others) {
            double similarity = Shingles.jaccard(sets[i], sets[j]);
            if (similarity > most) {
                most = similarity;
                which = j;
            }
        }
        return most >= settings.threshold ? Verdict.drop(most, String.format(Locale.ROOT, "nearly the same as %s (Jaccard %.3f)", rows.get(which).at(), most))
                : Verdict.keep(Double.NaN);
    }

    private int[] order(List<Candidate> rows) {
        if (best == null) {
            return IntStream.range(0, rows.size()).toArray();
        }
        return Choice.best(stores.scores(best, rows));
    }

    private static List<Long> keys(long[] signature, int rows) {
        List<Long> keys = new ArrayList<>();
        for (int from = 0; from + rows <= signature.length; from += rows) {
            long h = from + 1L;
            for (int k = from; k < from + rows; k++) {
                h = Shingles.mix(h * 31 + signature[k]);
            }
            keys.add(h);
        }
        return keys;
    }
}
