package org.align4j.core.generate;

import java.util.List;
import java.util.function.Consumer;
import org.align4j.core.UserException;
import org.align4j.core.generate.internal.CachePlan;
import org.align4j.core.generate.internal.Drafter;
import org.align4j.core.model.Transformer;

/**
 * Samples as {@link Generator} does, faster where a small model foresees the large one: the draft model proposes {@code draftTokens} tokens one after
 * the other, the target model looks at all of them in one pass, and as many as possible are kept (Leviathan, Kalman and Matias,
 * <a href="https://arxiv.org/abs/2211.17192">Fast Inference from Transformers via Speculative Decoding</a>, 2023; Chen et al.,
 * <a href="https://arxiv.org/abs/2302.01318">Accelerating Large Language Model Decoding with Speculative Sampling</a>, 2023).
 *
 * <p>With p and q the target's and the draft's distributions of the next token, both after penalty, temperature and all cuts of the options, a proposed x is
 * accepted with probability min(1, p(x)/q(x)); the first that is not is replaced by a draw from (p − q)₊, normalised, and those after it are forgotten.
 * What comes out has the law of {@link Generator}'s continuations exactly, whatever the draft; greedy decoding gives the same tokens. The random numbers are
 * used differently, so that with sampling the continuations of one seed differ from {@link Generator}'s.
 *
 * <p>It pays where passes are bound by reading weights, that is for few sequences at once, and where the draft is much smaller and often right.
 */
public final class SpeculativeGenerator {
    private final Generator target;
    private final Transformer draft;
    private final int draftTokens;

    /**
     * @param draft       a model of the same vocabulary
     * @param draftTokens most tokens proposed at a time, at least 1; 3 to 6 are usual
     * @throws UserException if the vocabularies have different sizes
     */
    public SpeculativeGenerator(Transformer target, Transformer draft, int draftTokens, SamplingOptions options) {
        this(new Generator(target, options), draft, draftTokens);
    }

    private SpeculativeGenerator(Generator target, Transformer draft, int draftTokens) {
        this.target = target;
        this.draft = draft;
        this.draftTokens = draftTokens;
        int expected = target.model().config().vocabSize();
        if (draft.config().vocabSize() != expected) {
            throw new UserException("The draft model has a vocabulary of " + draft.config().vocabSize() + " tokens, the target model one of " + expected
                    + ". Speculative decoding needs one vocabulary for both; choose a smaller model of the same family as draft.");
        }
        if (draftTokens < 1) {
            throw new UserException("draftTokens must be at least 1, got " + draftTokens);
        }
    }

    public SpeculativeGenerator withLimits(BatchLimits other) {
        return new SpeculativeGenerator(target.withLimits(other), draft, draftTokens);
    }

    public SpeculativeGenerator withStopRule(StopRule other) {
        return new SpeculativeGenerator(target.withStopRule(other), draft, draftTokens);
    }

    public SpeculativeGenerator withProgress(Consumer<Progress> other) {
        return new SpeculativeGenerator(target.withProgress(other), draft, draftTokens);
    }

    /** As {@link Generator#generate}. */
    public Speculation generate(List<Request> requests) {
        if (requests.isEmpty()) {
            return new Speculation(List.of(), 0, 0, 0);
        }
        target.check(requests, draft.config(), "the draft model");
        Drafter drafter = new Drafter(draft, draftTokens);
        List<Result> results = target.generate(requests, drafter);
        return new Speculation(results, drafter.proposed(), drafter.accepted(), drafter.rounds());
    }

    /** Bytes of both models' caches in a call with these requests. */
    public long cacheBytes(List<Request> requests) {
        return requests.isEmpty() ? 0 : target.cacheBytes(requests) + plan(requests).bytes(draft.config());
    }

    private CachePlan plan(List<Request> requests) {
        return target.plan(requests);
    }
}
