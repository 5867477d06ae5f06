package org.align4j.recipes.eval;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.data.DataReport;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.recipes.run.Encoders;
import org.align4j.recipes.run.ModelSession;
import org.align4j.rewardmodels.sampling.Policy;
import org.align4j.rewardmodels.sampling.SamplingListener;
import org.align4j.rewardmodels.sampling.SamplingSettings;

/** A model that is being measured, or whose data are being looked at before. */
final class Subject {
    private final String name;
    private final String tokens;
    private final ModelSession session;
    private final long seed;
    private final Path cache;
    private final SamplingListener listener;
    private final TextEncoder encoder;
    private Policy policy;
    private final Map<Path, DataReport> reports = new LinkedHashMap<>();

    /**
     * @param name     in results
     * @param tokens   the same for models with the same tokens
     * @param seed     of sampled answers
     * @param cache    where answers and likelihoods are kept
     * @param listener told of progress; may ask to stop
     */
    Subject(String name, String tokens, ModelSession session, long seed, Path cache, SamplingListener listener) {
        this.name = name;
        this.tokens = tokens;
        this.session = session;
        this.seed = seed;
        this.cache = cache;
        this.listener = listener;
        this.encoder = Encoders.orIds(session, Path.of("The data of " + name));
    }

    String name() {
        return name;
    }

    String tokens() {
        return tokens;
    }

    ModelSession session() {
        return session;
    }

    /** What is sampled and asked; the weights must be loaded. */
    Policy policy() {
        if (policy == null) {
            policy = new Policy(session.model(), encoder);
        }
        return policy;
    }

    TextEncoder encoder() {
        return encoder;
    }

    long seed() {
        return seed;
    }

    Path cache() {
        return cache;
    }

    SamplingListener listener() {
        return listener;
    }

    /** What became of the rows of the files it was measured on. */
    Map<Path, DataReport> reports() {
        return reports;
    }

    /** Tokens a prompt may have before an answer. */
    int room(EvalSpec spec, EvalSpec.Answers answers) {
        int room = session.config().maxPositions() - answers.maxNewTokens();
        if (room < 1) {
            throw new UserException("An answer of up to " + answers.maxNewTokens() + " tokens leaves " + name + ", a model of " + session.config().maxPositions()
                    + " positions, no room for a prompt. Lower " + spec.kind() + ".max_new_tokens.");
        }
        return room;
    }

    SamplingSettings sampling(EvalSpec.Answers a) {
        SamplingSettings s = SamplingSettings.of(a.samples(), SamplingOptions.greedy(a.maxNewTokens()).withTemperature(a.temperature()), seed);
        return a.stop().map(s::withStop).orElse(s);
    }
}
