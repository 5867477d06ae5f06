package org.align4j.core.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.core.io.DType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What each method does to numbers. */
class MergeMethodsTest {
    private static final String UP = "model.layers.1.mlp.up_proj.weight";

    @TempDir
    private Path dir;
    private Path base;
    private Path a;
    private Path b;
    private Map<String, float[]> valuesA;
    private Map<String, float[]> valuesB;
    private Map<String, float[]> valuesBase;
    private int made;

    @BeforeEach
    void models() throws IOException {
        valuesBase = TinyMerge.values(TinyMerge.LLAMA, 1, 1);
        valuesA = TinyMerge.values(TinyMerge.LLAMA, 2, 1);
        valuesB = TinyMerge.values(TinyMerge.LLAMA, 3, 1);
        base = TinyMerge.write(dir.resolve("base"), TinyMerge.LLAMA, valuesBase);
        a = TinyMerge.write(dir.resolve("a"), TinyMerge.LLAMA, valuesA);
        b = TinyMerge.write(dir.resolve("b"), TinyMerge.LLAMA, valuesB);
    }

    private Path merge(MergePlan plan) {
        return TinyMerge.merge(plan, dir.resolve("out" + made++));
    }

    private void same(Map<String, float[]> expected, MergePlan plan) {
        Map<String, float[]> found = TinyMerge.read(merge(plan));
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((name, v) -> assertArrayEquals(v, found.get(name), plan.method() + " " + name));
    }

    private static Sparsity all(String kind, int models) {
        double[] ones = new double[models];
        java.util.Arrays.fill(ones, 1);
        return kind.equals("dare") ? new Sparsity.Random(TinyMerge.settings(ones), true, 5) : new Sparsity.Largest(TinyMerge.settings(ones));
    }

    @Test
    void aModelMergedWithItselfStaysItself() {
        same(valuesA, TinyMerge.linear(new double[] {0.3, 0.9}, true, a, a));
        same(valuesA, TinyMerge.linear(new double[] {1, 1, 1}, true, a, a, a));
        for (double t : new double[] {0, 0.37, 1}) {
            same(valuesA, TinyMerge.slerp(t, a, a));
        }
        same(valuesA, TinyMerge.vectors("task_arithmetic", new Sparsity.None(), 0.7, null, a, a, a));
        same(valuesA, TinyMerge.vectors("ties", new Sparsity.Largest(TinyMerge.settings(0.2, 0.2)), 1, null, a, a, a));
        same(valuesA, TinyMerge.vectors("dare_ties", new Sparsity.Random(TinyMerge.settings(0.1, 0.1), true, 5), 1, new Lines(0.3, 0.7), a, a, a));
        same(valuesA, TinyMerge.vectors("breadcrumbs", new Sparsity.Middle(TinyMerge.settings(0.5), TinyMerge.settings(0.1)), 1, null, a, a));
    }

    @Test
    void endpointsAreTheModelsBitForBit() {
        same(valuesA, TinyMerge.linear(new double[] {1, 0}, true, a, b));
        same(valuesB, TinyMerge.linear(new double[] {0, 2}, true, a, b));
        same(valuesA, TinyMerge.slerp(0, a, b));
        same(valuesB, TinyMerge.slerp(1, a, b));
        same(valuesBase, TinyMerge.vectors("expo", new Sparsity.None(), 0, null, base, a));
        same(valuesA, TinyMerge.vectors("expo", new Sparsity.None(), 1, null, base, a));
        same(valuesBase, TinyMerge.vectors("ties", all("largest", 2), 0, null, base, a, b));
    }

