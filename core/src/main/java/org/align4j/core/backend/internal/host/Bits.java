package org.align4j.core.backend.internal.host;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import org.align4j.core.backend.MomentType;

/**
 * A row of values in a thread's memory, seen both as ints and as floats. Java 17 vectorises loops over ints and loops over floats, but none that turns the bits of one
 * into the other; copying an array out under the other view does that at the speed of memory in the first-level cache.
 */
final class Bits {
    private static final int SIZE = MomentType.VALUES;

    private static final ThreadLocal<Bits> MINE = ThreadLocal.withInitial(Bits::new);

    final int[] words = new int[SIZE];
    private final IntBuffer ints;
    private final FloatBuffer floats;

    private Bits() {
        ByteBuffer bytes = ByteBuffer.allocateDirect(4 * SIZE).order(ByteOrder.nativeOrder());
        ints = bytes.asIntBuffer();
        floats = bytes.asFloatBuffer();
    }

    static Bits ofThread() {
        return MINE.get();
    }

    /** values ← the floats whose bits are in {@link #words}. */
    void toFloats(float[] values) {
        ints.put(0, words, 0, SIZE);
        floats.get(0, values, 0, SIZE);
    }

    /** {@link #words} ← the bits of values. */
    void toWords(float[] values) {
        floats.put(0, values, 0, SIZE);
        ints.get(0, words, 0, SIZE);
    }
}
