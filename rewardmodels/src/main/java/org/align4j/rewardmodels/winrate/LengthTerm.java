package org.align4j.rewardmodels.winrate;

import java.util.List;
import org.align4j.core.UserException;
import org.align4j.rewardmodels.evaluate.Interval;

/** tanh(Δ ÷ sd(Δ)) of one model's judgements: Δ is the baseline's length less the model's, sd² is with n − 1. */
final class LengthTerm {
    private LengthTerm() {}

    static double[] of(List<Judgement> judgements) {
        double[] differences = judgements.stream().mapToDouble(LengthTerm::difference).toArray();
        double sd = differences.length < 2 ? 0 : Math.sqrt(Interval.variance(differences));
        for (int i = 0; i < differences.length; i++) {
            if (!(sd > 0) && differences[i] != 0) {
                throw new UserException("Length control of " + judgements.get(i).model() + " needs differences in length that vary, found " + differences[i]
                        + " characters for every judgement.");
            }
            differences[i] = differences[i] == 0 ? 0 : Math.tanh(differences[i] / sd);
        }
        return differences;
    }

    private static double difference(Judgement judgement) {
        return judgement.lengths().orElseThrow(() -> new UserException("Length control needs the lengths of both answers, and a judgement of " + judgement.model()
                + " has none. Give the answers or their lengths in characters.")).difference();
    }
}
