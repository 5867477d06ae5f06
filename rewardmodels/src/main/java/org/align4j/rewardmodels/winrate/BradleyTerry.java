package org.align4j.rewardmodels.winrate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.evaluate.Interval;
import org.align4j.rewardmodels.internal.Logistic;

/**
 * A ranking of several models by the model of Bradley and Terry, P(a is better than b) = σ(θ_a − θ_b) (<a href="https://doi.org/10.2307/2334029">Bradley and Terry, 1952</a>):
 * θ by maximum likelihood with ½ · ridge · Σ θ², which makes Σ θ = 0 and keeps θ finite for models that always win. A tie is half a win for either.
 *
 * @param entries   best first
 * @param connected whether any model is compared with any other at least through third ones; where not, θ of models apart cannot be told from one another
 */
public record BradleyTerry(List<Entry> entries, boolean connected) {
    /** A ridge too weak to matter but where data are separable. */
    public static final double RIDGE = 1e-3;
    private static final double ELO = 400 / Math.log(10);
    private static final double ELO_MEAN = 1000;

    public BradleyTerry {
        entries = List.copyOf(entries);
    }

    /**
     * A model's place.
     *
     * @param theta           θ with its 95 % interval by the bootstrap over comparisons
     * @param comparisons     in which it took part
     * @param rankProbability share of the bootstrap's draws in which it has rank 1, 2 …; equal models share their ranks
     */
    public record Entry(String model, Interval theta, long comparisons, List<Double> rankProbability) {
        public Entry {
            rankProbability = List.copyOf(rankProbability);
        }

        /** 1000 + θ · 400 ÷ ln 10: on Elo's scale, where 400 points more are odds of 10 to 1; the mean over models is 1000. */
        public Interval elo() {
            return new Interval(ELO_MEAN + ELO * theta.value(), ELO_MEAN + ELO * theta.low(), ELO_MEAN + ELO * theta.high());
        }
    }

    /** With the usual ridge. */
    public static BradleyTerry fit(List<Judgement> judgements, Bootstrap bootstrap) {
        return fit(judgements, RIDGE, bootstrap);
    }

    /**
     * Ranks all models and baselines of judgements.
     *
     * @param judgements at least one; those of a model against itself say nothing and are passed over
     * @param ridge      more than 0
     */
    public static BradleyTerry fit(List<Judgement> judgements, double ridge, Bootstrap bootstrap) {
        BradleyTerryFit fit = new BradleyTerryFit(judgements, ridge);
        double[] theta = fit.theta();
        double[][] draws = bootstrap.vectors(fit.comparisons(), fit::theta);
        int n = theta.length;
        double[][] ranks = new double[n][n];
        for (double[] draw : draws) {
            for (int m = 0; m < n; m++) {
                double own = draw[m];
                int above = (int) IntStream.range(0, n).filter(k -> draw[k] > own).count();
                int equal = (int) IntStream.range(0, n).filter(k -> draw[k] == own).count();
                for (int r = above; r < above + equal; r++) {
                    ranks[m][r] += 1.0 / equal;
                }
            }
        }
        List<Entry> entries = new ArrayList<>();
        for (int m = 0; m < n; m++) {
            Interval interval = new Bootstrap.Distribution(theta[m], Bootstrap.sorted(draws, m)).interval();
            List<Double> shares = Arrays.stream(ranks[m]).map(share -> share / draws.length).boxed().toList();
            entries.add(new Entry(fit.models().get(m), interval, fit.comparisonsOf(m), shares));
        }
        entries.sort(Comparator.comparingDouble((Entry e) -> e.theta().value()).reversed());
        return new BradleyTerry(entries, fit.connected());
    }

    /** P(a is better than b). */
    public double probability(String a, String b) {
        return Logistic.sigmoid(of(a).theta().value() - of(b).theta().value());
    }

    /** A model's entry. */
    public Entry of(String model) {
        return entries.stream().filter(e -> e.model().equals(model)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no model " + model + " among " + entries.stream().map(Entry::model).toList()));
    }
}
