package org.align4j.examples.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.generate.BatchLimits;
import org.align4j.core.generate.Generator;
import org.align4j.core.generate.Request;
import org.align4j.core.generate.Result;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.core.generate.StopRule;
import org.align4j.core.model.FreshWeights;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.train.AdamW;
import org.align4j.core.train.LrSchedule;
import org.align4j.core.train.Reference;
import org.align4j.core.train.Streams;
import org.align4j.core.train.TrainListener;
import org.align4j.core.train.TrainSettings;
import org.align4j.core.train.Trainer;
import org.align4j.losses.Loss;
import org.align4j.losses.supervised.NllLoss;

/** A tiny Llama that answers the task, and how it is trained and sampled. */
final class Policy implements AutoCloseable {
    private static final ModelConfig CONFIG = ModelConfig.freshLlama(SortingTask.VOCABULARY, 64, 160, 2, 4, 4, 32, true);
    private static final BatchLimits LIMITS = new BatchLimits(256, 4096);

    private final Backend backend;
    private final Parameters weights;

    private Policy(Backend backend, Parameters weights) {
        this.backend = backend;
        this.weights = weights;
    }

    static ModelConfig config() {
        return CONFIG;
    }

    static Policy fresh(Backend backend, long seed) {
        Parameters weights = new Parameters(backend, new ParameterLayout(CONFIG), DType.F32);
        FreshWeights.draw(CONFIG, weights, Streams.of(seed, "init", 0));
        return new Policy(backend, weights);
    }

    Policy copy() {
        return new Policy(backend, weights.copy(DType.F32));
    }

    Parameters weights() {
        return weights;
    }

    /** Imitates the first response of every group. */
    Policy imitate(List<Group> data, int epochs, double learningRate, long seed) {
        train(new NllLoss(), data, epochs, 32, learningRate, seed, () -> { });
        return this;
    }

    /**
     * Trains with any loss, against itself as it was before where the loss has a reference, and keeps what it was after the best epoch.
     *
     * @param value says what the policy is worth, from its own responses
     * @return the best epoch, from 1
     */
    int prefer(Loss loss, List<Group> data, int epochs, int batch, double learningRate, long seed, ToDoubleFunction<Policy> value) {
        int[] epoch = {0, 0};
        double[] best = {Double.NEGATIVE_INFINITY};
        try (Parameters kept = weights.copy(DType.F32)) {
            train(loss, data, epochs, batch, learningRate, seed, () -> {
                epoch[0]++;
                double now = value.applyAsDouble(this);
                if (now > best[0]) {
                    best[0] = now;
                    epoch[1] = epoch[0];
                    kept.copyFrom(weights);
                }
            });
            weights.copyFrom(kept);
        }
        return epoch[1];
    }

    private void train(Loss loss, List<Group> data, int epochs, int batch, double learningRate, long seed, Runnable afterEpoch) {
        long each = TrainSettings.steps(data.size(), batch, 1.0, null);
        long steps = TrainSettings.steps(data.size(), batch, (double) epochs, null);
        LrSchedule schedule = new LrSchedule(LrSchedule.Shape.COSINE, learningRate, (int) Math.ceil(0.1 * steps), steps, 0.05);
        TrainSettings settings = new TrainSettings(steps, batch, 8192, schedule, AdamW.Settings.DEFAULT, 0, 0, 1, 50, seed, 0);
        try (Parameters gradients = new Parameters(backend, weights.layout(), DType.F32);
                Reference reference = Reference.frozen(new Transformer(CONFIG, weights.copy(DType.F32), null));
                Trainer trainer = new Trainer(new Transformer(CONFIG, weights, gradients), loss, reference, data, settings, new TrainListener() {
                    @Override
                    public void onStep(long step, long total, double value, Map<String, Double> metrics, long tokens, double seconds) {
                        if (step % each == 0) {
                            afterEpoch.run();
                        }
                    }
                })) {
            trainer.run();
        }
    }

    /** Responses to every prompt, at a temperature (0 for the likeliest), independent of each other. */
    List<List<int[]>> sample(List<int[]> prompts, int each, double temperature, long seed) {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            requests.add(new Request(prompts.get(i), each, Streams.of(seed, "sampling", i).nextLong()));
        }
        SamplingOptions options = new SamplingOptions(SortingTask.MAX_TOKENS, temperature, 0, 1, 0, Set.of(SortingTask.END), false);
        List<List<int[]>> all = new ArrayList<>();
        prompts.forEach(p -> all.add(new ArrayList<>()));
        for (Result r : new Generator(new Transformer(CONFIG, weights, null), options, LIMITS, StopRule.NEVER, p -> { }).generate(requests)) {
            all.get(r.request()).add(r.tokens());
        }
        return all;
    }

    /** A group of responses to one prompt. */
    static Group group(int index, int[] prompt, List<int[]> responses, double[] scores) {
        List<Group.Response> list = new ArrayList<>();
        for (int k = 0; k < responses.size(); k++) {
            int[] ids = responses.get(k);
            list.add(new Group.Response(ids, scores == null ? Double.NaN : scores[k], null, ids[ids.length - 1] == SortingTask.END));
        }
        return new Group(new Location("task", index + 1L), prompt, list);
    }

    @Override
    public void close() {
        weights.close();
    }
}
