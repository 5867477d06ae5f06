package org.align4j.core.io;

/**
 * Conversions between float32 and the two 16-bit formats weights are stored in.
 * BF16 has 1 sign, 8 exponent and 7 fraction bits (the upper half of a float32); F16 is IEEE 754 binary16 with 1, 5 and 10.
 * To 16 bits, values are rounded to the nearest, ties to even; values beyond the range become infinite, NaN stays NaN.
 */
public final class HalfFloats {
    private static final int F16_BIAS_SHIFT = (127 - 15) << 23;

    private HalfFloats() {}

    /** The value of BF16 bits; exact. */
    public static float bf16ToFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** The BF16 bits nearest to a value. */
    public static short floatToBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (value != value) {
            // Cutting the low half of a NaN may leave an infinity; the quiet bit keeps it a NaN.
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    /** The value of F16 bits; exact, subnormal numbers included. */
    public static float f16ToFloat(short bits) {
        int sign = (bits & 0x8000) << 16;
        int exponent = bits >>> 10 & 0x1f;
        int fraction = bits & 0x3ff;
        if (exponent == 0) {
            // Subnormal: fraction times 2^-24, exact in float32.
            float magnitude = fraction * 0x1p-24f;
            return Float.intBitsToFloat(sign | Float.floatToRawIntBits(magnitude));
        }
        if (exponent == 0x1f) {
            return Float.intBitsToFloat(sign | 0x7f800000 | fraction << 13);
        }
        return Float.intBitsToFloat(sign | (exponent << 23 | fraction << 13) + F16_BIAS_SHIFT);
    }

    /** The F16 bits nearest to a value. */
    public static short floatToF16(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = bits >>> 16 & 0x8000;
        int magnitude = bits & 0x7fffffff;
        if (magnitude > 0x7f800000) {
            return (short) (sign | 0x7e00 | magnitude >>> 13 & 0x3ff);
        }
        if (magnitude >= 0x477ff000) {
            // 65520 and above round to 2^16, which F16 does not have.
            return (short) (sign | 0x7c00);
        }
        if (magnitude < 0x38800000) {
            // Below 2^-14 the result is a multiple of 2^-24; adding 0.5 to the value lets the float unit round to that grid, ties to even.
            float onGrid = Float.intBitsToFloat(magnitude) + 0.5f;
            return (short) (sign | Float.floatToRawIntBits(onGrid) - 0x3f000000);
        }
        int rounded = magnitude + 0xfff + (magnitude >>> 13 & 1);
        return (short) (sign | rounded - F16_BIAS_SHIFT >>> 13);
    }
}
