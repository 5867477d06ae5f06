package org.align4j.recipes.eval;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.recipes.recipe.RewardSpec;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.evaluate.PassAtK;
import org.align4j.rewardmodels.sampling.Prompt;
import org.align4j.rewardmodels.sampling.SampledAnswer;
import org.align4j.rewardmodels.sampling.SampledPrompt;
import org.align4j.rewardmodels.verifier.Verdict;
import org.align4j.rewardmodels.verifier.VerifierReward;
import org.align4j.rewardmodels.verifier.Verifiers;

/**
 * Lets a model answer and judges the answers by a rule. {@code exact_match}: right and ended of themselves; {@code format_valid}: in the form asked for, right or not;
 * {@code pass_at_k}: the unbiased estimate 1 − C(n − c, k) ÷ C(n, k) of c right ones among n.
 */
record ExactMatches(EvalSpec.ExactMatch spec) implements EvalWork {

    @Override
    public String look(Subject subject) {
        return Sampling.words(prompts(subject).size(), spec.answers());
    }

    private VerifierReward rule() {
        return Verifiers.of(((RewardSpec.Rule) spec.verifier()).verifier());
    }

    private List<Prompt> prompts(Subject subject) {
        return Sampling.prompts(spec, spec.prompts(), spec.answers(), rule().needsReference(), spec.answerField(), subject);
    }

    @Override
    public List<Item> measure(Subject subject) {
        VerifierReward rule = rule();
        List<Prompt> prompts = prompts(subject);
        List<Item> items = new ArrayList<>();
        Losses.Ids ids = new Losses.Ids();
        Sampling.answers(prompts, spec.answers(), subject).forEach(p -> items.add(item(p, rule, Sampling.id(p.prompt(), ids))));
        return items;
    }

    private Item item(SampledPrompt p, VerifierReward rule, String id) {
        String asked = Sampling.text(p.prompt());
        double n = p.answers().size();
        double right = 0;
        double valid = 0;
        double ended = 0;
        double tokens = 0;
        for (SampledAnswer a : p.answers()) {
            Verdict v = rule.verifier().verify(asked, a.answer(), p.prompt().reference());
            right += a.ended() && v.correct() ? 1 : 0;
            valid += a.ended() && v.formatValid() ? 1 : 0;
            ended += a.ended() ? 1 : 0;
            tokens += a.ids().length;
        }
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("right", right / n);
        values.put("format_valid", valid / n);
        values.put("ended", ended / n);
        values.put("tokens", tokens / n);
        values.put("samples", n);
        for (int k : ks()) {
            values.put("pass_at_" + k, new PassAtK.Attempts((int) n, (int) right).passAt(k));
        }
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("prompt", asked);
        texts.put("answer", p.answers().get(0).text());
        texts.put("reference", String.valueOf(p.prompt().reference()));
        return new Item(id, Losses.key(p.prompt().text()), values, texts);
    }

    private List<Integer> ks() {
        if (spec.passAtK().isPresent()) {
            return spec.passAtK().get();
        }
        List<Integer> ks = new ArrayList<>();
        for (int k = 1; k <= spec.answers().samples() && spec.answers().samples() > 1; k *= 2) {
            ks.add(k);
        }
        return ks;
    }

    @Override
    public Optional<String> right() {
        return Optional.of("right");
    }

    @Override
    public List<Estimator> estimators(Bootstrap bootstrap) {
        List<Estimator> all = new ArrayList<>(List.of(Ratio.share("exact_match", "right", true), Ratio.share("format_valid", "format_valid", true)));
        ks().forEach(k -> all.add(Ratio.share("pass_at_" + k, "pass_at_" + k, true)));
        all.add(Ratio.share("ended", "ended", true));
        all.add(Ratio.mean("answer_tokens", "tokens", false).neutral());
        return all;
    }
}
