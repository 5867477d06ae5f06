package org.align4j.losses.list;

import java.util.List;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Loss;
import org.align4j.losses.Needs;

/**
 * A loss over the K ≥ 2 responses to a prompt, each with a label ψ ({@link Example.Response#score}, higher is better) and a score
 *
 * <pre>  s_i = β·(Σ_t log π(y_i) − Σ_t log π_ref(y_i))</pre>
 *
 * <p>A batch's loss is the mean over its lists. The family is that of Liu et al., <a href="https://arxiv.org/abs/2402.01878">LiPO: Listwise
 * Preference Optimization through Learning-to-Rank</a> (2024), whose β is 0.05. Its labels are in [0, 1], see {@link Labels}; except where a loss
 * says otherwise any finite numbers do. Responses with equal labels form no pair.
 *
 * <p>Metrics, as means over lists: {@code rewards/chosen} and {@code rewards/rejected} (scores of the best and the worst label; of equal ones the
 * first and the last), {@code rewards/margins} (their difference), {@code rewards/accuracies} (share of the pairs with unequal labels whose scores
 * are strictly in the same order), {@code rank_correlation} (Kendall's τ-b of labels and scores; 0 where all scores are equal),
 * {@code logps/chosen}, {@code logps/rejected}. A list whose labels are all equal counts in neither of {@code rewards/accuracies} and
 * {@code rank_correlation}.
 */
public interface ListLoss extends Loss {

    /** β of the literature if the caller names none. */
    double DEFAULT_BETA = 0.05;

    /**
     * The loss of one list.
     *
     * @param scores   the scores s
     * @param labels   the labels ψ
     * @param gradient where ∂loss/∂s is added
     * @throws IllegalArgumentException when a label is not one this loss is defined for
     */
    double value(double[] scores, double[] labels, double[] gradient);

    /** What a log-ratio is multiplied by to be a score. */
    double beta();

    @Override
    default Needs needs() {
        return new Needs(Needs.Arity.LIST, Needs.Reduction.SUM, Needs.Extra.REFERENCE, Needs.Extra.SCORES);
    }

    @Override
    default Evaluation evaluate(List<Example> part, Batch batch) {
        return Lists.evaluate(this, part, batch);
    }
}
