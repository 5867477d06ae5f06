package org.align4j.rewardmodels.ranker;

import java.util.List;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;

/** Says how probable it is that one answer to a question is better than another. Not for several threads at once unless an implementation says so. */
public interface Ranker extends AutoCloseable {

    /**
     * Ψ with Ψ_ij = P(answer i is better than answer j): in [0, 1], Ψ_ij + Ψ_ji = 1, Ψ_ii = ½. The mean of row i over all j is the label ψ_i of
     * listwise methods (<a href="https://arxiv.org/abs/2402.01878">LiPO</a>).
     *
     * @throws org.align4j.core.UserException when the question lacks what this ranker needs
     */
    double[][] preferences(Question question);

    /** P(answer i is better than {@code other}) for every answer of the question. */
    default double[] against(Question question, Answer other) {
        return question.answers().stream()
                .mapToDouble(a -> preferences(new Question(question.prompt(), List.of(a, other), question.reference()))[0][1]).toArray();
    }

    /** What it is in a few words, for reports. */
    String name();

    /** Identity of all that preferences depend on (weights, settings) as lower-case hexadecimal SHA-256. */
    String digest();

    @Override
    default void close() {}
}
