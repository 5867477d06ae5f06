package org.align4j.rewardmodels.sampling;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.align4j.core.UserException;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.generate.BatchLimits;
import org.align4j.core.generate.Generator;
import org.align4j.core.generate.Progress;
import org.align4j.core.generate.Request;
import org.align4j.core.generate.Result;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.core.generate.StopRule;
import org.align4j.core.io.Digests;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.WeightFiles;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.model.config.Position;
import org.align4j.core.text.Continued;
import org.align4j.core.text.ModelTextEncoder;

/**
 * A model that is sampled, with its tokenizer.
 *
 * @param model   must not change while it is in use here
 * @param encoder its tokenizer
 * @param limits  bounds of the generator's memory; they decide which answers are computed together, and so the last bits of log-probabilities
 */
public record Policy(Transformer model, TextEncoder encoder, BatchLimits limits) {
    public Policy {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(encoder, "encoder");
        Objects.requireNonNull(limits, "limits");
    }

    public Policy(Transformer model, TextEncoder encoder) {
        this(model, encoder, BatchLimits.DEFAULT);
    }

    /** What answers depend on: SHA-256 of the weights and of an adapter's, the architecture, the tokenizer, and how products are computed. */
    public Map<String, Object> identity() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("policy", WeightFiles.digest(model.values()));
        if (model.adapter() != null) {
            m.put("adapter", model.adapter().description() + " " + WeightFiles.digest(model.adapter().values()));
        }
        m.put("architecture", Digests.sha256(model.config().toJson().getBytes(StandardCharsets.UTF_8)));
        m.put("backend", model.backend().name() + " " + model.backend().precision());
        m.put("tokenizer", encoder instanceof ModelTextEncoder t ? t.digest() : "none");
        m.put("batch", limits.maxBatch() + " " + limits.prefillTokens());
        return m;
    }

    /** The answers to every request. Text is as it reads after the prompt. */
    List<List<SampledAnswer>> answer(List<Request> requests, SamplingOptions options, List<String> stop, Consumer<Progress> progress) {
        StopRule rule = stop.isEmpty() ? StopRule.NEVER : StopRule.text(encoder::decode, stop);
        Generator generator = new Generator(model, options.withStopTokens(ends(options)), limits, rule, progress);
        List<List<SampledAnswer>> answers = new ArrayList<>();
        requests.forEach(r -> answers.add(new ArrayList<>(r.samples())));
        for (Result r : generator.generate(requests)) {
            String text = new Continued(encoder, requests.get(r.request()).prompt(), stop).whole(r.content());
            answers.get(r.request()).add(new SampledAnswer(text, r.tokens(), r.logProb(), r.reason(), Double.NaN));
        }
        return answers;
    }

    /** The stop tokens asked for and those that end a turn in this model's vocabulary. */
    private Set<Integer> ends(SamplingOptions options) {
        Set<Integer> ends = ModelTextEncoder.endIds(encoder, model.config().vocabSize());
        ends.addAll(options.stopTokens());
        return ends;
    }

    /** Refuses prompts that the model has no positions for, before any work. */
    void requireRoom(List<Prompt> prompts, int maxNewTokens) {
        ModelConfig config = model.config();
        for (int i = 0; i < prompts.size() && config.position() == Position.LEARNED; i++) {
            long length = prompts.get(i).ids().length + maxNewTokens - 1L;
            if (length > config.maxPositions()) {
                throw new UserException("Prompt " + (i + 1) + " has " + prompts.get(i).ids().length + " tokens and may be continued by " + maxNewTokens + ", which takes "
                        + length + " positions; this model has " + config.maxPositions() + ". Leave the prompt out, or set max_new_tokens to at most "
                        + Math.max(0, config.maxPositions() - prompts.get(i).ids().length + 1) + ".");
            }
        }
    }
}
