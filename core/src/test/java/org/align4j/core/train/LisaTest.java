package org.align4j.core.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.core.model.ForwardPass;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.WeightFiles;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.testing.TinyModels;
import org.align4j.losses.supervised.NllLoss;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LisaTest {
    private static final int LAYERS = 6;
    private static final ModelConfig CONFIG = ModelConfig.freshLlama(TinyModels.VOCABULARY, 32, 48, LAYERS, 4, 2, 64, false);
    private static final List<Group> DATA = TinyModels.groups(12, 1, 8, 3);
    private static final long SEED = 7;

    private static TrainSettings settings(long steps, AdamW.Settings optimizer) {
        return new TrainSettings(steps, 4, 1 << 20, new LrSchedule(LrSchedule.Shape.CONSTANT, 1e-3, 0, steps, 0), optimizer, 0, 0, 1, 1, SEED, 0);
    }

    private static Map<String, float[]> values(Parameters p) {
        Map<String, float[]> all = new HashMap<>();
        WeightFiles.forEach(p, (slot, v) -> all.put(slot.name(), v));
        return all;
    }

    private static int block(String name) {
        for (int b = 0; b < LAYERS; b++) {
            if (name.startsWith(CONFIG.blockPrefix(b))) {
                return b;
            }
        }
        return -1;
    }

    /** Sleeping blocks keep every bit, decay or not; everything else moves. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void sleepingBlocksStayAsTheyAre(boolean keepMoments) {
        Lisa lisa = new Lisa(2, 3, keepMoments);
        try (Backend b = TinyModels.backend("onednn"); Parameters weights = new Parameters(b, new ParameterLayout(CONFIG), DType.F32)) {
            TinyModels.fill(weights, 4);
            Map<String, float[]> before = values(weights);
            Set<Integer> woken = new HashSet<>();
            TrainListener listener = new TrainListener() {
                @Override
                public void onStep(long step, long totalSteps, double loss, Map<String, Double> metrics, long tokens, double seconds) {
                    int[] awake = lisa.awake(LAYERS, SEED, step - 1);
                    Map<String, float[]> after = values(weights);
                    after.forEach((name, v) -> {
                        boolean trains = block(name) < 0 || Arrays.binarySearch(awake, block(name)) >= 0;
                        assertEquals(trains, !Arrays.equals(before.get(name), v), name + " in update " + step);
                    });
                    before.putAll(after);
                    Arrays.stream(awake).forEach(woken::add);
                }
            };
            AdamW.Settings decay = new AdamW.Settings(0.9, 0.999, 1e-8, 0.1, true, 1);
            try (Trainer t = new Trainer(new Transformer(CONFIG, weights, null), new NllLoss(), null, DATA, settings(12, decay).with(lisa), listener)) {
                t.run();
            }
            assertTrue(woken.size() > 2, "four draws must wake more than one set of blocks: " + woken);
        }
    }

    /** Gradients of what is awake are those of the whole model, bit for bit: nothing but the sleeping blocks' weights is left out. */
    @Test
    void gradientsOfWhatIsAwake() {
        try (Backend b = TinyModels.backend("onednn"); Parameters weights = new Parameters(b, new ParameterLayout(CONFIG), DType.F32);
                Parameters all = new Parameters(b, weights.layout(), DType.F32)) {
            TinyModels.fill(weights, 4);
            Transformer whole = new Transformer(CONFIG, weights, all);
            try (SleepingBlocks sleep = new SleepingBlocks(new Lisa(2, 3, false), whole, SEED)) {
                for (Transformer model : List.of(whole, sleep.model())) {
                    model.gradients().clear();
                    PackedBatch batch = PackedBatch.of(DATA);
                    double[] c = new double[batch.targets().length];
                    Arrays.fill(c, -0.1);
                    try (ForwardPass pass = model.forward(batch)) {
                        pass.backward(c);
                    }
                }
                Map<String, float[]> expected = values(all);
                Map<String, float[]> found = values(sleep.model().gradients());
                assertEquals(expected.keySet().stream().filter(n -> block(n) >= 0).count() / LAYERS * 2, found.keySet().stream().filter(n -> block(n) >= 0).count());
                found.forEach((name, v) -> assertArrayEquals(expected.get(name), v, name));
            }
        }
    }

    /** All blocks awake is plain training, bit for bit. */
    @Test
    void allAwakeIsPlainTraining() throws Exception {
        List<Map<String, float[]>> ends = new ArrayList<>();
        for (int k = 0; k < 2; k++) {
            Lisa lisa = k == 0 ? null : new Lisa(LAYERS, 1, false);
            TinyModels.with(CONFIG, TinyModels.backend("onednn"), 4, model -> {
                try (Trainer t = new Trainer(model, new NllLoss(), null, DATA, settings(4, AdamW.Settings.DEFAULT).with(lisa), new TrainListener() {})) {
                    t.run();
                }
                ends.add(values(model.values()));
            });
        }
        ends.get(0).forEach((name, v) -> assertArrayEquals(v, ends.get(1).get(name), name));
    }

    /** What is allocated is what {@link Lisa#bytes} says, to the rounding of three flat pieces, and less than the sixteen bytes a weight of plain training. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void takesLessMemory(boolean keepMoments) {
        Lisa lisa = new Lisa(1, 1, keepMoments);
        try (Backend b = TinyModels.backend("onednn"); Parameters weights = new Parameters(b, new ParameterLayout(CONFIG), DType.F32)) {
            TinyModels.fill(weights, 4);
            long[] most = new long[1];
            TrainListener listener = new TrainListener() {
                @Override
                public void onStep(long step, long totalSteps, double loss, Map<String, Double> metrics, long tokens, double seconds) {
                    most[0] = Math.max(most[0], b.memory().live());
                }
            };
            try (Trainer t = new Trainer(new Transformer(CONFIG, weights, null), new NllLoss(), null, DATA, settings(8, AdamW.Settings.DEFAULT).with(lisa), listener)) {
                t.run();
            }
            assertEquals(lisa.bytes(CONFIG, AdamW.Settings.DEFAULT), most[0], 8 * 4096 + 1024, "8 pieces of at most 4096 bytes more each");
            assertTrue(most[0] < (keepMoments ? 0.85 : 0.6) * 16 * weights.layout().size(), most[0] + " bytes");
            assertEquals(weights.bytes(), b.memory().live(), 1024, "all but the weights is given back");
        }
    }

    /** Adam's first step is lr·sign(g) whenever a block first wakes, and with dropped moments whenever it wakes again. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void biasCorrectionCountsForEachBlock(boolean keepMoments) {
        Lisa lisa = new Lisa(1, 2, keepMoments);
        double rate = 1e-3;
        try (Backend b = TinyModels.backend("onednn"); Parameters weights = new Parameters(b, new ParameterLayout(CONFIG), DType.F32)) {
            TinyModels.fill(weights, 4);
            Map<String, float[]> before = values(weights);
            Set<Integer> known = new HashSet<>();
            int[] first = new int[1];
            int[] again = new int[1];
            TrainListener listener = new TrainListener() {
                @Override
                public void onStep(long step, long totalSteps, double loss, Map<String, Double> metrics, long tokens, double seconds) {
                    int awake = lisa.awake(LAYERS, SEED, step - 1)[0];
                    boolean wakes = step == 1 || lisa.awake(LAYERS, SEED, step - 2)[0] != awake;
                    Map<String, float[]> after = values(weights);
                    String name = CONFIG.blockPrefix(awake) + "self_attn.o_proj.weight";
                    double sum = 0;
                    for (int i = 0; i < after.get(name).length; i++) {
                        sum += Math.abs(after.get(name)[i] - before.get(name)[i]) / rate / after.get(name).length;
                    }
                    before.putAll(after);
                    if (wakes && (known.add(awake) || !keepMoments)) {
                        first[0]++;
                        assertEquals(1, sum, 1e-3, "update " + step);
                    } else if (wakes) {
                        again[0]++;
                        assertFalse(Math.abs(sum - 1) < 1e-3, "kept moments must show in update " + step);
                    }
                }
            };
            AdamW.Settings tiny = new AdamW.Settings(0.9, 0.999, 1e-12, 0, false, 0);
            try (Trainer t = new Trainer(new Transformer(CONFIG, weights, null), new NllLoss(), null, DATA, settings(24, tiny).with(lisa), listener)) {
                t.run();
            }
            assertTrue(first[0] > 3 && (again[0] > 1) == keepMoments, first[0] + " " + again[0]);
        }
    }

    @Test
    void drawsEvenly() {
        int[] count = new int[LAYERS];
        for (long step = 0; step < 6000; step++) {
            int[] awake = new Lisa(2, 10, false).awake(LAYERS, SEED, step);
            assertEquals(2, awake.length);
            assertTrue(awake[0] < awake[1]);
            Arrays.stream(awake).forEach(i -> count[i]++);
        }
        // 600 draws, each block in a third of them: 200 ± 12.
        Arrays.stream(count).forEach(n -> assertEquals(2000, n, 500, Arrays.toString(count)));
        assertThrows(IllegalArgumentException.class, () -> new Lisa(7, 10, false).awake(LAYERS, SEED, 0));
        assertThrows(IllegalArgumentException.class, () -> new Lisa(0, 10, false));
        assertThrows(IllegalArgumentException.class, () -> new Lisa(1, 0, false));
    }
}
