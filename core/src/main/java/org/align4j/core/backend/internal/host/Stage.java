package org.align4j.core.backend.internal.host;

/** Small heap arrays of each thread, reused from call to call. */
final class Stage {
    private static final ThreadLocal<float[][]> ARRAYS = ThreadLocal.withInitial(() -> new float[4][0]);

    private Stage() {}

    static float[] array(int slot, int size) {
        float[][] all = ARRAYS.get();
        if (all[slot].length < size) {
            all[slot] = new float[Math.max(size, 2048)];
        }
        return all[slot];
    }
}
