package org.align4j.rewardmodels.selection;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.align4j.core.UserException;
import org.align4j.core.train.Streams;

/**
 * k-means with quality: rows are clustered by their embeddings, and of every cluster its quota is drawn without replacement, each next row with probability
 * ∝ exp(quality/temperature) among those left, or evenly: Yu et al., <a href="https://arxiv.org/abs/2409.11378">Diversify and Conquer</a> (2024). The draw adds to
 * quality/temperature a Gumbel number fixed by the row's content and the seed and takes the largest sums, which is the same law; so a larger quota of the same clusters
 * holds the smaller.
 */
public final class Diversity implements Step {
    private final Settings settings;
    private final Embedder embedder;
    private final RowScorer quality;
    private final SelectionStores stores;

    /**
     * @param clusters    at most as many as rows
     * @param count       how many rows stay, or 0 where a share is given
     * @param share       part of the rows that stays, or 0 where a count is given
     * @param quota       how many of every cluster
     * @param temperature of the quality
     */
    public record Settings(int clusters, int count, double share, Quota quota, double temperature, long seed) {
        public Settings {
            Objects.requireNonNull(quota, "quota");
            if (!(count > 0 && share == 0 || count == 0 && share > 0 && share <= 1)) {
                throw new IllegalArgumentException("A count of at least 1 or a share in (0, 1] is kept, found " + count + " and " + share);
            }
            if (!(temperature > 0)) {
                throw new IllegalArgumentException("A temperature is above 0, found " + temperature);
            }
        }
    }

    /** How many rows a cluster gives. */
    public enum Quota {
        /** The same share of every cluster, by largest remainders. */
        PROPORTIONAL,
        /** The same number of every cluster; what small ones cannot give, the others do. */
        EQUAL
    }

    /** @param quality null for draws that favour no row */
    public Diversity(Settings settings, Embedder embedder, RowScorer quality, SelectionStores stores) {
        this.settings = Objects.requireNonNull(settings, "settings");
        this.embedder = Objects.requireNonNull(embedder, "embedder");
        this.quality = quality;
        this.stores = stores;
    }

    @Override
    public String name() {
        return "diversity";
    }

    @Override
    public List<Verdict> judge(List<Candidate> rows) {
        int n = settings.count > 0 ? settings.count : (int) Math.round(settings.share * rows.size());
        if (n > rows.size()) {
            throw new UserException(n + " rows are to be chosen by diversity, and there are only " + rows.size() + ". Lower the number, or give more rows.");
        }
        double[] scores = new double[rows.size()];
        Arrays.fill(scores, Double.NaN);
        if (quality != null) {
            scores = stores.scores(quality, rows);
        }
        int[] clusters = KMeans.fit(embedder.embed(rows, stores), settings.clusters, KMeans.ITERATIONS, settings.seed).clusters();
        int[] sizes = new int[settings.clusters];
        Arrays.stream(clusters).forEach(c -> sizes[c]++);
        int[] quotas = quotas(sizes, n, settings.quota);
        boolean[] kept = draw(clusters, quotas, keys(rows, logWeights(scores), settings.seed));
        List<Verdict> verdicts = new ArrayList<>();
        for (int i = 0; i < kept.length; i++) {
            int c = clusters[i];
            String which = String.format(Locale.ROOT, "the %d drawn of the %d rows of cluster %d", quotas[c], sizes[c], c);
            verdicts.add(new Verdict(kept[i], scores[i], (kept[i] ? "among " : "not among ") + which));
        }
        return verdicts;
    }

    /** quality/temperature of rows, 0 without a quality; a row that has none comes last. */
    private double[] logWeights(double[] scores) {
        return Arrays.stream(scores).map(s -> quality == null ? 0 : Double.isNaN(s) ? Double.NEGATIVE_INFINITY : s / settings.temperature).toArray();
    }

    /** The logarithms of weights, each plus a Gumbel number that follows from its row's content, how often that was there before, and the seed. */
    static double[] keys(List<Candidate> rows, double[] logWeights, long seed) {
        Map<Long, Integer> seen = new HashMap<>();
        double[] keys = new double[rows.size()];
        for (int i = 0; i < keys.length; i++) {
            long key = rows.get(i).key();
            RandomGenerator random = Streams.of(seed, "diversity " + seen.merge(key, 1, Integer::sum), key);
            keys[i] = logWeights[i] - Math.log(-Math.log(random.nextDouble(Double.MIN_NORMAL, 1)));
        }
        return keys;
    }

    /** The rows with the largest keys of every cluster, as many as its quota. */
    static boolean[] draw(int[] clusters, int[] quotas, double[] keys) {
        boolean[] kept = new boolean[clusters.length];
        int[] left = quotas.clone();
        IntStream.range(0, kept.length).boxed().sorted(Comparator.<Integer>comparingDouble(i -> -keys[i])).forEach(i -> kept[i] = left[clusters[i]]-- > 0);
        return kept;
    }

    /** How many rows each cluster gives, n in all. */
    static int[] quotas(int[] sizes, int n, Quota quota) {
        int all = Arrays.stream(sizes).sum();
        int[] quotas = new int[sizes.length];
        if (quota == Quota.PROPORTIONAL) {
            Arrays.setAll(quotas, c -> (int) ((long) n * sizes[c] / all));
            int missing = n - Arrays.stream(quotas).sum();
            IntStream.range(0, sizes.length).boxed().sorted(Comparator.<Integer>comparingLong(c -> -((long) n * sizes[c] % all))).limit(missing).forEach(c -> quotas[c]++);
            return quotas;
        }
        for (int left = n; left > 0;) {
            int open = (int) IntStream.range(0, sizes.length).filter(c -> quotas[c] < sizes[c]).count();
            int each = Math.max(1, left / open);
            for (int c = 0; c < sizes.length && left > 0; c++) {
                int more = Math.min(Math.min(each, left), sizes[c] - quotas[c]);
                quotas[c] += more;
                left -= more;
            }
        }
        return quotas;
    }
}
