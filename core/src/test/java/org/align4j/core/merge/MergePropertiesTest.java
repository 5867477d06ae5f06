package org.align4j.core.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.align4j.core.io.DType;
import org.align4j.core.io.FloatSource;
import org.align4j.core.io.HalfFloats;
import org.align4j.core.io.ModelWriter;
import org.align4j.core.io.TensorEntry;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Merges over random shapes, types, weights and densities against the same formulas on whole arrays, written a second time. One tensor is longer than a piece. */
class MergePropertiesTest {
    private static final int[] SIZES = {1, 2, 3, 64, 1000, 4097, 30_000, MergedTensor.PIECE + 77};
    private static final DType[] TYPES = {DType.F32, DType.BF16, DType.F16};

    @TempDir
    private Path dir;
    private SplittableRandom random;

    private Path model(String name, float[] values, DType type) throws Exception {
        Path model = Files.createDirectories(dir.resolve(name));
        Files.writeString(model.resolve("config.json"), "{\"architectures\": [\"Vector\"]}");
        long[] shape = values.length % 2 == 0 ? new long[] {2, values.length / 2, 1} : new long[] {values.length};
        ModelWriter.write(model, List.of(new TensorEntry("v", type, shape, FloatSource.of(values))), Long.MAX_VALUE);
        return model;
    }

    private float[] draw(int n, float[] around) {
        float[] v = new float[n];
        for (int i = 0; i < n; i++) {
            v[i] = around == null ? (float) random.nextGaussian() : around[i] + (random.nextInt(3) == 0 ? 0 : (float) (0.1 * random.nextGaussian()));
        }
        return v;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void streamedMergesEqualWholeOnes(int seed) throws Exception {
        random = new SplittableRandom(seed);
        int n = SIZES[seed % SIZES.length];
        int models = 2 + random.nextInt(2);
        Path base = model("base", draw(n, null), TYPES[random.nextInt(3)]);
        float[] b = TinyMerge.read(base, "v");
        List<Path> paths = new ArrayList<>();
        float[][] x = new float[models][];
        double[] w = new double[models];
        double[] density = new double[models];
        for (int i = 0; i < models; i++) {
            paths.add(model("m" + i, draw(n, b), TYPES[random.nextInt(3)]));
            x[i] = TinyMerge.read(paths.get(i), "v");
            w[i] = 0.1 + random.nextDouble();
            density[i] = 0.05 + 0.95 * random.nextDouble();
        }
        Path[] all = paths.toArray(Path[]::new);
        DType type = TYPES[seed % 3];
        compare("linear", linear(x, w), TinyMerge.linear(w, true, all), type);
        compare("slerp", slerp(x[0], x[1], 0.3), TinyMerge.slerp(0.3, all[0], all[1]), type);
        double lambda = 0.5 + random.nextDouble();
        boolean normalize = random.nextBoolean();
        MergeMethod ties = new MergeMethod.TaskVectors("ties", TinyMerge.settings(w), new Sparsity.Largest(TinyMerge.settings(density)), true,
                normalize, LayerSetting.of(lambda), Optional.empty());
        compare("ties", ties(b, x, w, density, lambda, normalize), MergePlan.of(ties, TinyMerge.refs(all), ModelRef.of(base)), type);
    }

    private void compare(String name, double[] expected, MergePlan plan, DType type) {
        MergePlan typed = new MergePlan(plan.method(), plan.models(), plan.base(), plan.onto(), Optional.of(type), plan.tokenizer());
        float[] found = TinyMerge.read(TinyMerge.merge(typed, dir.resolve(name)), "v");
        assertEquals(expected.length, found.length);
        for (int i = 0; i < found.length; i++) {
            // The same sums in another order: what lies on a border may be rounded the other way, by a unit of the type in the last place.
            double unit = Math.abs(expected[i]) * (type == DType.F32 ? 0x1p-23 : type == DType.F16 ? 0x1p-10 : 0x1p-7) + 1e-7;
            assertEquals(rounded((float) expected[i], type), found[i], unit, name + " entry " + i + " of " + found.length);
        }
    }

    private static float rounded(float v, DType type) {
        return type == DType.F32 ? v : type == DType.BF16 ? HalfFloats.bf16ToFloat(HalfFloats.floatToBf16(v)) : HalfFloats.f16ToFloat(HalfFloats.floatToF16(v));
    }

    private static double[] linear(float[][] x, double[] w) {
        double[] out = new double[x[0].length];
        for (int i = 0; i < out.length; i++) {
            double sum = 0;
            for (int m = 0; m < x.length; m++) {
                sum += w[m] * x[m][i];
            }
            out[i] = sum / Arrays.stream(w).sum();
        }
        return out;
    }

    private static double[] slerp(float[] a, float[] b, double t) {
        double aa = 0;
        double bb = 0;
        double ab = 0;
        for (int i = 0; i < a.length; i++) {
            aa += (double) a[i] * a[i];
            bb += (double) b[i] * b[i];
            ab += (double) a[i] * b[i];
        }
        double cos = ab / Math.sqrt(aa * bb);
        double omega = Math.acos(cos);
        double[] out = new double[a.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = Math.abs(cos) > 0.9995 ? (1 - t) * a[i] + t * b[i] : (Math.sin((1 - t) * omega) * a[i] + Math.sin(t * omega) * b[i]) / Math.sin(omega);
        }
        return out;
    }

    private static double[] ties(float[] base, float[][] x, double[] w, double[] density, double lambda, boolean normalize) {
        int n = base.length;
        double[][] kept = new double[x.length][n];
        for (int m = 0; m < x.length; m++) {
            float[] delta = new float[n];
            long[] order = new long[n];
            for (int i = 0; i < n; i++) {
                delta[i] = (float) ((double) x[m][i] - base[i]);
                order[i] = (long) -Float.floatToIntBits(Math.abs(delta[i])) << 32 | i; // the largest first, the earlier of equals first
            }
            Arrays.sort(order);
            for (int r = 0; r < Math.max(1, (int) (density[m] * n)); r++) {
                int i = (int) order[r];
                kept[m][i] = (double) x[m][i] - base[i];
            }
        }
        double[] out = new double[n];
        for (int i = 0; i < n; i++) {
            double sum = 0;
            for (int m = 0; m < x.length; m++) {
                sum += w[m] * kept[m][i];
            }
            double sign = sum >= 0 ? 1 : -1;
            double agreed = 0;
            double weight = 0;
            for (int m = 0; m < x.length; m++) {
                if (Math.signum(w[m] * kept[m][i]) == sign) {
                    agreed += w[m] * kept[m][i];
                    weight += w[m];
                }
            }
            out[i] = base[i] + lambda * (normalize && weight > 0 ? agreed / weight : agreed);
        }
        return out;
    }
}
