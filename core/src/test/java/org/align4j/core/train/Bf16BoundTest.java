package org.align4j.core.train;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Precision;
import org.align4j.core.backend.internal.onednn.OneDnnCpu;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.testing.Shared;
import org.align4j.core.testing.TinyModels;
import org.align4j.losses.supervised.NllLoss;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * How far bfloat16 matrix products lead away from float32 ones: see docs/precision.md for what was measured. Bounds are about three times that.
 */
class Bf16BoundTest {
    private static final int STEPS = 30;

    private static void assumeUnits(String backend) {
        assumeTrue(!backend.equals("onednn") || OneDnnCpu.bf16Units(), "skipped: this CPU has no bfloat16 matrix instructions");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nd4j", "onednn"})
    void logProbabilitiesStayClose(String backend) throws Exception {
        assumeUnits(backend);
        for (String family : List.of("llama-gqa-tied", "gpt2", "gemma")) {
            // The random Gemma has logits of ±30 where the others have ±6, and bfloat16 errs by a fraction of what it rounds.
            double bound = family.equals("gemma") ? 1.5 : 0.15;
            List<Group> groups = TinyModels.groups(3, 2, 12, 5);
            double[][] found = new double[2][];
            for (Precision p : Precision.values()) {
                TinyModels.with(TinyModels.config(family), TinyModels.backend(backend, p), 5, m -> found[p.ordinal()] = m.logProbs(PackedBatch.of(groups)));
            }
            double worst = 0;
            double squares = 0;
            for (int i = 0; i < found[0].length; i++) {
                worst = Math.max(worst, Math.abs(found[0][i] - found[1][i]));
                squares += Math.pow(found[0][i] - found[1][i], 2) / found[0].length;
            }
            String what = family + " on " + backend + ": largest difference " + worst + ", root mean square " + Math.sqrt(squares);
            assertTrue(worst > 0, what);
            assertTrue(worst < bound && Math.sqrt(squares) < bound / 3, what);
        }
    }

    /** Trained weights: what a user sees. */
    @ParameterizedTest
    @ValueSource(strings = {"nd4j", "onednn"})
    void trainedModelStaysClose(String backend) throws Exception {
        assumeUnits(backend);
        Path dir = Shared.path("models/stories260K");
        JsonNode cases = JsonMapper.shared().readTree(dir.resolve("golden.json").toFile()).get("cases");
        ModelConfig config = ModelConfig.read(dir);
        double worst = 0;
        double sum = 0;
        int tokens = 0;
        try (Backend b = TinyModels.backend(backend, Precision.BF16); Parameters values = ModelFiles.load(b, config, dir)) {
            for (JsonNode c : cases) {
                int[] ids = IntStream.range(0, c.get("ids").size()).map(i -> c.get("ids").get(i).asInt()).toArray();
                Group group = new Group(new Location("story", 1), new int[] {ids[0]}, List.of(TinyModels.response(Arrays.copyOfRange(ids, 1, ids.length))));
                double[] found = new Transformer(config, values, null).logProbs(PackedBatch.of(List.of(group)));
                for (int i = 0; i < found.length; i++) {
                    double d = found[i] - c.get("token_logprobs").get(i).asDouble();
                    worst = Math.max(worst, Math.abs(d));
                    sum += d;
                    tokens++;
                }
            }
        }
        String what = "largest difference " + worst + ", mean " + sum / tokens + " over " + tokens + " tokens";
        assertTrue(worst > 1e-4 && worst < 0.15 && Math.abs(sum / tokens) < 0.03, what);
    }

    /** Most two losses may differ, in nats. */
    private static final double CURVE = 0.05;

    @ParameterizedTest
    @ValueSource(strings = {"nd4j", "onednn"})
    void trainingCurvesFollow(String backend) throws Exception {
        assumeUnits(backend);
        double[] exact = curve(backend, Precision.FP32);
        double[] rounded = curve(backend, Precision.BF16);
        String what = Arrays.toString(exact) + " " + Arrays.toString(rounded);
        assertTrue(exact[STEPS - 1] < 0.6 * exact[0], "the task must be learned: " + what);
        double worst = 0;
        for (int s = 0; s < STEPS; s++) {
            worst = Math.max(worst, Math.abs(exact[s] - rounded[s]));
        }
        assertTrue(worst > 0 && worst < CURVE, "the curves part by " + worst + ": " + what);
    }

    /** Losses of learning to repeat the prompt. */
    private static double[] curve(String backend, Precision precision) throws Exception {
        ModelConfig config = ModelConfig.freshLlama(16, 32, 64, 2, 2, 2, 16, true);
        SplittableRandom random = new SplittableRandom(1);
        List<Group> data = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            int a = 3 + random.nextInt(13);
            int b = 3 + random.nextInt(13);
            data.add(new Group(new Location("copy", i + 1), new int[] {1, a, b}, List.of(TinyModels.response(a, b, 2))));
        }
        List<Double> losses = new ArrayList<>();
        TinyModels.with(config, TinyModels.backend(backend, precision), 2, model -> {
            TrainListener listener = new TrainListener() {
                @Override
                public void onMetrics(long step, double epoch, java.util.Map<String, Double> values) {
                    losses.add(values.get("loss"));
                }
            };
            TrainSettings settings = new TrainSettings(STEPS, 8, 4096, new LrSchedule(LrSchedule.Shape.CONSTANT, 3e-3, 0, STEPS, 0), AdamW.Settings.DEFAULT, 0, 0, 1, 1, 3, 0);
            try (Trainer trainer = new Trainer(model, new NllLoss(), null, data, settings, listener)) {
                trainer.run();
            }
        });
        return losses.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
