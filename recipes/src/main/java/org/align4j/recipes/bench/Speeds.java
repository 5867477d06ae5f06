package org.align4j.recipes.bench;

import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Hardware;
import org.align4j.core.backend.Precision;
import org.align4j.core.backend.Tensor;
import org.align4j.recipes.rundir.Provenance;
import org.align4j.recipes.rundir.internal.Machine;

/** What this machine is and how fast it computes and moves numbers, measured through the backend that training uses. */
public final class Speeds {
    private static final int SIDE = 8192;

    private Speeds() {}

    /** GB/s of copying 256 MiB from one place in memory to another on all cores: bytes read plus bytes written, best of ten. */
    public static double copyBandwidth() {
        try (Backend b = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend(); Tensor from = b.alloc(SIDE, SIDE); Tensor to = b.alloc(SIDE, SIDE)) {
            b.fill(from, 1f);
            b.fill(to, 0f);
            return 2.0 * DType.F32.bytes() * SIDE * SIDE / best(10, () -> b.copy(to, from)) * 1e-9;
        }
    }

    /** GFLOP/s of the product 2048×512×2048, best of sixty. */
    static double matmul(Precision precision) {
        try (Backend b = Backends.open(Backends.Choice.AUTO, precision).backend(); Tensor x = b.alloc(2048, 512);
                Tensor w = b.alloc(precision == Precision.BF16 ? DType.BF16 : DType.F32, 2048, 512); Tensor y = b.alloc(2048, 2048)) {
            b.fill(x, 1f);
            b.copy(w, x);
            return 2.0 * 2048 * 512 * 2048 / best(60, () -> b.matmul(y, x, false, w, true, false)) * 1e-9;
        }
    }

    private static double best(int times, Runnable work) {
        double best = Double.MAX_VALUE;
        for (int i = 0; i < times; i++) {
            long t = System.nanoTime();
            work.run();
            best = Math.min(best, (System.nanoTime() - t) * 1e-9);
        }
        return best;
    }

    /** What a figure needs beside it to mean something later: date, processor, cores, instructions, memory, versions. */
    static Map<String, Object> machine() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("date", Instant.now().toString());
        m.put("cpu", Machine.cpu(Path.of("/proc/cpuinfo")));
        m.put("kernels_for", Hardware.instructionSet());
        m.put("threads", Hardware.workerThreads());
        m.put("memory", Machine.memory());
        m.put("os", Machine.os());
        m.put("java", Machine.java());
        Map<String, String> versions = new LinkedHashMap<>(Map.of("Align4J", Provenance.version()));
        versions.putAll(Hardware.versions());
        m.put("versions", versions);
        return m;
    }
}
