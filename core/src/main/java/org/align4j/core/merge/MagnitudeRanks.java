package org.align4j.core.merge;

import java.util.function.Consumer;

/**
 * Finds the k largest magnitudes of several sequences of float32 exactly, without holding or sorting them: the bits of a non-negative float are ordered as
 * its value, so counting their upper 16 bits in one pass and the rest, within the bin where the k-th lies, in another gives the k-th magnitude itself.
 */
final class MagnitudeRanks {
    private static final int LOW_BITS = 15;
    private static final int HIGH = 1 << 16;
    private static final int LOW = 1 << LOW_BITS;

    private final long[] wanted;
    private final long elements;
    private final long[][] counts;
    private final int[] bin;
    private final long[] above;
    private final Cut[] cuts;

    /**
     * @param wanted   k of every sequence, 0 to elements
     * @param elements of each
     */
    MagnitudeRanks(long[] wanted, long elements) {
        this.wanted = wanted.clone();
        this.elements = elements;
        counts = new long[wanted.length][];
        bin = new int[wanted.length];
        above = new long[wanted.length];
        cuts = new Cut[wanted.length];
    }

    /** Fills two selections over the same sequences with two passes of {@code scan}, which goes through them once. */
    static void both(MagnitudeRanks a, MagnitudeRanks b, Consumer<TensorScan.Piece> scan) {
        a.begin(HIGH);
        b.begin(HIGH);
        scan.accept((x, n) -> {
            a.countHigh(x, n);
            b.countHigh(x, n);
        });
        a.chooseBin();
        b.chooseBin();
        a.begin(LOW);
        b.begin(LOW);
        scan.accept((x, n) -> {
            a.countLow(x, n);
            b.countLow(x, n);
        });
        a.chooseCut();
        b.chooseCut();
    }

    /** The order of magnitudes as an order of non-negative integers. */
    static int bits(float value) {
        return Float.floatToRawIntBits(value) & 0x7fffffff;
    }

    private boolean open(int s) {
        return wanted[s] > 0 && wanted[s] < elements;
    }

    private void begin(int size) {
        for (int s = 0; s < counts.length; s++) {
            counts[s] = open(s) ? new long[size] : null;
        }
    }

    private void countHigh(float[][] x, int n) {
        for (int s = 0; s < counts.length; s++) {
            long[] c = counts[s];
            for (int i = 0; c != null && i < n; i++) {
                c[bits(x[s][i]) >>> LOW_BITS]++;
            }
        }
    }

    private void countLow(float[][] x, int n) {
        for (int s = 0; s < counts.length; s++) {
            long[] c = counts[s];
            for (int i = 0; c != null && i < n; i++) {
                int bits = bits(x[s][i]);
                if (bits >>> LOW_BITS == bin[s]) {
                    c[bits & LOW - 1]++;
                }
            }
        }
    }

    private void chooseBin() {
        for (int s = 0; s < counts.length; s++) {
            if (open(s)) {
                bin[s] = walk(s, HIGH);
            }
        }
    }

    private void chooseCut() {
        for (int s = 0; s < counts.length; s++) {
            cuts[s] = wanted[s] == 0 ? new Cut(Integer.MAX_VALUE, 0) : wanted[s] >= elements ? new Cut(-1, 0)
                    : new Cut(bin[s] << LOW_BITS | walk(s, LOW), wanted[s] - above[s]);
            counts[s] = null;
        }
    }

    /** The slot in which the k-th largest lies; counts what is above it. */
    private int walk(int s, int size) {
        int at = size - 1;
        while (above[s] + counts[s][at] < wanted[s]) {
            above[s] += counts[s][at--];
        }
        return at;
    }

    Cut cut(int s) {
        return cuts[s];
    }

    /** Takes what is larger than a magnitude, and the first so many of those that equal it. Asked in order. */
    static final class Cut {
        private final int threshold;
        private long equals;

        Cut(int threshold, long equals) {
            this.threshold = threshold;
            this.equals = equals;
        }

        boolean takes(int bits) {
            return bits > threshold || bits == threshold && equals-- > 0;
        }
    }
}
