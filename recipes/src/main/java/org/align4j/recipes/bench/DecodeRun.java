package org.align4j.recipes.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.generate.BatchLimits;
import org.align4j.core.generate.Generator;
import org.align4j.core.generate.Progress;
import org.align4j.core.generate.Request;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.core.generate.StopRule;
import org.align4j.core.model.FreshWeights;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.train.Streams;

/**
 * Decoding with random weights, measured in this process: so many different prompts at once, each continued by so many tokens, sampled at temperature 1
 * with log-probabilities. The time is that between the pass that computed the last prompt and the last token.
 */
final class DecodeRun implements AutoCloseable {
    private final ModelConfig config;
    private final Parameters values;
    private final Transformer model;
    private final int prompt;
    private final int tokens;
    private final Runnable decoding;

    /**
     * @param prompt   tokens of a prompt
     * @param tokens   tokens sampled after each
     * @param decoding run whenever the last prompt of a batch has been computed
     */
    DecodeRun(BenchShape shape, Backend backend, int prompt, int tokens, Runnable decoding) {
        config = shape.config(prompt + tokens);
        values = new Parameters(backend, new ParameterLayout(config), DType.F32);
        FreshWeights.draw(config, values, Streams.of(0, "init", 0));
        model = new Transformer(config, values, null);
        this.prompt = prompt;
        this.tokens = tokens;
        this.decoding = decoding;
    }

    /** Bytes of all weights in bfloat16. */
    double bytes() {
        return 2.0 * values.layout().size();
    }

    /** Tokens per second of a batch while all of it is decoded. */
    double tokensPerSecond(int batch) {
        RandomGenerator random = Streams.of(1, "sampling", batch);
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < batch; i++) {
            requests.add(Request.of(random.ints(prompt, 0, config.vocabSize()).toArray(), i));
        }
        List<long[]> passes = new ArrayList<>();
        SamplingOptions options = SamplingOptions.plain(tokens).withStopAtEos(false);
        new Generator(model, options, new BatchLimits(batch, BatchLimits.DEFAULT.prefillTokens()), StopRule.NEVER,
                p -> {
                    if (waiting(p) == 0) {
                        if (passes.isEmpty()) {
                            decoding.run();
                        }
                        passes.add(new long[] {System.nanoTime(), p.tokens()});
                    }
                }).generate(requests);
        long[] first = passes.get(0);
        long[] last = passes.get(passes.size() - 1);
        return (last[1] - first[1]) / ((last[0] - first[0]) * 1e-9);
    }

    /** Continuations that have not begun. */
    private static long waiting(Progress p) {
        return p.total() - p.done() - p.live();
    }

    /** Medians over rounds of all batches in turn, after so many seconds that are not counted. */
    double[] medians(int[] batches, int rounds, double warmSeconds) {
        long until = System.nanoTime() + (long) (warmSeconds * 1e9);
        do {
            for (int b : batches) {
                tokensPerSecond(b);
            }
        } while (System.nanoTime() < until);
        double[][] found = new double[batches.length][rounds];
        for (int r = 0; r < rounds; r++) {
            for (int b = 0; b < batches.length; b++) {
                found[b][r] = tokensPerSecond(batches[b]);
            }
        }
        return Arrays.stream(found).mapToDouble(f -> Arrays.stream(f).sorted().toArray()[rounds / 2]).toArray();
    }

    @Override
    public void close() {
        values.close();
    }
}
