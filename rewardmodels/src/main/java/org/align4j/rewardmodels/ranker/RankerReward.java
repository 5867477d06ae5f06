package org.align4j.rewardmodels.ranker;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.align4j.core.UserException;
import org.align4j.core.io.Digests;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;

/**
 * A ranker as a reward for single answers, in one of two ways: against a baseline response y_b of the prompt, r(x, y) = logit ρ(x, y, y_b), as RSO has it
 * (<a href="https://arxiv.org/abs/2309.06657">Liu et al., 2023</a>; y_b is one response of the SFT model); or as the mean of ρ(x, y, y′) over the other answers
 * of the question, in [0, 1].
 */
public final class RankerReward implements Reward {
    /** Probabilities are kept this far from 0 and 1 before the logit is taken: a reward is at most 27.6 in size. */
    public static final double CLOSEST = 1e-12;

    private final Ranker ranker;
    private final Function<Question, Answer> baseline;
    private final String identity;

    private RankerReward(Ranker ranker, Function<Question, Answer> baseline, String identity) {
        this.ranker = Objects.requireNonNull(ranker, "ranker");
        this.baseline = baseline;
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
        return new RankerReward(ranker, Objects.requireNonNull(baseline, "baseline"), "against " + Objects.requireNonNull(identity, "identity"));
    }

    /** Against the question's reference answer. */
    public static RankerReward againstReference(Ranker ranker) {
        return against(ranker, q -> q.reference() == null ? null : Answer.of(q.reference()), "reference");
    }

    /** The mean over the other answers of a question, of which there must be one at least: scores depend on the whole question. */
    public static RankerReward meanOfOthers(Ranker ranker) {
        return new RankerReward(ranker, null, "mean of others");
    }

    @Override
    public List<double[]> score(List<Question> questions) {
        List<double[]> out = new ArrayList<>(questions.size());
        for (Question q : questions) {
            out.add(baseline == null ? mean(q) : logits(q));
        }
        return out;
    }

    private double[] logits(Question question) {
        Answer other = baseline.apply(question);
        if (other == null) {
            throw new UserException("The ranker " + ranker.name() + " compares with a baseline response, and a question has none. Give each prompt its reference answer.");
        }
        double[] p = ranker.against(question, other);
        for (int i = 0; i < p.length; i++) {
            double kept = Math.max(CLOSEST, Math.min(1 - CLOSEST, p[i]));
            p[i] = Math.log(kept) - Math.log1p(-kept);
        }
        return p;
    }

    private double[] mean(Question question) {
        int n = question.answers().size();
        if (n < 2) {
            throw new UserException("The ranker " + ranker.name() + " compares the answers of a question, which needs two at least, found one. Give more, or a baseline.");
        }
        double[][] psi = ranker.preferences(question);
        double[] out = new double[n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                out[i] += i == j ? 0 : psi[i][j] / (n - 1);
            }
        }
        return out;
    }

    @Override
    public String name() {
        return ranker.name() + (baseline == null ? ", mean over the other answers" : ", against a baseline");
    }

    @Override
    public String digest() {
        return Digests.sha256(("ranker as reward 1\n" + ranker.digest() + "\n" + identity).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        ranker.close();
    }
}
