package org.align4j.rewardmodels.sampling;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.align4j.core.UserException;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Encoding;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.data.Text;
import org.align4j.core.io.Digests;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;

/**
 * How likely a model finds an answer: log π(y | x), summed over the answer's tokens with its end, or divided by their number. The best of the candidates by
 * it, from whatever sources, is GRAPE: Zhang et al., <a href="https://arxiv.org/abs/2502.04194">The Best Instruction-Tuning Data are Those That Fit</a> (2025),
 * whose model is the one about to be trained.
 */
public final class LikelihoodReward implements Reward {
    /** Most tokens computed at once. */
    private static final int TOKENS = 4096;
    private final Policy base;
    private final boolean normalised;
    private final boolean ownTokens;

    /**
     * @param base       the model that is asked; stays the caller's
     * @param normalised whether sums are divided by the number of tokens; the sum alone favours short answers
     * @param ownTokens  whether the tokens that answers come with are this model's; otherwise texts are tokenised for it
     */
    public LikelihoodReward(Policy base, boolean normalised, boolean ownTokens) {
        this.base = Objects.requireNonNull(base, "base");
        this.normalised = normalised;
        this.ownTokens = ownTokens;
    }

    @Override
    public List<double[]> score(List<Question> questions) {
        return questions.stream().map(this::score).toList();
    }

    private double[] score(Question question) {
        List<Encoding> encoded = question.answers().stream().map(a -> encode(question.prompt(), a)).toList();
        double[] scores = new double[encoded.size()];
        for (int from = 0; from < scores.length;) {
            int to = from;
            int tokens = encoded.get(from).prompt().length;
            while (to < scores.length && (to == from || tokens + encoded.get(to).response().length <= TOKENS)
                    && Arrays.equals(encoded.get(to).prompt(), encoded.get(from).prompt())) {
                tokens += encoded.get(to++).response().length;
            }
            score(encoded.subList(from, to), scores, from);
            from = to;
        }
        return scores;
    }

    /** Answers that share the prompt's tokens, in one pass. */
    private void score(List<Encoding> encoded, double[] scores, int at) {
        List<Group.Response> responses = new ArrayList<>();
        encoded.forEach(e -> responses.add(new Group.Response(e.response(), Double.NaN, null, e.ended())));
        PackedBatch batch = PackedBatch.of(List.of(new Group(new Location("candidates", at), encoded.get(0).prompt(), responses)));
        double[] logProbs = base.model().logProbs(batch);
        for (int r = 0; r < responses.size(); r++) {
            double[] own = batch.slice(logProbs, 0, r);
            scores[at + r] = Arrays.stream(own).sum() / (normalised ? own.length : 1);
        }
    }

    private Encoding encode(Text prompt, Answer answer) {
        if (ownTokens && answer.ids() != null) {
            return nonEmpty(new Encoding(base.encoder().encodePrompt(prompt), answer.ids(), answer.ended()));
        }
        return nonEmpty(base.encoder().encode(prompt, new Text.Plain(answer.text())));
    }

    private static Encoding nonEmpty(Encoding e) {
        if (e.response().length == 0) {
            throw new UserException("An answer has no token, so that it has no likelihood. Leave empty answers out.");
        }
        return e;
    }

    @Override
    public String name() {
        return "log-probability" + (normalised ? " per token" : "");
    }

    @Override
    public String digest() {
        return Digests.sha256(("likelihood 1 " + normalised + ' ' + ownTokens + ' ' + base.identity()).getBytes(StandardCharsets.UTF_8));
    }
}