    @Test
    void meansExtrapolationsAndTaskVectorsFollowTheirFormulas() {
        float[] x = valuesBase.get(UP);
        float[] p = valuesA.get(UP);
        float[] q = valuesB.get(UP);
        float[] mean = TinyMerge.read(merge(TinyMerge.linear(new double[] {3, 1}, true, a, b)), UP);
        float[] sum = TinyMerge.read(merge(TinyMerge.linear(new double[] {3, 1}, false, a, b)), UP);
        float[] beyond = TinyMerge.read(merge(TinyMerge.vectors("expo", new Sparsity.None(), 1.5, null, base, a)), UP);
        float[] both = TinyMerge.read(merge(TinyMerge.vectors("task_arithmetic", new Sparsity.None(), 0.4, null, base, a, b)), UP);
        for (int i = 0; i < x.length; i++) {
            assertEquals((float) (0.75 * p[i] + 0.25 * q[i]), mean[i]); // computed in double, rounded once
            assertEquals((float) (3.0 * p[i] + q[i]), sum[i]);
            assertEquals(x[i] + 1.5 * ((double) p[i] - x[i]), beyond[i], 1e-6); // float32 near 4 has steps of 5e-7
            assertEquals(x[i] + 0.4 * ((double) p[i] + q[i] - 2.0 * x[i]), both[i], 1e-6);
        }
    }

    @Test
    void slerpKeepsToTheSphere() throws IOException {
        Path right = TinyMerge.vector(dir.resolve("right"), 1, 0);
        Path up = TinyMerge.vector(dir.resolve("up"), 0, 1);
        assertArrayEquals(new float[] {0.923880f, 0.382683f}, TinyMerge.read(merge(TinyMerge.slerp(0.25, right, up)), "v"), 5e-7f); // given to six digits
        // Norms stay those of the models: halfway between (3, 0) and (0, 4) the weights of both are sin 45°/sin 90°.
        Path three = TinyMerge.vector(dir.resolve("three"), 3, 0);
        Path four = TinyMerge.vector(dir.resolve("four"), 0, 4);
        double s = Math.sqrt(0.5);
        assertArrayEquals(new float[] {(float) (3 * s), (float) (4 * s)}, TinyMerge.read(merge(TinyMerge.slerp(0.5, three, four)), "v"), 1e-6f);
        // Nearly one direction, and no direction at all: straight.
        Path near = TinyMerge.vector(dir.resolve("near"), 2, 0.01f);
        assertArrayEquals(new float[] {1.25f, 0.0025f}, TinyMerge.read(merge(TinyMerge.slerp(0.25, right, near)), "v"), 1e-7f);
        Path zero = TinyMerge.vector(dir.resolve("zero"), 0, 0);
        assertArrayEquals(new float[] {0.75f, 0}, TinyMerge.read(merge(TinyMerge.slerp(0.25, right, zero)), "v"));
    }

    @Test
    void tiesTrimsElectsAndAverages() throws IOException {
        // Worked by hand. τ1 = (4, −3, 1, 2), τ2 = (−1, −5, 3, 0.5): half of each kept is (4, −3, 0, 0) and (0, −5, 3, 0).
        // Signs of the sums: +, −, +, +. Means over those that agree: 4, −4, 3, 0.
        Path zero = TinyMerge.vector(dir.resolve("zero"), 10, 10, 10, 10);
        Path one = TinyMerge.vector(dir.resolve("one"), 14, 7, 11, 12);
        Path two = TinyMerge.vector(dir.resolve("two"), 9, 5, 13, 10.5f);
        MergePlan half = TinyMerge.vectors("ties", new Sparsity.Largest(TinyMerge.settings(0.5, 0.5)), 1, null, zero, one, two);
        assertArrayEquals(new float[] {14, 6, 13, 10}, TinyMerge.read(merge(half), "v"));
        // All kept: the first entry has 4 against −1, so plus wins and −1 is left out; then 4, −4, 2 and 1.25.
        MergePlan whole = TinyMerge.vectors("ties", all("largest", 2), 1, null, zero, one, two);
        assertArrayEquals(new float[] {14, 6, 12, 11.25f}, TinyMerge.read(merge(whole), "v"));
        // With weights 1 and 8 the second model wins the first entry: −1; elsewhere (1·τ1 + 8·τ2)/9.
        MergeMethod weighted = new MergeMethod.TaskVectors("ties", TinyMerge.settings(1, 8), all("largest", 2), true, true, LayerSetting.of(1), Optional.empty());
        float[] v = TinyMerge.read(merge(MergePlan.of(weighted, TinyMerge.refs(one, two), ModelRef.of(zero))), "v");
        assertArrayEquals(new float[] {9, (float) (10 - 43 / 9.0), (float) (10 + 25 / 9.0), (float) (10 + 6 / 9.0)}, v, 1e-6f);
    }

