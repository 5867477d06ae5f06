package org.align4j.recipes.run;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Hardware;
import org.align4j.core.backend.Precision;
import org.align4j.core.backend.Tensor;
import org.align4j.recipes.bench.Speeds;

/** Speeds of this machine, measured through the backend that would be used. */
final class Measurements {
    private static final int M = 2048;
    private static final int K = 512;
    private static final int N = 2048;
    private static final double SECONDS = 2;

    private Measurements() {}

    /** Median and best of repeated calls, in seconds each. */
    record Timing(double median, double best) {
        static Timing of(Runnable work) {
            for (int i = 0; i < 3; i++) {
                work.run();
            }
            List<Double> times = new ArrayList<>();
            long end = System.nanoTime() + (long) (SECONDS * 1e9);
            while (times.size() < 3 || System.nanoTime() < end) {
                long start = System.nanoTime();
                work.run();
                times.add((System.nanoTime() - start) / 1e9);
            }
            Collections.sort(times);
            return new Timing(times.get(times.size() / 2), times.get(0));
        }
    }

    static void print(BiConsumer<String, String> line) {
        line.accept("Matmul", M + "×" + K + "×" + N + ", float32: " + matmul(Precision.FP32));
        line.accept("", M + "×" + K + "×" + N + ", bfloat16: " + (Hardware.bf16Units() ? matmul(Precision.BF16)
                : "not measured; this CPU has no instructions for it, and precision: auto computes in float32"));
        line.accept("Bandwidth", String.format(Locale.ROOT, "%.1f GB/s read and written, copying 256 MiB on all cores", Speeds.copyBandwidth()));
    }

    static String matmul(Precision precision) {
        try (Backend b = Backends.open(Backends.Choice.AUTO, precision).backend();
                Tensor a = random(b, M, K); Tensor w = random(b, K, N); Tensor c = b.alloc(M, N)) {
            Timing t;
            if (precision == Precision.BF16) {
                try (Tensor half = b.alloc(DType.BF16, K, N)) {
                    b.copy(half, w);
                    t = Timing.of(() -> b.matmul(c, a, false, half, false, false));
                }
            } else {
                t = Timing.of(() -> b.matmul(c, a, false, w, false, false));
            }
            double flops = 2.0 * M * K * N;
            return String.format(Locale.ROOT, "%,.0f GFLOP/s (best %,.0f)", flops / t.median() / 1e9, flops / t.best() / 1e9);
        }
    }

    private static Tensor random(Backend b, int rows, int cols) {
        SplittableRandom random = new SplittableRandom(1);
        float[] v = new float[rows * cols];
        for (int i = 0; i < v.length; i++) {
            v[i] = (float) (random.nextDouble() - 0.5);
        }
        Tensor t = b.alloc(rows, cols);
        b.upload(t, v, 0);
        return t;
    }
}
