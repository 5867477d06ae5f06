package org.align4j.rewardmodels.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.core.adapter.LoraAdapter;
import org.align4j.core.adapter.LoraConfig;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.align4j.core.checkpoint.CheckpointStore;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.model.ParameterLayout.Slot;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.WeightFiles;
import org.align4j.core.train.AdamW;
import org.align4j.core.train.LrSchedule;
import org.align4j.core.train.Reference;
import org.align4j.core.train.TrainListener;
import org.align4j.core.train.TrainSettings;
import org.align4j.core.train.Trainer;
import org.align4j.losses.pair.DpoLoss;
import org.align4j.losses.reward.AllPairsLoss;
import org.align4j.losses.reward.BradleyTerryLoss;
import org.align4j.losses.reward.ContrastiveDphLoss;
import org.align4j.losses.reward.MarginBradleyTerryLoss;
import org.align4j.losses.reward.PlackettLuceLoss;
import org.align4j.losses.reward.ScaledBradleyTerryLoss;
import org.align4j.losses.reward.SeparableDphLoss;
import org.align4j.losses.supervised.NllLoss;
import org.align4j.rewardmodels.head.HeadSettings;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
class RewardTrainerTest {
    private static final int D = TinyTrunks.HIDDEN;
    @TempDir
    Path dir;

    private static RewardSettings settings(long steps, double rate, int batch, int micro) {
        AdamW.Settings adam = new AdamW.Settings(0.9, 0.999, 1e-8, 0, false, 1.0);
        return new RewardSettings(new TrainSettings(steps, batch, micro, new LrSchedule(LrSchedule.Shape.CONSTANT, rate, 0, steps, 0), adam, 0, 0, 2, 1, 7, 0), 1, 1, 0.01);
    }

    private static RewardModel model(Transformer trunk, HeadSettings head, double gain) {
        RewardModel m = RewardModel.fresh(trunk, null, head, java.util.stream.IntStream.range(0, head.outputs()).mapToObj(i -> "a" + i).toList(), new SplittableRandom(3));
        float[] w = m.head().parameters();
        for (int i = 0; i < w.length; i++) {
            w[i] *= (float) gain;
        }
        m.head().parameters(w);
        return m;
    }

    private static LoraAdapter adapter(Transformer whole, double dropout) {
        LoraConfig lora = new LoraConfig(2, 4, dropout, List.of(LoraConfig.ALL_LINEAR), false, false);
        LoraAdapter adapter = LoraAdapter.fresh(lora, whole.config(), whole.values(), new SplittableRandom(5));
        SplittableRandom random = new SplittableRandom(6);
        for (Slot s : adapter.values().layout().slots()) {
            float[] v = new float[(int) s.size()];
            for (int i = 0; i < v.length; i++) {
                v[i] = (float) (0.2 * random.nextGaussian());
            }
            whole.backend().upload(adapter.values().get(s.name()), v, 0);
        }
        return adapter;
    }

    static Stream<Arguments> objectives() {
        HeadSettings linear = HeadSettings.linear(D, 1);
        List<RewardGroup> pairs = RewardGroup.of(TinyTrunks.groups(3, 2, 4));
        List<RewardGroup> lists = RewardGroup.of(TinyTrunks.groups(2, 4, 4));
        return Stream.of(
                Arguments.of("llama", RewardObjective.pairs(new BradleyTerryLoss()), linear, pairs, false),
                Arguments.of("gpt2", RewardObjective.pairs(new ScaledBradleyTerryLoss(0.05)), HeadSettings.pooler(D, 1, 0), pairs, false),
                Arguments.of("llama-tied", RewardObjective.pairs(new MarginBradleyTerryLoss(0.01)), HeadSettings.linear(D, 3), pairs, true),
                Arguments.of("llama", RewardObjective.lists(new PlackettLuceLoss()), linear, lists, false),
                Arguments.of("gpt2", RewardObjective.lists(new AllPairsLoss()), linear, lists, true),
                Arguments.of("llama", RewardObjective.ratings(), new HeadSettings(D, 3, false, 0, true), rated(3, 2, 3), false));
    }

