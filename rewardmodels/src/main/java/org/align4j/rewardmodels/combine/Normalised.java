package org.align4j.rewardmodels.combine;

import java.util.List;
import org.align4j.core.UserException;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;

/** A reward of mean 0 and standard deviation 1 over a sample: (r − mean) ÷ std. */
public final class Normalised extends Adjusted {
    private final double mean;
    private final double std;

    /**
     * @param inner closed with this one
     * @param mean  of the sample
     * @param std   its standard deviation, more than 0
     */
    public Normalised(Reward inner, double mean, double std) {
        super(inner);
        if (!Double.isFinite(mean) || !(std > 0) || Double.isInfinite(std)) {
            throw new IllegalArgumentException("a normalised reward needs a finite mean and a standard deviation above 0, found " + mean + " and " + std);
        }
        this.mean = mean;
        this.std = std;
    }

    /**
     * Takes mean and standard deviation (÷ n) from the scores of all answers of a sample.
     *
     * @throws UserException when all scores are the same: there is nothing to divide by
     */
    public static Normalised over(Reward inner, List<Question> sample) {
        double[] all = inner.score(sample).stream().flatMapToDouble(java.util.Arrays::stream).toArray();
        double mean = java.util.Arrays.stream(all).average().orElse(Double.NaN);
        double variance = java.util.Arrays.stream(all).map(v -> (v - mean) * (v - mean)).average().orElse(0);
        if (!(variance > 0)) {
            throw new UserException("The reward " + inner.name() + " gives all " + all.length
                    + " answers of the sample the same score, so it cannot be normalised. Give a sample with different answers, or leave normalisation out.");
        }
        return new Normalised(inner, mean, Math.sqrt(variance));
    }

    public double mean() {
        return mean;
    }

    public double std() {
        return std;
    }

    @Override
    double adjust(double score, Answer answer) {
        return (score - mean) / std;
    }

    @Override
    String what() {
        return "less " + mean + ", divided by " + std;
    }
}
