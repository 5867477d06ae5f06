package org.align4j.recipes.eval;

import java.util.List;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.core.data.Text;
import org.align4j.recipes.recipe.DataSource;
import org.align4j.recipes.run.PromptData;
import org.align4j.rewardmodels.internal.PromptText;
import org.align4j.rewardmodels.sampling.PolicySampler;
import org.align4j.rewardmodels.sampling.Prompt;
import org.align4j.rewardmodels.sampling.Sampled;

/** Lets a model answer prompts. */
final class Sampling {
    private Sampling() {}

    /** The prompts of a source that leave room for an answer. */
    static List<Prompt> prompts(EvalSpec spec, DataSource source, EvalSpec.Answers answers, boolean references, Optional<String> field, Subject subject) {
        PromptData data = PromptData.load(source, subject.session(), subject.room(spec, answers), references, field, subject.seed());
        subject.reports().putAll(data.reports());
        long without = data.prompts().stream().filter(p -> p.reference() == null).count();
        if (references && without > 0) {
            throw new UserException(spec.kind() + " compares answers with reference answers, and " + without + " of " + data.prompts().size() + " prompts have none. Give rows with a"
                    + " field answer or a response, or name the field with answer_field.");
        }
        return data.prompts();
    }

    /** How much there is to sample. */
    static String words(int prompts, EvalSpec.Answers answers) {
        return String.format(java.util.Locale.ROOT, "%,d answers to %,d prompts", (long) prompts * answers.samples(), prompts);
    }

    /** The answers, found on disk or sampled. */
    static Sampled answers(List<Prompt> prompts, EvalSpec.Answers answers, Subject subject) {
        return new PolicySampler(subject.policy(), subject.sampling(answers)).sample(prompts, subject.cache(), subject.listener());
    }

    /** The prompt as text; empty where it is token ids. */
    static String text(Prompt prompt) {
        return prompt.text() instanceof Text.Ids ? "" : PromptText.of(prompt.text());
    }

    /** The same for every model, whatever its tokenizer. */
    static String id(Prompt prompt, Losses.Ids ids) {
        return ids.of(Losses.key(prompt.text()));
    }
}
