package org.align4j.core.train;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Named streams of randomness out of one seed: what one stream draws never shifts another. */
public final class Streams {
    private Streams() {}

    /** A generator for a purpose ({@code init}, {@code shuffle}, {@code dropout}, {@code sampling} …) and an index within it (epoch, example …). */
    public static RandomGenerator of(long seed, String purpose, long index) {
        long h = mix(seed ^ 0x9E3779B97F4A7C15L);
        for (int i = 0; i < purpose.length(); i++) {
            h = mix(h ^ purpose.charAt(i));
        }
        return RandomGeneratorFactory.of("L64X128MixRandom").create(mix(h ^ index));
    }

    /** The finaliser of SplitMix64. */
    static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    /** A permutation of 0 … n−1 (Fisher–Yates). */
    public static int[] permutation(int n, RandomGenerator random) {
        int[] p = new int[n];
        for (int i = 0; i < n; i++) {
            int j = random.nextInt(i + 1);
            p[i] = p[j];
            p[j] = i;
        }
        return p;
    }
}
