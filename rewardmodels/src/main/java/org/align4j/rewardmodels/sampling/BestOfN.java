package org.align4j.rewardmodels.sampling;

import java.util.Arrays;

/**
 * Best-of-n: of n answers the one with the highest reward (RAFT and expert iteration train on it), the lowest index among equals.
 * Dong et al., <a href="https://arxiv.org/abs/2304.06767">RAFT</a> (2023); Anthony et al., <a href="https://arxiv.org/abs/1705.08439">expert
 * iteration</a> (2017).
 */
public final class BestOfN {
    private BestOfN() {}

    /** Index of the best answer. */
    public static int best(double[] rewards) {
        return Rewards.order(rewards)[0];
    }

    /** Indices of the {@code count} best answers, or of all where there are fewer; the best first. */
    public static int[] best(double[] rewards, int count) {
        if (count < 1) {
            throw new IllegalArgumentException("At least 1 answer must be taken, found " + count);
        }
        return Arrays.copyOf(Rewards.order(rewards), Math.min(count, rewards.length));
    }

    /**
     * KL divergence in nats of best-of-n from the policy it samples: ln n − (n − 1)/n. Exact where no two answers have the same reward, an upper bound
     * otherwise (Beirami et al., <a href="https://arxiv.org/abs/2401.01879">2024</a>).
     */
    public static double kl(int n) {
        if (n < 1) {
            throw new IllegalArgumentException("Best-of-n needs n of at least 1, found " + n);
        }
        return Math.log(n) - (n - 1) / (double) n;
    }

    /**
     * What best-of-n is expected to gain in {@code gold} when it chooses by {@code proxy}, estimated without bias from N ≥ n answers as the mean over all
     * subsets of n:
     *
     * <pre>  Σ_k C(k−1, n−1)/C(N, n)·gold of the k-th worst by proxy,   k = n … N</pre>
     *
     * <p>Where proxies are equal their gold values are averaged, as for a choice at random. With {@code gold} = {@code proxy} it is the expected maximum.
     * Nakano et al., <a href="https://arxiv.org/abs/2112.09332">WebGPT</a> (2021).
     *
     * @param n in 1 … N
     */
    public static double expected(double[] proxy, double[] gold, int n) {
        Rewards.require(gold);
        int[] order = Rewards.order(proxy);
        int total = order.length;
        if (gold.length != total || n < 1 || n > total) {
            throw new IllegalArgumentException("Best-of-n needs as many gold rewards as proxy rewards and n from 1 to their number; found "
                    + total + " proxy rewards, " + gold.length + " gold rewards and n = " + n);
        }
        double value = 0;
        // C(k−1, n−1)/C(N, n) from the best, k = N, downwards: n/N, and then each is the one above times (k − n)/(k − 1).
        double weight = n / (double) total;
        for (int from = 0; from < total && weight > 0;) {
            int to = from;
            double sum = 0;
            double weights = 0;
            while (to < total && proxy[order[to]] == proxy[order[from]]) {
                sum += gold[order[to]];
                weights += weight;
                int k = total - to;
                weight = k > 1 ? weight * (k - n) / (k - 1) : 0;
                to++;
            }
            value += weights * sum / (to - from);
            from = to;
        }
        return value;
    }

    /** {@link #expected} for n = 1 … N. */
    public static double[] curve(double[] proxy, double[] gold) {
        double[] curve = new double[proxy.length];
        Arrays.setAll(curve, i -> expected(proxy, gold, i + 1));
        return curve;
    }
}
