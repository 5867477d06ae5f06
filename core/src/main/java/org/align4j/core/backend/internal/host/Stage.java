package org.align4j.core.backend.internal.host;

/** Small heap arrays of each thread, reused from call to call. */
final class Stage {
    private static final ThreadLocal<float[][]> ARRAYS = ThreadLocal.withInitial(() -> new float[7][0]);

    private static final ThreadLocal<int[]> WORDS = ThreadLocal.withInitial(() -> new int[0]);

    private Stage() {}

    static float[] array(int slot, int size) {
        float[][] all = ARRAYS.get();
        if (all[slot].length < size) {
            all[slot] = new float[Math.max(size, 2048)];
        }
        return all[slot];
    }

    /** An array of the calling thread for a row of packed moments, of one width. */
    static int[] words(int width) {
        int[] words = WORDS.get();
        if (words.length != width) {
            words = new int[width];
            WORDS.set(words);
        }
        return words;
    }
}
