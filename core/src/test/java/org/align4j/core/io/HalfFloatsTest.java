package org.align4j.core.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class HalfFloatsTest {

    /** The definition of a binary floating-point format, in double arithmetic. */
    private static double definition(int bits, int fractionBits, int bias, int exponentBits) {
        int fraction = bits & (1 << fractionBits) - 1;
        int exponent = bits >> fractionBits & (1 << exponentBits) - 1;
        double sign = (bits & 0x8000) == 0 ? 1 : -1;
        double scale = 1 << fractionBits;
        if (exponent == (1 << exponentBits) - 1) {
            return fraction == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
        }
        return exponent == 0 ? sign * Math.scalb(fraction / scale, 1 - bias) : sign * Math.scalb(1 + fraction / scale, exponent - bias);
    }

    private static void sameBits(double expected, float actual, int bits) {
        assertEquals(Float.floatToIntBits((float) expected), Float.floatToIntBits(actual), () -> "bits " + Integer.toHexString(bits));
    }

    @Test
    void every16BitPatternReadsAsDefinedAndWritesBack() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float f16 = HalfFloats.f16ToFloat((short) bits);
            float bf16 = HalfFloats.bf16ToFloat((short) bits);
            sameBits(definition(bits, 10, 15, 5), f16, bits);
            sameBits(definition(bits, 7, 127, 8), bf16, bits);
            if (Float.isNaN(f16)) {
                assertTrue(Float.isNaN(HalfFloats.f16ToFloat(HalfFloats.floatToF16(f16))));
            } else {
                assertEquals((short) bits, HalfFloats.floatToF16(f16));
            }
            if (Float.isNaN(bf16)) {
                assertTrue(Float.isNaN(HalfFloats.bf16ToFloat(HalfFloats.floatToBf16(bf16))));
            } else {
                assertEquals((short) bits, HalfFloats.floatToBf16(bf16));
            }
        }
    }

    @Test
    void roundsToNearestWithTiesToEvenBetweenAllNeighbours() {
        for (int bits = 0; bits < 0x7bff; bits++) {
            int even = bits + (bits & 1);
            float middle = (HalfFloats.f16ToFloat((short) bits) + HalfFloats.f16ToFloat((short) (bits + 1))) / 2;
            assertEquals((short) even, HalfFloats.floatToF16(middle));
            assertEquals((short) bits, HalfFloats.floatToF16(Math.nextDown(middle)));
            assertEquals((short) (bits + 1), HalfFloats.floatToF16(Math.nextUp(middle)));
            assertEquals((short) (even | 0x8000), HalfFloats.floatToF16(-middle));
        }
        for (int bits = 0; bits < 0x7f7f; bits++) {
            int even = bits + (bits & 1);
            float middle = Float.intBitsToFloat(bits << 16 | 0x8000);
            assertEquals((short) even, HalfFloats.floatToBf16(middle));
            assertEquals((short) bits, HalfFloats.floatToBf16(Math.nextDown(middle)));
            assertEquals((short) (bits + 1), HalfFloats.floatToBf16(Math.nextUp(middle)));
            assertEquals((short) (even | 0x8000), HalfFloats.floatToBf16(-middle));
        }
    }

    @Test
    void valuesBeyondTheRangeBecomeInfiniteAndNaNStaysNaN() {
        assertEquals(0x7bff, HalfFloats.floatToF16(Math.nextDown(65520f)));
        assertEquals(0x7c00, HalfFloats.floatToF16(65520f));
        assertEquals((short) 0xfc00, HalfFloats.floatToF16(Float.NEGATIVE_INFINITY));
        assertEquals(0x7f80, HalfFloats.floatToBf16(Float.MAX_VALUE));
        for (int payload : new int[] {0x7f800001, 0x7fc00000, 0xffffffff, 0xff800001}) {
            float nan = Float.intBitsToFloat(payload);
            assertTrue(Float.isNaN(HalfFloats.bf16ToFloat(HalfFloats.floatToBf16(nan))));
            assertTrue(Float.isNaN(HalfFloats.f16ToFloat(HalfFloats.floatToF16(nan))));
        }
    }
}
