package org.align4j.recipes.eval;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.UserException;
import org.align4j.core.data.DataReport;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.core.model.config.Position;
import org.align4j.recipes.run.Encoders;
import org.align4j.recipes.run.ModelSession;
import org.align4j.rewardmodels.sampling.Policy;
import org.align4j.rewardmodels.sampling.SamplingListener;
import org.align4j.rewardmodels.sampling.SamplingSettings;

/** A loaded model that is being measured. */
final class Subject {
    private final String name;
    private final ModelSession session;
    private final long seed;
    private final Path cache;
    private final SamplingListener listener;
    private final Policy policy;
    private final Map<Path, DataReport> reports = new LinkedHashMap<>();

    /**
     * @param name     in results
     * @param seed     of sampled answers
     * @param cache    where answers and likelihoods are kept
     * @param listener told of progress; may ask to stop
     */
    Subject(String name, ModelSession session, long seed, Path cache, SamplingListener listener) {
        this.name = name;
        this.session = session;
        this.seed = seed;
        this.cache = cache;
        this.listener = listener;
        this.policy = new Policy(session.model(), Encoders.orIds(session, Path.of("The data of " + name)));
    }

    String name() {
        return name;
    }

    ModelSession session() {
        return session;
    }

    Policy policy() {
        return policy;
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

    /** Most tokens of prompt and response together; 0 for any number. */
    int positions() {
        return session.config().position() == Position.LEARNED ? session.config().maxPositions() : 0;
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

    /** What its results depend on, as nested maps. */
    Map<String, Object> identity() {
        return new TreeMap<>(policy.identity());
    }
}
