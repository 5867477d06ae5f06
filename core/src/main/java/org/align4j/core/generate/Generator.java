package org.align4j.core.generate;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.align4j.core.UserException;
import org.align4j.core.generate.internal.CachePlan;
import org.align4j.core.generate.internal.Drafter;
import org.align4j.core.generate.internal.Engine;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.model.config.Position;

/**
 * Samples continuations of prompts, many at once.
 *
 * <p>Every prompt is computed and stored once for all its samples; nothing is padded; a finished continuation leaves the batch at once and
 * the next takes its place. The tokens of a continuation depend on its prompt, its request's seed and its sample index, not on what else is in
 * the batch: products are made of at least {@link org.align4j.core.backend.PackedMatrix#ROWS} rows, for which oneDNN's kernels were found to add up in one order on
 * processors with AVX-512's bfloat16 instructions, prompts are cut at the same places, and attention is computed sequence by sequence. There, tokens and
 * log-probabilities are the same bits. Elsewhere, and with an adapter, roundings may differ, which matters where a random number falls that close to a boundary. A
 * different {@link BatchLimits#prefillTokens} may move roundings too, where it cuts a prompt. With the same requests, options and limits on one machine the results
 * are the same to the bit everywhere.
 *
 * <p>The model may be trained between calls. The thread that drives the model's backend must make the calls; nothing is held between them.
 */
public final class Generator {
    private final Transformer model;
    private final SamplingOptions options;
    private final BatchLimits limits;
    private final StopRule stopRule;
    private final Consumer<Progress> progress;

    public Generator(Transformer model, SamplingOptions options) {
        this(model, options, BatchLimits.DEFAULT, StopRule.NEVER, p -> { });
    }

    /**
     * @param stopRule may end a continuation after any token
     * @param progress told after every pass over the model
     * @throws UserException if a stop token is not in the vocabulary
     */
    public Generator(Transformer model, SamplingOptions options, BatchLimits limits, StopRule stopRule, Consumer<Progress> progress) {
        this.model = model;
        this.options = options;
        this.limits = limits;
        this.stopRule = stopRule;
        this.progress = progress;
        int vocabulary = model.config().vocabSize();
        for (int id : options.stopTokens()) {
            if (id < 0 || id >= vocabulary) {
                throw new UserException("Stop token " + id + " is not in the vocabulary: ids from 0 to " + (vocabulary - 1)
                        + " are. Check that the tokenizer belongs to the model.");
            }
        }
    }

    public Generator withLimits(BatchLimits other) {
        return new Generator(model, options, other, stopRule, progress);
    }

    public Generator withStopRule(StopRule other) {
        return new Generator(model, options, limits, other, progress);
    }

    public Generator withProgress(Consumer<Progress> other) {
        return new Generator(model, options, limits, stopRule, other);
    }

    /**
     * All samples of all requests: those of the first request in order, those of the second, and so on.
     *
     * @throws UserException before any work if a prompt holds an id that is not in the vocabulary, or with its continuation would exceed
     *                       the learned positions of the model, or the cache would be too large to address
     */
    public List<Result> generate(List<Request> requests) {
        return requests.isEmpty() ? List.of() : generate(requests, null);
    }

    /** @param drafter proposes tokens; or null */
    List<Result> generate(List<Request> requests, Drafter drafter) {
        check(requests, model.config(), "this model");
        Set<Integer> stops = new HashSet<>(options.stopTokens());
        if (options.stopAtEos()) {
            stops.addAll(model.config().eosIds());
        }
        return new Engine(model, requests, options, stops, limits, stopRule, progress, drafter).run();
    }

    /** Bytes of the cache a call with these requests takes. A copy of the weights in the type of operands comes on top ({@link org.align4j.core.model.Decoder}). */
    public long cacheBytes(List<Request> requests) {
        return requests.isEmpty() ? 0 : plan(requests).bytes(model.config());
    }

    CachePlan plan(List<Request> requests) {
        return CachePlan.of(requests, options.maxNewTokens(), limits.maxBatch());
    }

    Transformer model() {
        return model;
    }

    void check(List<Request> requests, ModelConfig config, String which) {
        for (int r = 0; r < requests.size(); r++) {
            int[] prompt = requests.get(r).prompt();
            for (int i = 0; i < prompt.length; i++) {
                if (prompt[i] < 0 || prompt[i] >= config.vocabSize()) {
                    throw new UserException("Prompt " + r + " holds id " + prompt[i] + " at index " + i + ", but the vocabulary ends at "
                            + (config.vocabSize() - 1) + ". Check that the tokenizer belongs to the model.");
                }
            }
            // The last token sampled is never fed back, so it takes no position.
            long length = (long) prompt.length + options.maxNewTokens() - 1;
            if (config.position() == Position.LEARNED && length > config.maxPositions()) {
                throw new UserException("Prompt " + r + " has " + prompt.length + " tokens and may be continued by " + options.maxNewTokens()
                        + ", which takes " + length + " positions; " + which + " has " + config.maxPositions()
                        + ". Shorten the prompt or set maxNewTokens to at most " + Math.max(0, config.maxPositions() - prompt.length + 1) + ".");
            }
        }
    }
}
