package org.align4j.rewardmodels.ranker;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.align4j.core.io.Digests;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;
import org.align4j.rewardmodels.internal.PromptText;

/**
 * A language model as judge of one answer: the score is P("Good") among {"Good", "Bad"} as the next token, in [0, 1]; the pointwise alternative of SLiC-HF
 * (<a href="https://arxiv.org/abs/2305.10425">Zhao et al., 2023</a>).
 */
public final class GoodBadReward implements Reward {
    private final JudgeModel judge;
    private final JudgeTemplate template;
    private final WordChoice choice;

    /** @param judge closed with this reward */
    public GoodBadReward(JudgeModel judge, JudgeTemplate template) {
        this.judge = Objects.requireNonNull(judge, "judge");
        this.template = Objects.requireNonNull(template, "template");
        this.choice = new WordChoice(judge, template);
    }

    @Override
    public List<double[]> score(List<Question> questions) {
        List<double[]> out = new ArrayList<>(questions.size());
        for (Question q : questions) {
            String prompt = PromptText.of(q.prompt());
            out.add(choice.yes(q.answers().stream().map(a -> template.fill(prompt, a.text())).toList(), q.answers().size()));
        }
        return out;
    }

    @Override
    public String name() {
        return "judge " + judge.name() + ", one answer at a time";
    }

    @Override
    public String digest() {
        return Digests.sha256(("judge of answers 1\n" + judge.digest() + "\n" + template).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        judge.close();
    }
}
