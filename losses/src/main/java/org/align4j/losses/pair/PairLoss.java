package org.align4j.losses.pair;

import java.util.List;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;

/**
 * A loss that is a mean over pairs, each pair by itself.
 *
 * <p>Metrics, as means over pairs: {@code rewards/chosen} and {@code rewards/rejected} (see {@link #rewardScale}), {@code rewards/margins},
 * {@code rewards/accuracies} (1 where the chosen reward is strictly greater), {@code logps/chosen}, {@code logps/rejected}.
 */
public interface PairLoss extends Loss {

    /** Value and derivatives for one pair. */
    Pair.Value of(Pair pair);

    /** What a log-ratio (without reference: a log-probability) is multiplied by to be called a reward: β in most papers. */
    double rewardScale();

    @Override
    default Evaluation evaluate(List<Example> part, Batch batch) {
        return Pairs.evaluate(this, part, batch);
    }
}
