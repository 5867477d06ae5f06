package org.align4j.rewardmodels.ranker;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.align4j.core.UserException;
import org.align4j.core.io.Digests;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;

/**
 * A ranker as a reward for single answers, in one of three ways: against a baseline response y_b of the prompt, r(x, y) = logit ρ(x, y, y_b), as RSO has it
 * (<a href="https://arxiv.org/abs/2309.06657">Liu et al., 2023</a>; y_b is one response of the SFT model); or as the mean of ρ(x, y, y′) over the other answers
 * of the question, in [0, 1]; or as the scores of Bradley and Terry that fit the logits of all its comparisons best, r_i = (1 ÷ n) Σ_j logit Ψ_ij, of sum 0: for two
 * answers r_1 − r_2 = logit Ψ_12.
 */
public final class RankerReward implements Reward {
    /** Probabilities are kept this far from 0 and 1 before the logit is taken: a reward is at most 27.6 in size. */
    public static final double CLOSEST = 1e-12;

    private final Ranker ranker;
    private final Function<Question, double[]> scores;
    private final String way;
    private final String identity;

    private RankerReward(Ranker ranker, Function<Question, double[]> scores, String way, String identity) {
        this.ranker = Objects.requireNonNull(ranker, "ranker");
        this.scores = scores;
        this.way = way;
        this.identity = identity;
    }

    /**
     * logit ρ(x, y, y_b).
     *
     * @param ranker   closed with this reward
     * @param baseline gives a question its baseline response; the same one whenever it is asked
     * @param identity what tells these baselines from others: the digest of the file they were read from, or of model and settings that sampled them
     */
    public static RankerReward against(Ranker ranker, Function<Question, Answer> baseline, String identity) {
        Objects.requireNonNull(baseline, "baseline");
        return new RankerReward(ranker, q -> logits(ranker, q, baseline.apply(q)), "against a baseline", Objects.requireNonNull(identity, "identity"));
    }

    /** Against the question's reference answer. */
    public static RankerReward againstReference(Ranker ranker) {
        return against(ranker, q -> q.reference() == null ? null : Answer.of(q.reference()), "reference");
    }

    /** The mean over the other answers of a question, of which there must be one at least: scores depend on the whole question. */
    public static RankerReward meanOfOthers(Ranker ranker) {
        return new RankerReward(ranker, q -> mean(ranker, q), "mean over the other answers", "");
    }

    /** The least-squares scores of Bradley and Terry over the answers of a question, of which there must be two at least: scores depend on the whole question. */
    public static RankerReward leastSquares(Ranker ranker) {
        return new RankerReward(ranker, q -> leastSquares(ranker, q), "fitted to its comparisons", "");
    }

    @Override
    public List<double[]> score(List<Question> questions) {
        return questions.stream().map(scores).toList();
    }

    private static double[] logits(Ranker ranker, Question question, Answer baseline) {
        if (baseline == null) {
            throw new UserException("The ranker " + ranker.name() + " compares with a baseline response, and a question has none. Give each prompt its reference answer.");
        }
        return Arrays.stream(ranker.against(question, baseline)).map(RankerReward::logit).toArray();
    }

    private static double logit(double p) {
        double kept = Math.max(CLOSEST, Math.min(1 - CLOSEST, p));
        return Math.log(kept) - Math.log1p(-kept);
    }

    private static double[] mean(Ranker ranker, Question question) {
        double[][] psi = compared(ranker, question);
        // Each answer against itself counts ½ and is no other.
        return Arrays.stream(psi).mapToDouble(row -> (Arrays.stream(row).sum() - 0.5) / (psi.length - 1)).toArray();
    }

    private static double[] leastSquares(Ranker ranker, Question question) {
        return Arrays.stream(compared(ranker, question)).mapToDouble(row -> Arrays.stream(row).map(RankerReward::logit).sum() / row.length).toArray();
    }

    private static double[][] compared(Ranker ranker, Question question) {
        if (question.answers().size() < 2) {
            throw new UserException("The ranker " + ranker.name() + " compares the answers of a question, which needs two at least, found one. Give more, or a baseline.");
        }
        return ranker.preferences(question);
    }

    @Override
    public String name() {
        return ranker.name() + ", " + way;
    }

    @Override
    public String digest() {
        return Digests.sha256(("ranker as reward 1\n" + ranker.digest() + "\n" + way + "\n" + identity).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        ranker.close();
    }
}