    private static List<RewardGroup> rated(int count, int answers, int attributes) {
        SplittableRandom random = new SplittableRandom(8);
        return TinyTrunks.groups(count, answers, 4).stream().map(g -> {
            double[][] r = new double[answers][attributes];
            for (double[] row : r) {
                java.util.Arrays.setAll(row, a -> random.nextInt(5) == 0 ? Double.NaN : random.nextInt(5));
            }
            return new RewardGroup(g, r);
        }).toList();
    }

    /**
     * The gradient of every parameter of trunk and head against central differences, after an update whose rate is 0. Steps h and h/2 combined to the fourth
     * order; the float32 forward pass carries some 10⁻⁶, 10⁻⁴ after division by h: entries are compared to 1 % of the largest of their parameter plus 2·10⁻³.
     */
    @ParameterizedTest(name = "{0} {1} {2} adapter {4}")
    @MethodSource("objectives")
    void gradientAgreesWithCentralDifferences(String family, RewardObjective objective, HeadSettings head, List<RewardGroup> data, boolean adapted) throws Exception {
        TinyTrunks.with(family, 5, whole -> {
            try (LoraAdapter adapter = adapted ? adapter(whole, 0) : null) {
                Transformer trunk = adapted ? Transformer.adapted(whole.config(), whole.values(), adapter) : whole;
                try (RewardModel model = model(trunk, head, 8); RewardModel weighted = head.outputs() == 3 ? model.weighted(1, -0.5, 0.25).scaled(0.1, 1.5) : model) {
                    check(weighted, objective, data, null);
                }
            }
        });
    }

