package org.align4j.core.io;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.ShortBuffer;

/** Bulk conversion of little-endian stored elements to float32. */
final class FloatReader {
    private static final int CHUNK = 4096;

    private FloatReader() {}

    /** Reads n elements from the start of the view. */
    static void read(DType dtype, ByteBuffer view, float[] dst, int at, int n) {
        switch (dtype) {
            case F32 -> view.asFloatBuffer().get(dst, at, n);
            case BF16, F16 -> halves(dtype == DType.BF16, view.asShortBuffer(), dst, at, n);
            case F64 -> doubles(view.asDoubleBuffer(), dst, at, n);
            default -> throw new IllegalArgumentException(dtype + " has no float32 reading");
        }
    }

    private static void halves(boolean brain, ShortBuffer source, float[] dst, int at, int n) {
        short[] chunk = new short[Math.min(n, CHUNK)];
        for (int done = 0; done < n; ) {
            int m = Math.min(n - done, chunk.length);
            source.get(chunk, 0, m);
            for (int i = 0; i < m; i++) {
                dst[at + done + i] = brain ? HalfFloats.bf16ToFloat(chunk[i]) : HalfFloats.f16ToFloat(chunk[i]);
            }
            done += m;
        }
    }

    private static void doubles(DoubleBuffer source, float[] dst, int at, int n) {
        for (int i = 0; i < n; i++) {
            dst[at + i] = (float) source.get(i);
        }
    }
}