    @Test
    void breadcrumbsDropBothEnds() throws IOException {
        Path zero = TinyMerge.vector(dir.resolve("zero"), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        Path one = TinyMerge.vector(dir.resolve("one"), 1, -10, 9, -2, 3, 8, -7, 6, 5, -4);
        MergePlan middle = TinyMerge.vectors("breadcrumbs", new Sparsity.Middle(TinyMerge.settings(0.5), TinyMerge.settings(0.2)), 1, null, zero, one);
        assertArrayEquals(new float[] {0, 0, 0, 0, 0, 8, -7, 6, 5, -4}, TinyMerge.read(merge(middle), "v"));
    }

    @Test
    void theExpectationOfDareIsTheTaskVector() throws IOException {
        float[] from = {1, -2, 0, 5};
        float[] to = {2, -2.5f, 0.25f, 5};
        int copies = 400;
        int seeds = 10;
        double density = 0.3;
        Path zero = TinyMerge.vector(dir.resolve("zero"), repeated(from, copies));
        Path one = TinyMerge.vector(dir.resolve("one"), repeated(to, copies));
        double[] sum = new double[from.length];
        for (int seed = 0; seed < seeds; seed++) {
            MergePlan plan = TinyMerge.vectors("dare_linear", new Sparsity.Random(TinyMerge.settings(density), true, seed), 1, null, zero, one);
            float[] v = TinyMerge.read(merge(plan), "v");
            for (int i = 0; i < v.length; i++) {
                double delta = (double) v[i] - from[i % 4];
                double tau = (double) to[i % 4] - from[i % 4];
                assertTrue(delta == 0 || Math.abs(delta - tau / density) < 1e-6, "an entry is dropped or divided by the density, found " + delta);
                sum[i % 4] += delta;
            }
        }
        int draws = seeds * copies;
        for (int i = 0; i < sum.length; i++) {
            // Standard deviation of one draw is τ·√((1 − density)/density); 3.9 standard errors hold with probability 0.9999.
            double tau = (double) to[i] - from[i];
            assertEquals(tau, sum[i] / draws, 3.9 * Math.abs(tau) * Math.sqrt((1 - density) / density / draws) + 1e-6);
        }
    }

    private static float[] repeated(float[] values, int times) {
        float[] all = new float[values.length * times];
        for (int i = 0; i < all.length; i++) {
            all[i] = values[i % values.length];
        }
        return all;
    }

    @Test
    void masksDependOnNamesAndSeedAlone() throws IOException {
        Path sharded = TinyMerge.write(dir.resolve("sharded"), TinyMerge.LLAMA, valuesA, DType.F32, 700);
        Map<String, float[]> whole = TinyMerge.read(merge(TinyMerge.vectors("dare_linear", new Sparsity.Random(TinyMerge.settings(0.5), true, 3), 1, null, base, a)));
        same(whole, TinyMerge.vectors("dare_linear", new Sparsity.Random(TinyMerge.settings(0.5), true, 3), 1, null, base, sharded));
        Map<String, float[]> other = TinyMerge.read(merge(TinyMerge.vectors("dare_linear", new Sparsity.Random(TinyMerge.settings(0.5), true, 4), 1, null, base, a)));
        assertTrue(!java.util.Arrays.equals(whole.get(UP), other.get(UP)));
        // Without rescaling what is kept is the model's own value.
        Map<String, float[]> plain = TinyMerge.read(merge(TinyMerge.vectors("dare_linear", new Sparsity.Random(TinyMerge.settings(0.5), false, 3), 1, null, base, a)));
        int kept = 0;
        float[] p = plain.get(UP);
        for (int i = 0; i < p.length; i++) {
            boolean was = whole.get(UP)[i] != valuesBase.get(UP)[i];
            assertEquals(was ? valuesA.get(UP)[i] : valuesBase.get(UP)[i], p[i], 1e-6);
            kept += was ? 1 : 0;
        }
        assertTrue(kept > 0.3 * p.length && kept < 0.7 * p.length, kept + " of " + p.length);
    }

    @Test
    void linesGrowsFromLayerToLayer() {
        Lines lines = new Lines(0.3, 0.7);
        double[] expected = {0.3, 0.533333, 0.766667, 1};
        for (int l = 0; l < 4; l++) {
            assertEquals(expected[l], lines.at(TensorPlace.of("model.layers." + l + ".mlp.up_proj.weight", 4)), 5e-7);
        }
        assertEquals(0.3, lines.at(TensorPlace.of("model.embed_tokens.weight", 4)));
        assertEquals(0.3, lines.at(TensorPlace.of("model.norm.weight", 4)));
        Path out = merge(TinyMerge.vectors("task_arithmetic", new Sparsity.None(), 1, lines, base, a));
        for (int l = 0; l < 3; l++) {
            String name = "model.layers." + l + ".mlp.up_proj.weight";
            double s = 0.3 + 0.35 * l;
            for (int i = 0; i < valuesA.get(name).length; i++) {
                assertEquals(valuesBase.get(name)[i] + s * ((double) valuesA.get(name)[i] - valuesBase.get(name)[i]), TinyMerge.read(out, name)[i], 1e-6);
            }
        }
    }

    @Test
    void aTransferFromTheSameBaseIsTheFinetunedModel() {
        MergeMethod one = new MergeMethod.TaskVectors("transfer", TinyMerge.settings(1), new Sparsity.None(), false, false, LayerSetting.of(1), Optional.empty());
        same(valuesA, new MergePlan(one, TinyMerge.refs(a), Optional.of(ModelRef.of(base)), Optional.of(ModelRef.of(base)), Optional.empty(), Optional.empty()));
        float[] v = TinyMerge.read(merge(new MergePlan(one, TinyMerge.refs(a), Optional.of(ModelRef.of(base)), Optional.of(ModelRef.of(b)), Optional.empty(), Optional.empty())), UP);
        for (int i = 0; i < v.length; i++) {
            assertEquals((float) ((double) valuesB.get(UP)[i] - valuesBase.get(UP)[i] + valuesA.get(UP)[i]), v[i]);
        }
    }

    @Test
    void settingsVaryByNameAndDepth() {
        LayerSetting t = new LayerSetting(List.of(new LayerSetting.Part("self_attn", List.of(0.0, 0.5, 1.0)), new LayerSetting.Part("", List.of(0.25))));
        assertEquals(0, t.at(TensorPlace.of("model.layers.0.self_attn.q_proj.weight", 5)));
        assertEquals(0.25, t.at(TensorPlace.of("model.layers.1.self_attn.q_proj.weight", 5)));
        assertEquals(0.75, t.at(TensorPlace.of("model.layers.3.self_attn.q_proj.weight", 5)));
        assertEquals(1, t.at(TensorPlace.of("transformer.h.4.self_attn.weight", 5)));
        assertEquals(0.25, t.at(TensorPlace.of("model.layers.4.mlp.up_proj.weight", 5)));
        LayerSetting ends = new LayerSetting(List.of(new LayerSetting.Part("", List.of(2.0, 3.0))));
        assertEquals(2, ends.at(TensorPlace.of("model.embed_tokens.weight", 5)));
        assertEquals(2, ends.at(TensorPlace.of("transformer.wpe.weight", 5)));
        assertEquals(3, ends.at(TensorPlace.of("lm_head.weight", 5)));
        LayerSetting partly = new LayerSetting(List.of(new LayerSetting.Part("mlp", List.of(0.5))));
        UserException e = assertThrows(UserException.class, () -> merge(MergePlan.of(new MergeMethod.Slerp(partly), TinyMerge.refs(a, b), null)));
        assertTrue(e.getMessage().contains("model.embed_tokens.weight"), e.getMessage());
    }

    @Test
    void impossibleSettingsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> TinyMerge.slerp(1.5, a, b));
        assertThrows(IllegalArgumentException.class, () -> new Sparsity.Largest(TinyMerge.settings(0)));
        assertThrows(IllegalArgumentException.class, () -> new Sparsity.Random(TinyMerge.settings(1.1), true, 1));
        assertThrows(IllegalArgumentException.class, () -> LayerSetting.of(Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> TinyMerge.linear(new double[] {1}, true, a, b));
        UserException e = assertThrows(UserException.class, () -> merge(TinyMerge.linear(new double[] {1, -1}, true, a, b)));
        assertTrue(e.getMessage().contains("normalize"), e.getMessage());
    }
}
