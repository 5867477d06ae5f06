package org.align4j.losses.pair;

import java.util.List;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs;

/**
 * A loss that is a mean over pairs, each pair by itself.
 *
 * <p>Metrics, as means over pairs: {@code rewards/chosen} and {@code rewards/rejected} (see {@link #reward}), {@code rewards/margins},
 * {@code rewards/accuracies} (1 where the chosen reward is strictly greater), {@code logps/chosen}, {@code logps/rejected}.
 */
public interface PairLoss extends Loss {

    /** Value and derivatives for one pair. */
    Pair.Value of(Pair pair);

    /** What a log-ratio (without reference: a log-probability) is multiplied by to be called a reward: β in most papers. */
    double rewardScale();

    /**
     * The reward that is logged for a response, as TRL logs it: {@link #rewardScale} times the summed log-ratio, also where the loss itself looks at
     * means; without a reference, times what the loss looks at, the sum or the mean of the log-probabilities.
     *
     * @param ratio  log π(y) − log π_ref(y), or log π(y) without a reference
     * @param length tokens of the response
     */
    default double reward(double ratio, int length) {
        Needs needs = needs();
        return rewardScale() * (needs.reduction() == Needs.Reduction.MEAN && !needs.reference() ? ratio / length : ratio);
    }

    /** Pairs, sums of log-probabilities, a reference: what most pair losses need. */
    @Override
    default Needs needs() {
        return new Needs(Needs.Arity.PAIR, Needs.Reduction.SUM, Needs.Extra.REFERENCE);
    }

    @Override
    default Evaluation evaluate(List<Example> part, Batch batch) {
        return Pairs.evaluate(this, this::reward, (i, e, pair, metrics) -> of(pair), part, batch);
    }
}
