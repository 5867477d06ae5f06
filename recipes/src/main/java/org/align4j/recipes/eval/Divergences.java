package org.align4j.recipes.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.sampling.Prompt;
import org.align4j.rewardmodels.sampling.SampledAnswer;

/**
 * KL(π ‖ π_ref) over whole answers that π samples: with r_t = log π(y_t) − log π_ref(y_t), k1 = Σ_t r_t is unbiased and may be negative for one answer,
 * k3 = Σ_t (e^(−r_t) − 1 + r_t) is unbiased as well, never negative and usually steadier (<a href="http://joschu.net/blog/kl-approx.html">Schulman, 2020</a>).
 */
final class Divergences implements EvalWork {
    private final EvalSpec.Kl spec;
    private final String reference;
    private final Map<String, Sampled> sampled = new LinkedHashMap<>();
    private final Map<String, List<double[][]>> referred = new LinkedHashMap<>();

    /** A model's answers with its own log-probabilities. */
    private record Sampled(String tokens, List<Group> groups, List<double[][]> logProbs) {
        int highest() {
            return groups.stream().flatMap(g -> g.responses().stream()).flatMapToInt(r -> Arrays.stream(r.ids())).max().orElse(-1);
        }
    }

    Divergences(EvalSpec.Kl spec, String baseline) {
        this.spec = spec;
        this.reference = spec.reference().orElse(baseline);
    }

    @Override
    public String look(Subject subject) {
        return Sampling.words(prompts(subject).size(), spec.answers());
    }

    private List<Prompt> prompts(Subject subject) {
        return Sampling.prompts(spec, spec.prompts(), spec.answers(), false, java.util.Optional.empty(), subject);
    }

    @Override
    public List<Item> measure(Subject subject) {
        if (subject.name().equals(reference)) {
            return List.of();
        }
        List<Prompt> prompts = prompts(subject);
        List<Item> items = new ArrayList<>();
        List<Group> groups = new ArrayList<>();
        Losses.Ids ids = new Losses.Ids();
        Sampling.answers(prompts, spec.answers(), subject).forEach(p -> {
            String id = Sampling.id(p.prompt(), ids);
            for (int a = 0; a < p.answers().size(); a++) {
                SampledAnswer answer = p.answers().get(a);
                if (answer.ids().length > 0) {
                    groups.add(new Group(new Location("answers to " + spec.prompts().path().get(0), p.index() + 1), p.prompt().ids(),
                            List.of(new Group.Response(answer.ids(), Double.NaN, null, answer.ended()))));
                    items.add(new Item(a == 0 ? id : id + "/" + (a + 1), Losses.key(p.prompt().text()), Map.of("tokens", (double) answer.ids().length),
                            Map.of("prompt", Sampling.text(p.prompt()), "answer", answer.text())));
                }
            }
        });
        sampled.put(subject.name(), new Sampled(subject.tokens(), groups, Likelihoods.tokens(subject, groups)));
        return items;
    }

    @Override
    public String again() {
        return reference;
    }

    @Override
    public void again(Subject subject) {
        sampled.forEach((model, s) -> {
            if (s.tokens().equals(subject.tokens()) && s.highest() < subject.session().config().vocabSize()) {
                referred.put(model, Likelihoods.tokens(subject, s.groups()));
            } else {
                subject.listener().message("No divergence of " + model + " from " + reference + ": they have different tokens");
            }
        });
    }

    @Override
    public Map<String, List<Item>> complete(Map<String, List<Item>> measured, Completion completion) {
        Map<String, List<Item>> out = new LinkedHashMap<>();
        referred.forEach((model, logProbs) -> {
            List<Item> items = new ArrayList<>();
            for (int i = 0; i < logProbs.size(); i++) {
                double[] own = sampled.get(model).logProbs().get(i)[0];
                double[] other = logProbs.get(i)[0];
                double k1 = 0;
                double k3 = 0;
                for (int t = 0; t < own.length; t++) {
                    double r = own[t] - other[t];
                    k1 += r;
                    k3 += Math.expm1(-r) + r;
                }
                items.add(measured.get(model).get(i).with(Map.of("k1", k1, "k3", k3)));
            }
            out.put(model, items);
        });
        return out;
    }

    @Override
    public List<Estimator> estimators(Bootstrap bootstrap) {
        return List.of(Ratio.mean("kl_k1", "k1", false), Ratio.mean("kl_k3", "k3", false), Ratio.of("kl_k1_per_token", "k1", Ratio.TOKENS, false), Ratio.mean("answer_tokens", "tokens", false).neutral());
    }
}
