package org.align4j.core.backend.internal.host;

/** Conversion between float32 and bfloat16, rounding to nearest even. */
public final class Bf16 {
    private Bf16() {}

    public static short fromFloat(float x) {
        int bits = Float.floatToRawIntBits(x);
        if ((bits & 0x7fffffff) > 0x7f800000) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    public static float toFloat(short b) {
        return Float.intBitsToFloat(b << 16);
    }

    public static float round(float x) {
        return toFloat(fromFloat(x));
    }
}
