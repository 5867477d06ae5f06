package org.align4j.recipes.eval;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.UserException;
import org.align4j.core.data.Text;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.recipes.recipe.RewardSpec;
import org.align4j.recipes.run.ModelSession;
import org.align4j.recipes.run.PromptData;
import org.align4j.rewardmodels.evaluate.Rate;
import org.align4j.rewardmodels.internal.PromptText;
import org.align4j.rewardmodels.sampling.Policy;
import org.align4j.rewardmodels.sampling.PolicySampler;
import org.align4j.rewardmodels.sampling.Prompt;
import org.align4j.rewardmodels.sampling.Sampled;
import org.align4j.rewardmodels.sampling.SampledAnswer;
import org.align4j.rewardmodels.sampling.SampledPrompt;
import org.align4j.rewardmodels.sampling.SamplingListener;
import org.align4j.rewardmodels.sampling.SamplingSettings;
import org.align4j.rewardmodels.verifier.Verdict;
import org.align4j.rewardmodels.verifier.Verifier;
import org.align4j.rewardmodels.verifier.VerifierReward;
import org.align4j.rewardmodels.verifier.Verifiers;

/** Lets a model answer and judges the answers by a rule. */
final class ExactMatches {
    private ExactMatches() {}

    /** {@code exact_match}: right and ended of themselves; {@code format_valid}: in the form asked for, right or not. */
    static List<Figure> of(EvalSpec.ExactMatch spec, ModelSession session, long seed, Path cache, SamplingListener listener) {
        VerifierReward rule = Verifiers.of(((RewardSpec.Rule) spec.verifier()).verifier());
        int room = session.config().maxPositions() - spec.maxNewTokens();
        if (room < 1) {
            throw new UserException("An answer of up to " + spec.maxNewTokens() + " tokens leaves a model of " + session.config().maxPositions()
                    + " positions no room for a prompt. Lower exact_match.max_new_tokens.");
        }
        List<Prompt> prompts = PromptData.load(spec.prompts(), session, room, rule.needsReference(), spec.answerField(), seed).prompts();
        long without = prompts.stream().filter(p -> p.reference() == null).count();
        if (rule.needsReference() && without > 0) {
            throw new UserException("exact_match compares answers with reference answers, and " + without + " of " + prompts.size() + " prompts have none. Give rows with a field"
                    + " answer or a response, or name the field with answer_field.");
        }
        SamplingOptions options = SamplingOptions.greedy(spec.maxNewTokens()).withTemperature(spec.temperature());
        Policy policy = new Policy(session.model(), session.encoder());
        Sampled sampled = new PolicySampler(policy, SamplingSettings.of(spec.samples(), options, seed)).sample(prompts, cache, listener);
        long[] counts = new long[3];
        sampled.forEach(p -> count(p, rule.verifier(), counts));
        return List.of(Figure.rate("exact_match", new Rate(counts[1], counts[0]), true), Figure.rate("format_valid", new Rate(counts[2], counts[0]), true));
    }

    /** Adds to: answers, right ones, those in the right form. */
    private static void count(SampledPrompt prompt, Verifier rule, long[] counts) {
        String asked = prompt.prompt().text() instanceof Text.Ids ? "" : PromptText.of(prompt.prompt().text());
        for (SampledAnswer a : prompt.answers()) {
            Verdict v = rule.verify(asked, a.answer(), prompt.prompt().reference());
            counts[0]++;
            counts[1] += a.ended() && v.correct() ? 1 : 0;
            counts[2] += a.ended() && v.formatValid() ? 1 : 0;
        }
    }
}
