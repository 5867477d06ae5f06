package org.align4j.rewardmodels.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backend;
import org.align4j.core.io.DType;
import org.align4j.core.io.ModelWeights;
import org.align4j.core.io.TensorInfo;
import org.align4j.core.merge.LayerSetting;
import org.align4j.core.merge.MergeListener;
import org.align4j.core.merge.MergeMethod;
import org.align4j.core.merge.MergePlan;
import org.align4j.core.merge.ModelMerge;
import org.align4j.core.merge.ModelRef;
import org.align4j.core.merge.Sparsity;
import org.align4j.rewardmodels.head.HeadSettings;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RewardMergeTest {
    @TempDir
    Path dir;

    private Path model(String name, long seed, boolean pooler) throws Exception {
        HeadSettings head = pooler ? HeadSettings.pooler(TinyTrunks.HIDDEN, 1, 0) : HeadSettings.linear(TinyTrunks.HIDDEN, 1);
        TinyTrunks.with("llama", seed, trunk -> {
            try (RewardModel m = RewardModel.fresh(trunk, null, head, List.of("reward"), new SplittableRandom(seed)); RewardModel scaled = m.scaled(2, 3)) {
                scaled.save(dir.resolve(name), DType.F32, null);
            }
        });
        return dir.resolve(name);
    }

    private static float[] values(Path model, String tensor) {
        try (ModelWeights w = ModelWeights.open(model)) {
            TensorInfo t = w.tensors().get(tensor);
            float[] v = new float[Math.toIntExact(t.elements())];
            w.read(tensor, 0, v, 0, v.length);
            return v;
        }
    }

    private void expo(Path weak, Path strong, double alpha, String out) {
        MergeMethod method = new MergeMethod.TaskVectors("expo", List.of(LayerSetting.of(1)), new Sparsity.None(), false, false, LayerSetting.of(alpha), Optional.empty());
        try (ModelMerge merge = ModelMerge.open(MergePlan.of(method, List.of(ModelRef.of(strong)), ModelRef.of(weak)))) {
            merge.write(dir.resolve(out), MergeListener.NONE, RewardMerge.COMPANION);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void goesBeyondTheStrongModel(boolean pooler) throws Exception {
        Path weak = model("weak", 1, pooler);
        Path strong = model("strong", 2, pooler);
        expo(weak, strong, 1.5, "beyond");
        String name = "model.layers.1.mlp.up_proj.weight";
        float[] a = values(weak, name);
        float[] b = values(strong, name);
        float[] c = values(dir.resolve("beyond"), name);
        for (int i = 0; i < a.length; i++) {
            assertEquals(a[i] + 1.5 * (b[i] - a[i]), c[i], 1e-6);
        }
        expo(weak, strong, 1, "one");
        assertArrayEquals(b, values(dir.resolve("one"), name));
        try (Backend backend = TinyTrunks.backend(); RewardModel first = RewardModel.open(weak, backend); RewardModel beyond = RewardModel.open(dir.resolve("beyond"), backend);
                RewardModel second = RewardModel.open(strong, backend)) {
            float[] h = first.head().parameters();
            float[] g = second.head().parameters();
            float[] f = beyond.head().parameters();
            for (int i = 0; i < h.length; i++) {
                assertEquals(h[i] + 1.5 * (g[i] - h[i]), f[i], 1e-6);
            }
            assertEquals(List.of(0.0, 1.0), List.of(beyond.config().mean(), beyond.config().std()));
            assertTrue(Double.isFinite(beyond.scoreIds(new int[] {4}, List.of(new int[] {5}))[0]));
        }
        Path other = model("other", 1, !pooler);
        UserException e = assertThrows(UserException.class, () -> expo(other, strong, 1.5, "bad"));
        assertTrue(e.getMessage().contains("architectures"), e.getMessage());
        assertFalse(Files.exists(dir.resolve("bad")));
    }
}
