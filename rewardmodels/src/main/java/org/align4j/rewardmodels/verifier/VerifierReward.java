package org.align4j.rewardmodels.verifier;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.align4j.core.UserException;
import org.align4j.core.data.Text;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;
import org.align4j.rewardmodels.internal.PromptText;

/**
 * A verifier as a reward, for reinforcement learning with verifiable rewards
 * (<a href="https://arxiv.org/abs/2411.15124">Lambert et al., Tülu 3, 2024</a>). May be used by several threads.
 */
public final class VerifierReward implements Reward {
    private final Verifier verifier;
    private final VerifierScores scores;
    private final String name;
    private final String digest;

    /**
     * {@link Verifiers#of} makes one from a description.
     *
     * @param name   in a few words, for reports
     * @param digest identity of all that verdicts and scores depend on
     */
    public VerifierReward(Verifier verifier, VerifierScores scores, String name, String digest) {
        this.verifier = Objects.requireNonNull(verifier, "verifier");
        this.scores = Objects.requireNonNull(scores, "scores");
        this.name = Objects.requireNonNull(name, "name");
        this.digest = Objects.requireNonNull(digest, "digest");
    }

    @Override
    public List<double[]> score(List<Question> questions) {
        List<double[]> out = new ArrayList<>(questions.size());
        for (int q = 0; q < questions.size(); q++) {
            Question question = questions.get(q);
            List<Verdict> verdicts = verdicts(question, q);
            double[] values = new double[verdicts.size()];
            for (int a = 0; a < values.length; a++) {
                values[a] = scores.of(verdicts.get(a), question.answers().get(a).ended());
            }
            out.add(values);
        }
        return out;
    }

    private List<Verdict> verdicts(Question question, int index) {
        if (verifier.needsReference() && question.reference() == null) {
            throw new UserException("The verifier " + name + " compares with a reference answer, and question " + index + " (" + start(question)
                    + ") has none. Give each prompt its answer, or choose a verifier that needs none, such as regex, json_schema or length.");
        }
        String prompt = question.prompt() instanceof Text.Ids ? "" : PromptText.of(question.prompt());
        List<Verdict> verdicts = new ArrayList<>();
        for (Answer answer : question.answers()) {
            if (question.prompt() instanceof Text.Ids && answer.text().isEmpty() && answer.ids() != null && answer.ids().length > 0
                    && !(verifier instanceof LengthVerifier length && length.unit() == LengthVerifier.Unit.TOKENS)) {
                throw new UserException("The verifier " + name + " judges text, but question " + index + " has answers that are token ids alone. Give them as text.");
            }
            try {
                verdicts.add(verifier.verify(prompt, answer, question.reference()));
            } catch (IllegalArgumentException e) {
                throw new UserException("The verifier " + name + " cannot judge question " + index + " (" + start(question) + "): " + e.getMessage() + ".", e);
            }
        }
        return verdicts;
    }

    private static String start(Question question) {
        String text = question.prompt() instanceof Text.Ids ? "token ids" : PromptText.of(question.prompt()).strip().replaceAll("\\s+", " ");
        return "\"" + (text.length() > 60 ? text.substring(0, 60) + "…" : text) + "\"";
    }

    /** What gives the verdicts, for reports of accuracy beside those of reward. */
    public Verifier verifier() {
        return verifier;
    }

    /** Whether questions must have a reference answer. */
    public boolean needsReference() {
        return verifier.needsReference();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String digest() {
        return digest;
    }
}
