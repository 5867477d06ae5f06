package org.align4j.core.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The selection against sorting, over lengths, counts, ties and extreme values. */
class MagnitudeRanksTest {

    @Test
    void takesTheLargestAndTheFirstOfEquals() {
        SplittableRandom random = new SplittableRandom(9);
        for (int round = 0; round < 300; round++) {
            int n = 1 + random.nextInt(200);
            int kind = random.nextInt(4);
            float[] x = new float[n];
            for (int i = 0; i < n; i++) {
                x[i] = kind == 0 ? random.nextInt(-3, 4) : kind == 1 ? (float) random.nextGaussian() : kind == 2 ? Float.intBitsToFloat(random.nextInt() & 0xff7fffff)
                        : (random.nextBoolean() ? -1 : 1) * (1 + random.nextInt(50) * 0x1p-23f);
            }
            int k = random.nextInt(n + 1);
            int other = random.nextInt(n + 1);
            boolean[] taken = select(x, k, other);
            List<Integer> order = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                order.add(i);
            }
            order.sort(Comparator.comparingDouble((Integer i) -> -Math.abs((double) x[i])));
            for (int rank = 0; rank < n; rank++) {
                assertEquals(rank < k, taken[order.get(rank)], "kind " + kind + ", " + k + " of " + n + ", rank " + rank);
            }
        }
    }

    /** Piece by piece, beside another selection of the same scan. */
    private static boolean[] select(float[] x, int k, int other) {
        MagnitudeRanks a = new MagnitudeRanks(new long[] {k}, x.length);
        MagnitudeRanks b = new MagnitudeRanks(new long[] {other}, x.length);
        int piece = Math.max(1, x.length / 3);
        MagnitudeRanks.both(a, b, sink -> {
            for (int at = 0; at < x.length; at += piece) {
                int n = Math.min(piece, x.length - at);
                float[] part = new float[piece];
                System.arraycopy(x, at, part, 0, n);
                sink.see(new float[][] {part}, n);
            }
        });
        boolean[] taken = new boolean[x.length];
        MagnitudeRanks.Cut cut = a.cut(0);
        for (int i = 0; i < x.length; i++) {
            taken[i] = cut.takes(MagnitudeRanks.bits(x[i]));
        }
        return taken;
    }
}
