package org.align4j.rewardmodels.winrate;

import java.util.List;
import org.align4j.rewardmodels.evaluate.Interval;

/**
 * How often a model's answers are better than a baseline's, in percent, as AlpacaEval counts
 * (<a href="https://github.com/tatsu-lab/alpaca_eval">Li et al., 2023</a>).
 *
 * @param value         100 · (wins + ½ ties) ÷ n; for preferences that are probabilities, 100 times their mean
 * @param standardError 100 · sd ÷ √n, sd² with n − 1; NaN for a single judgement
 * @param wins          preferences above ½
 * @param baselineWins  preferences below ½
 * @param draws         preferences of exactly ½
 */
public record WinRate(double value, double standardError, long wins, long baselineWins, long draws) {
    /**
     * Of one model's judgements.
     *
     * @throws IllegalArgumentException without judgements
     */
    public static WinRate of(List<Judgement> judgements) {
        return of(judgements.stream().mapToDouble(Judgement::preference).toArray());
    }

    /** Of preferences from 0 to 1. */
    public static WinRate of(double... preferences) {
        if (preferences.length == 0) {
            throw new IllegalArgumentException("a win rate needs at least one judgement, found none");
        }
        long wins = 0;
        long losses = 0;
        double sum = 0;
        for (double p : preferences) {
            wins += p > 0.5 ? 1 : 0;
            losses += p < 0.5 ? 1 : 0;
            sum += p;
        }
        int n = preferences.length;
        return new WinRate(100 * sum / n, 100 * Math.sqrt(Interval.variance(preferences) / n), wins, losses, n - wins - losses);
    }

    /** Judgements counted. */
    public long n() {
        return wins + baselineWins + draws;
    }

    /** The 95 % interval by the normal law: value ± 1.96 standard errors, within 0 and 100. */
    public Interval interval() {
        return new Interval(value, Math.max(0, value - Interval.NORMAL * standardError), Math.min(100, value + Interval.NORMAL * standardError));
    }
}
