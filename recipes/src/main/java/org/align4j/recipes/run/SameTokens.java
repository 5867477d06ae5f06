package org.align4j.recipes.run;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.io.Digests;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;

/** A reward model that reads the tokens of the policy it was trained from: prompts as the policy's encoder writes them, answers as they were sampled. */
record SameTokens(Reward inner, TextEncoder encoder) implements Reward {

    @Override
    public List<double[]> score(List<Question> questions) {
        return inner.score(questions.stream().map(this::tokens).toList());
    }

    private Question tokens(Question q) {
        boolean known = q.answers().stream().allMatch(a -> a.ids() != null);
        return known ? new Question(new Text.Ids(encoder.encodePrompt(q.prompt())), q.answers(), q.reference()) : q;
    }

    @Override
    public String name() {
        return inner.name();
    }

    @Override
    public String digest() {
        return Digests.sha256(("the policy's tokens 1\n" + inner.digest()).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        inner.close();
    }
}