    /** Head and language model together, each with its weight. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void gradientBesideALanguageModel(boolean dpo) throws Exception {
        TinyTrunks.with("llama", 5, trunk -> {
            try (Reference reference = Reference.frozen(new Transformer(trunk.config(), trunk.values().copy(DType.F32), null));
                    RewardModel model = model(trunk, HeadSettings.pooler(D, 1, 0), 8)) {
                LanguageObjective language = dpo ? new LanguageObjective(new DpoLoss(0.3), reference) : new LanguageObjective(new NllLoss(), null);
                check(model, RewardObjective.pairs(dpo ? new ContrastiveDphLoss(0.1) : new SeparableDphLoss(0.1)), RewardGroup.of(TinyTrunks.groups(3, 2, 4)), language);
            }
        });
    }

    private static void check(RewardModel model, RewardObjective objective, List<RewardGroup> data, LanguageObjective language) {
        RewardSettings s = settings(1, 0, data.size(), 20);
        s = new RewardSettings(s.training(), 0.5, 2, 0);
        double[] loss = new double[1];
        TrainListener listener = new TrainListener() {
            @Override
            public void onEvaluation(long step, double epoch, Map<String, Double> metrics) {
                loss[0] = metrics.get("eval_loss");
            }
        };
        try (RewardTrainer trainer = trainer(model, objective, data, s, listener, language)) {
            trainer.run();
        }
        Transformer trunk = model.trunk();
        List<float[]> gradients = new ArrayList<>();
        WeightFiles.forEach(trunk.gradients(), (slot, g) -> gradients.add(g));
        float[] headGradient = model.head().gradients().clone();
        RewardSettings still = new RewardSettings(settings(0, 0, data.size(), 1000).training(), 0.5, 2, 0);
        int checked = 0;
        int at = 0;
        for (Slot slot : trunk.trained().layout().slots()) {
            float[] g = gradients.get(at++);
            int i = largest(g);
            Tensor entry = trunk.trained().get(slot.name()).flat(i, 1, 1);
            float[] w = new float[1];
            trunk.backend().download(entry, w, 0);
            double slope = slope(x -> trunk.backend().upload(entry, new float[] {x}, 0), w[0], () -> loss(model, objective, data, still, language, listener, loss));
            if (slot.name().equals("lm_head.weight") && language == null) {
                assertEquals(0, g[i], "the language-model head takes no part");
            } else {
                assertTrue(Math.abs(g[i]) > 0, slot.name());
            }
            assertEquals(slope, g[i], 0.01 * Math.abs(g[i]) + 2e-3, slot.name() + "[" + i + "]");
            checked++;
        }
        for (int i = 0; i < headGradient.length; i += 1 + headGradient.length / 12) {
            int k = i;
            float[] w = model.head().parameters();
            double slope = slope(x -> {
                float[] v = w.clone();
                v[k] = x;
                model.head().parameters(v);
            }, w[k], () -> loss(model, objective, data, still, language, listener, loss));
            assertEquals(slope, headGradient[k], 0.01 * Math.abs(headGradient[largest(headGradient)]) + 2e-3, "head[" + k + "]");
            checked++;
        }
        assertTrue(checked > 20, checked + " entries");
    }

    private static RewardTrainer trainer(RewardModel model, RewardObjective objective, List<RewardGroup> data, RewardSettings s, TrainListener listener,
            LanguageObjective language) {
        RewardTrainer t = new RewardTrainer(model, objective, data, s, listener).heldOut(data);
        return language == null ? t : t.language(language, language);
    }

    private static int largest(float[] g) {
        int best = 0;
        for (int i = 1; i < g.length; i++) {
            best = Math.abs(g[i]) > Math.abs(g[best]) ? i : best;
        }
        return best;
    }

    private interface Set {
        void to(float x);
    }

    private static double slope(Set entry, float w, java.util.function.DoubleSupplier loss) {
        double coarse = difference(entry, w, 0.02, loss);
        double fine = difference(entry, w, 0.01, loss);
        return (4 * fine - coarse) / 3;
    }

    private static double difference(Set entry, float w, double h, java.util.function.DoubleSupplier loss) {
        float up = (float) (w + h);
        float down = (float) (w - h);
        entry.to(up);
        double a = loss.getAsDouble();
        entry.to(down);
        double b = loss.getAsDouble();
        entry.to(w);
        return (a - b) / ((double) up - down);
    }

    private static double loss(RewardModel model, RewardObjective objective, List<RewardGroup> data, RewardSettings s, LanguageObjective language, TrainListener listener,
            double[] loss) {
        try (RewardTrainer t = trainer(model, objective, data, s, listener, language)) {
            t.run();
        }
        return loss[0];
    }

    /** Pairs in which the chosen response holds more of the tokens 3 to 9. */
    private static List<Group> separable(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Group> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<Group.Response> two = new ArrayList<>();
            for (int r = 0; r < 2; r++) {
                int[] ids = new int[5];
                for (int t = 0; t < 4; t++) {
                    boolean good = random.nextDouble() < (r == 0 ? 0.9 : 0.1);
                    ids[t] = good ? 3 + random.nextInt(7) : 10 + random.nextInt(TinyTrunks.VOCABULARY - 10);
                }
                ids[4] = 2;
                two.add(new Group.Response(ids, 1 - r, null, true));
            }
            list.add(new Group(new Location("toy", i + 1), TinyTrunks.ids(random, 5), two));
        }
        return list;
    }

    private enum Mode { FULL, ADAPTER, FROZEN, FEATURES, LANGUAGE }

    private interface Run {
        void on(RewardModel model, RewardTrainer trainer) throws Exception;
    }

    private void with(Mode mode, RewardSettings s, TrainListener listener, Run run) throws Exception {
        TinyTrunks.with("llama-tied", 5, whole -> {
            HeadSettings head = mode == Mode.FULL || mode == Mode.FEATURES ? HeadSettings.linear(D, 1) : HeadSettings.pooler(D, 1, 0.1);
            List<Group> train = separable(96, 1);
            List<Group> test = separable(60, 2);
            try (LoraAdapter adapter = mode == Mode.ADAPTER ? adapter(whole, 0.1) : null) {
                Transformer trunk = mode == Mode.ADAPTER ? Transformer.adapted(whole.config(), whole.values(), adapter)
                        : mode == Mode.FROZEN || mode == Mode.FEATURES ? new Transformer(whole.config(), whole.values(), null) : whole;
                try (RewardModel model = model(trunk, head, 1);
                        RewardTrainer trainer = new RewardTrainer(model, RewardObjective.pairs(new BradleyTerryLoss(0.01)), RewardGroup.of(train), s, listener)) {
                    trainer.heldOut(RewardGroup.of(test));
                    if (mode == Mode.FEATURES) {
                        try (FrozenFeatures a = FrozenFeatures.of(trunk, train, 200, dir, n -> { }); FrozenFeatures b = FrozenFeatures.of(trunk, test, 200, dir, n -> { })) {
                            run.on(model, trainer.features(a, b));
                        }
                    } else {
                        run.on(model, mode == Mode.LANGUAGE ? trainer.language(new LanguageObjective(new NllLoss(), null), new LanguageObjective(new NllLoss(), null)) : trainer);
                    }
                }
            }
        });
    }

    /** Log of a run: metrics and evaluations as told. */
    private static final class Log implements TrainListener {
        final List<String> lines = new ArrayList<>();
        Map<String, Double> metrics;
        Map<String, Double> evaluation;

        @Override
        public void onMetrics(long step, double epoch, Map<String, Double> m) {
            metrics = m;
            lines.add(step + " " + m);
        }

        @Override
        public void onEvaluation(long step, double epoch, Map<String, Double> m) {
            evaluation = m;
            lines.add(step + " " + m);
        }
    }

    @ParameterizedTest
    @CsvSource({"FULL, 36, 3e-3", "ADAPTER, 60, 1e-2", "FROZEN, 150, 1e-2", "FEATURES, 150, 2e-2", "LANGUAGE, 60, 3e-3"})
    void learnsWhatCanBeSeparated(Mode mode, int steps, double rate) throws Exception {
        Log log = new Log();
        with(mode, settings(steps, rate, 16, 400), log, (model, trainer) -> {
            trainer.run();
            // Chosen responses differ from rejected ones in nearly every token: one pair in a hundred is ambiguous. Sixteen random features keep part of that:
            // two thirds of 60 pairs are 2.6 standard deviations above chance.
            double accuracy = log.evaluation.get("eval_accuracy");
            assertTrue(accuracy >= (mode == Mode.FROZEN || mode == Mode.FEATURES ? 0.67 : 0.9), mode + ": " + log.evaluation);
            assertTrue(log.evaluation.get("eval_margin") > 0.5, mode + ": " + log.evaluation);
            for (String name : List.of("loss", "accuracy", "margin", "min_reward", "mean_reward", "max_reward", "learning_rate", "grad_norm", "num_tokens")) {
                assertTrue(log.metrics.containsKey(name), name);
            }
            if (mode == Mode.LANGUAGE) {
                assertEquals(log.metrics.get("loss"), log.metrics.get("loss/head") + log.metrics.get("loss/language"), 1e-9);
            }
        });
    }

    /** A run stopped after every few updates comes to the same bits, metrics included. */
    @ParameterizedTest
    @CsvSource({"ADAPTER", "FEATURES", "LANGUAGE"})
    void resumedExactly(Mode mode) throws Exception {
        RewardSettings s = settings(7, 3e-3, 16, 200);
        Log whole = new Log();
        List<float[]> expected = new ArrayList<>();
        with(mode, s, whole, (model, trainer) -> {
            trainer.run();
            expected.addAll(weights(model));
        });
        Log pieces = new Log();
        CheckpointStore store = CheckpointStore.open(dir.resolve("checkpoints"));
        List<float[]> found = new ArrayList<>();
        for (int part = 0; part < 3; part++) {
            int until = 3 * part + 3;
            long[] step = {0};
            TrainListener listener = new TrainListener() {
                @Override
                public void onStep(long n, long total, double loss, Map<String, Double> metrics, long tokens, double seconds) {
                    step[0] = n;
                }

                @Override
                public void onMetrics(long n, double epoch, Map<String, Double> m) {
                    pieces.onMetrics(n, epoch, m);
                }

                @Override
                public void onEvaluation(long n, double epoch, Map<String, Double> m) {
                    pieces.onEvaluation(n, epoch, m);
                }
            };
            with(mode, s, listener, (model, trainer) -> {
                trainer.checkpoints(store, "reward").stopWhen(() -> step[0] >= until);
                store.newestValid(x -> { }).ifPresent(trainer::resume);
                try {
                    trainer.run();
                } catch (Trainer.Stopped e) {
                    return;
                }
                found.addAll(weights(model));
            });
        }
        assertEquals(whole.lines, pieces.lines);
        assertEquals(expected.size(), found.size());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), found.get(i));
        }
    }

    private static List<float[]> weights(RewardModel model) {
        List<float[]> all = new ArrayList<>();
        WeightFiles.forEach(model.trunk().trained(), (slot, v) -> all.add(v.clone()));
        all.add(model.head().parameters());
        return all;
    }

    /** How a batch is cut changes rounding alone, dropout included. */
    @Test
    void microBatchesAddUp() throws Exception {
        List<double[]> found = new ArrayList<>();
        for (int micro : new int[] {10_000, 60, 1}) {
            Log log = new Log();
            with(Mode.ADAPTER, settings(2, 1e-3, 16, micro), log, (model, trainer) -> {
                trainer.heldOut(List.of()).run();
                found.add(new double[] {log.metrics.get("loss"), log.metrics.get("grad_norm"), log.metrics.get("accuracy")});
            });
        }
        // Loss and norm are of magnitude 1, of float32 sums; dropout of another mask would show in the first digits.
        assertArrayEquals(found.get(0), found.get(1), 1e-4);
        assertArrayEquals(found.get(0), found.get(2), 1e-4);
    }

    @Test
    void featuresAreComputedOnce() throws Exception {
        TinyTrunks.with("gpt2", 5, trunk -> {
            List<Group> data = separable(20, 1);
            int[] told = {0};
            float[] expected;
            try (FrozenFeatures f = FrozenFeatures.of(trunk, data, 100, dir, n -> told[0] = n)) {
                assertFalse(f.reused());
                assertEquals(20, told[0]);
                expected = f.rows(new int[] {3, 0});
            }
            try (FrozenFeatures f = FrozenFeatures.of(trunk, data, 100, dir, n -> { })) {
                assertTrue(f.reused());
                assertArrayEquals(expected, f.rows(new int[] {3, 0}));
                FrozenFeatures some = f.only(new int[] {7, 0, 3, 5});
                assertEquals(4, some.size());
                assertArrayEquals(expected, some.rows(new int[] {2, 1}));
                assertArrayEquals(expected, some.only(new int[] {1, 2}).rows(new int[] {1, 0}));
            }
            try (FrozenFeatures f = FrozenFeatures.of(trunk, data.subList(0, 19), 100, dir, n -> { })) {
                assertFalse(f.reused(), "other data");
            }
            damage(dir);
            try (FrozenFeatures f = FrozenFeatures.of(trunk, data, 100, dir, n -> { })) {
                assertFalse(f.reused(), "a damaged file is computed again");
                assertArrayEquals(expected, f.rows(new int[] {3, 0}));
            }
        });
    }

    private static void damage(Path dir) throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            for (Path p : files.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
                byte[] bytes = Files.readAllBytes(p);
                bytes[bytes.length - 3] ^= 1;
                Files.write(p, bytes);
            }
        }
    }

    @Test
    void saysWhatIsWrong() throws Exception {
        TinyTrunks.with("llama", 5, trunk -> {
            try (RewardModel model = model(trunk, HeadSettings.linear(D, 1), 1)) {
                List<RewardGroup> lists = RewardGroup.of(TinyTrunks.groups(2, 3, 4));
                RewardSettings s = settings(1, 1e-3, 2, 100);
                TrainListener quiet = new TrainListener() { };
                UserException e = assertThrows(UserException.class, () -> new RewardTrainer(model, RewardObjective.pairs(new BradleyTerryLoss()), lists, s, quiet).close());
                assertTrue(e.getMessage().contains("3 responses"), e.getMessage());
                e = assertThrows(UserException.class, () -> new RewardTrainer(model, RewardObjective.ratings(), lists, s, quiet).close());
                assertTrue(e.getMessage().contains("[a0]"), e.getMessage());
                assertThrows(IllegalArgumentException.class, () -> new LanguageObjective(new DpoLoss(0.1), null));
                try (RewardTrainer t = new RewardTrainer(model, RewardObjective.lists(new PlackettLuceLoss()), lists, s, quiet);
                        FrozenFeatures f = FrozenFeatures.of(trunk, lists.stream().map(RewardGroup::group).toList(), 100, dir, n -> { })) {
                    assertThrows(IllegalArgumentException.class, () -> t.features(f, null));
                }
            }
        });
    }
}
