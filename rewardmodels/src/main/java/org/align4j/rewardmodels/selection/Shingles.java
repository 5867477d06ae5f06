package org.align4j.rewardmodels.selection;

import java.util.Arrays;
import java.util.Locale;

/**
 * What a text is cut into to be compared: runs of n words or characters in a row, as hashes of 64 bits. Case, punctuation and the kind of white space make no difference.
 *
 * @param kind of what
 * @param n    how many in a row; a shorter text is one shingle
 */
public record Shingles(Kind kind, int n) {
    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

    public Shingles {
        if (n < 1) {
            throw new IllegalArgumentException("A shingle needs at least 1 item, found " + n);
        }
    }

    /** Of what shingles are made. */
    public enum Kind { WORDS, CHARACTERS }

    /** The items of a text in their order, as hashes. */
    public long[] items(String text) {
        String folded = text.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]+", " ").strip();
        if (folded.isEmpty()) {
            return new long[0];
        }
        return kind == Kind.CHARACTERS ? folded.codePoints().mapToLong(c -> mix(c + 1L)).toArray() : Arrays.stream(folded.split(" ")).mapToLong(Shingles::hash).toArray();
    }

    /** The shingles in their order, one for every place where one starts. */
    public long[] inOrder(long[] items) {
        return inOrder(items, Math.min(n, items.length));
    }

    static long[] inOrder(long[] items, int size) {
        if (items.length == 0 || items.length < size) {
            return new long[0];
        }
        long[] all = new long[items.length - size + 1];
        for (int i = 0; i < all.length; i++) {
            long h = size;
            for (int k = i; k < i + size; k++) {
                h = mix(h * MULTIPLIER + items[k]);
            }
            all[i] = h;
        }
        return all;
    }

    /** The different shingles, ascending. */
    public long[] set(long[] items) {
        return Arrays.stream(inOrder(items)).sorted().distinct().toArray();
    }

    /** |a ∩ b| / |a ∪ b| of two ascending sets; 1 where both are empty. */
    public static double jaccard(long[] a, long[] b) {
        int shared = 0;
        for (int i = 0, j = 0; i < a.length && j < b.length;) {
            if (a[i] == b[j]) {
                shared++;
                i++;
                j++;
            } else if (a[i] < b[j]) {
                i++;
            } else {
                j++;
            }
        }
        int union = a.length + b.length - shared;
        return union == 0 ? 1 : (double) shared / union;
    }

    /** FNV-1a over the characters, mixed. */
    static long hash(CharSequence s) {
        long h = 0xCBF29CE484222325L;
        for (int i = 0; i < s.length(); i++) {
            h = (h ^ s.charAt(i)) * 0x100000001B3L;
        }
        return mix(h);
    }

    /** The finaliser of SplitMix64. */
    static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
