package org.align4j.rewardmodels.winrate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.evaluate.Interval;
import org.align4j.rewardmodels.internal.Logistic;

/**
 * A ranking of several models by the model of Bradley and Terry, P(a is better than b) = σ(θ_a − θ_b) (<a href="https://doi.org/10.2307/2334029">Bradley and Terry, 1952</a>):
 * θ by maximum likelihood with ½ · ridge · Σ θ², which makes Σ θ = 0. A tie is half a win for either. Intervals are by the bootstrap over instructions: all comparisons on one
 * instruction are drawn together.
 *
 * <p>Where some models win or lose all their comparisons with the others, no finite θ is likeliest ({@link Separation}). Σ θ = 0 is then over the greatest set of models that are compared
 * both ways; θ of a model above it is infinite and its interval open above, its lower end being the least θ whose log-likelihood is within 1.92 of the greatest, comparisons on one
 * instruction counting once; mirrored below. A model that is neither above nor below has no θ, and nothing is known of its place.
 *
 * @param entries   best first
 * @param connected whether any model is compared with any other at least through third ones; where not, θ of models apart cannot be told from one another
 * @param separated models that are infinitely far from the others, or not comparable with them: best first
 */
public record BradleyTerry(List<Entry> entries, boolean connected, List<String> separated) {
    /** A ridge too weak to matter. */
    public static final double RIDGE = 1e-3;
    private static final double ELO = 400 / Math.log(10);
    private static final double ELO_MEAN = 1000;
    /** Half the 95 % point of χ² with one degree of freedom. */
    private static final double FALL = 1.9207294103470405;

    public BradleyTerry {
        entries = List.copyOf(entries);
        separated = List.copyOf(separated);
    }

    /**
     * A model's place.
     *
     * @param theta           θ with its 95 % interval, whose ends may be infinite; NaN where there is none
     * @param comparisons     in which it took part
     * @param rankProbability share of the bootstrap's draws in which it has rank 1, 2 …; equal models share their ranks; NaN where models are not connected
     */
    public record Entry(String model, Interval theta, long comparisons, List<Double> rankProbability) {
        public Entry {
            rankProbability = List.copyOf(rankProbability);
        }

        /** 1000 + θ · 400 ÷ ln 10: on Elo's scale, where 400 points more are odds of 10 to 1; the mean over the models compared both ways is 1000. */
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
        Separation all = fit.separation(fit.all());
        List<Integer> core = all.none() ? IntStream.range(0, fit.models().size()).boxed().toList() : all.core();
        double[] order = fit.theta();
        double[][] ranks = ranks(fit, bootstrap);
        Map<String, Interval> known = core.isEmpty() ? Map.of() : intervals(among(judgements, core.stream().map(fit.models()::get).toList()), ridge, bootstrap);
        List<Entry> entries = new ArrayList<>();
        Map<String, Double> by = new HashMap<>();
        for (int m = 0; m < order.length; m++) {
            String name = fit.models().get(m);
            by.put(name, order[m]);
            List<Double> shares = Arrays.stream(ranks[m]).map(share -> fit.connected() ? share / bootstrap.draws() : Double.NaN).boxed().toList();
            Interval theta = known.containsKey(name) ? known.get(name) : open(m, fit, all, core, known);
            entries.add(new Entry(name, theta, fit.comparisonsOf(m), shares));
        }
        entries.sort(Comparator.comparingDouble((Entry e) -> by.get(e.model())).reversed());
        return new BradleyTerry(entries, fit.connected(), entries.stream().map(Entry::model).filter(m -> !known.containsKey(m)).toList());
    }

    private static List<Judgement> among(List<Judgement> judgements, List<String> models) {
        return judgements.stream().filter(j -> models.contains(j.model()) && models.contains(j.baseline())).toList();
    }

    /** How often each model had each rank. */
    private static double[][] ranks(BradleyTerryFit fit, Bootstrap bootstrap) {
        int n = fit.models().size();
        double[][] ranks = new double[n][n];
        for (double[] draw : bootstrap.vectors(fit.instructions(), drawn -> fit.theta(fit.of(drawn)))) {
            for (int m = 0; m < n; m++) {
                double own = draw[m];
                int above = (int) IntStream.range(0, n).filter(k -> draw[k] > own).count();
                int equal = (int) IntStream.range(0, n).filter(k -> draw[k] == own).count();
                for (int r = above; r < above + equal; r++) {
                    ranks[m][r] += 1.0 / equal;
                }
            }
        }
        return ranks;
    }

    /** θ of models that are one core. */
    private static Map<String, Interval> intervals(List<Judgement> judgements, double ridge, Bootstrap bootstrap) {
        BradleyTerryFit fit = new BradleyTerryFit(judgements, ridge);
        double[] theta = fit.theta();
        double[][] draws = bootstrap.vectors(fit.instructions(), drawn -> drawn(fit, fit.of(drawn)));
        Map<String, Interval> out = new HashMap<>();
        for (int m = 0; m < theta.length; m++) {
            out.put(fit.models().get(m), new Bootstrap.Distribution(theta[m], Bootstrap.sorted(draws, m)).interval());
        }
        return out;
    }

    /** θ of a draw. A draw may separate models that all comparisons do not: those are infinitely far away in it, and of the others, being on another scale, it says nothing. */
    private static double[] drawn(BradleyTerryFit fit, int[] chosen) {
        Separation separation = fit.separation(chosen);
        if (separation.none()) {
            return fit.theta(chosen);
        }
        List<Integer> core = separation.core();
        return IntStream.range(0, fit.models().size()).mapToDouble(m -> switch (separation.place(m, core)) {
            case ABOVE -> Double.POSITIVE_INFINITY;
            case BELOW -> Double.NEGATIVE_INFINITY;
            case CORE, APART -> Double.NaN;
        }).toArray();
    }

    /** Of a model outside of the core. */
    private static Interval open(int model, BradleyTerryFit fit, Separation separation, List<Integer> core, Map<String, Interval> known) {
        double infinite = Double.POSITIVE_INFINITY;
        return switch (separation.place(model, core)) {
            case ABOVE -> new Interval(infinite, bound(model, fit, separation, core, known, 1), infinite);
            case BELOW -> new Interval(-infinite, -infinite, bound(model, fit, separation, core, known, -1));
            default -> new Interval(Double.NaN, -infinite, infinite);
        };
    }

    private static double bound(int model, BradleyTerryFit fit, Separation separation, List<Integer> core, Map<String, Interval> known, int side) {
        double weight = (double) fit.instructionsOf(model) / fit.comparisonsOf(model);
        double low = -100;
        double high = 100;
        if (core.stream().noneMatch(o -> separation.between(model, o) > 0)) {
            return -side * Double.POSITIVE_INFINITY;
        }
        for (int i = 0; i < 100; i++) {
            double middle = (low + high) / 2;
            double fall = core.stream().mapToDouble(o -> weight * separation.between(model, o)
                    * Logistic.softplus(-(middle - side * known.get(fit.models().get(o)).value()))).sum();
            low = fall > FALL ? middle : low;
            high = fall > FALL ? high : middle;
        }
        return side * high;
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
