package org.align4j.rewardmodels.online;

/**
 * What is done to scores before they are learned from.
 *
 * <pre>
 *   normalize: s' = (s − mean) / (std + 1e-8), running mean and unbiased standard deviation over all scores so far, this iteration's included
 *   clip:      s' = clip(s, −c, c)
 * </pre>
 *
 * <p>First normalized, then clipped; the penalty of {@link Unfinished} comes last, so it is in units of what comes out here. Normalization makes a learning
 * rate and a KL coefficient mean the same for rewards of any scale; it is TRL's older {@code use_score_scaling} with {@code use_score_norm}. Running moments
 * are added up as by Chan, Golub and LeVeque (1979).
 *
 * @param normalize whether scores are normalized
 * @param clip      c &gt; 0, or 0 for none
 */
public record ScoreShaping(boolean normalize, double clip) {
    /** Scores as they are. */
    public static final ScoreShaping NONE = new ScoreShaping(false, 0);

    public ScoreShaping {
        if (!(clip >= 0 && clip < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("score clip: required is a positive number, or 0 for none, found " + clip);
        }
    }

    /** Count, mean and sum of squared deviations of all scores so far. */
    public record Moments(long count, double mean, double squares) {
        /** Of nothing. */
        public static final Moments EMPTY = new Moments(0, 0, 0);

        Moments plus(double[] scores) {
            double sum = 0;
            for (double s : scores) {
                sum += s;
            }
            double own = sum / scores.length;
            double dev = 0;
            for (double s : scores) {
                dev += (s - own) * (s - own);
            }
            long n = count + scores.length;
            double delta = own - mean;
            return new Moments(n, mean + delta * scores.length / n, squares + dev + delta * delta * count * scores.length / n);
        }

        double deviation() {
            return count < 2 ? 1 : Math.sqrt(squares / (count - 1));
        }
    }

    /** The shaped scores; {@code seen} are the moments with these scores. */
    double[] of(double[] scores, Moments seen) {
        double[] out = scores.clone();
        for (int i = 0; i < out.length; i++) {
            if (normalize) {
                out[i] = (out[i] - seen.mean()) / (seen.deviation() + 1e-8);
            }
            if (clip > 0) {
                out[i] = Math.max(-clip, Math.min(clip, out[i]));
            }
        }
        return out;
    }
}
