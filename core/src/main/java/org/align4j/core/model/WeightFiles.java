package org.align4j.core.model;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import org.align4j.core.UserException;
import org.align4j.core.io.Digests;
import org.align4j.core.io.TensorSource;
import org.align4j.core.model.ParameterLayout.Slot;

/** Moves weights between files and {@link Parameters}, a piece at a time. */
public final class WeightFiles {
    private static final int PIECE = 1 << 20;

    private WeightFiles() {}

    /** Reads every parameter by its Hugging Face name. A NaN or infinite weight is refused. */
    public static void load(TensorSource source, Parameters into) {
        load(source, into, Map.of());
    }

    /**
     * As {@link #load(TensorSource, Parameters)} where some names in the file differ.
     *
     * @param stored Hugging Face name → name in the file
     */
    public static void load(TensorSource source, Parameters into, Map<String, String> stored) {
        Deque<Piece> pieces = new ArrayDeque<>();
        for (Slot slot : into.layout().slots()) {
            String name = stored.getOrDefault(slot.name(), slot.name());
            int longest = into.quantized(slot.name()) ? Math.toIntExact(slot.size()) : PIECE;
            for (long at = 0; at < slot.size(); at += longest) {
                pieces.add(new Piece(slot, name, at, (int) Math.min(longest, slot.size() - at)));
            }
        }
        // One piece is read and checked in another thread while the one before is put in its place.
        float[] here = new float[PIECE];
        float[] there = new float[PIECE];
        CompletableFuture<float[]> next = pieces.isEmpty() ? null : pieces.peek().read(source, here);
        while (!pieces.isEmpty()) {
            Piece piece = pieces.remove();
            float[] values = result(next);
            if (!pieces.isEmpty()) {
                next = pieces.peek().read(source, values == here ? there : here);
            }
            try {
                piece.place(into, values);
            } catch (RuntimeException | Error e) {
                // Whoever closes the source must not meet a thread that still reads from it.
                next.exceptionally(late -> null).join();
                throw e;
            }
        }
    }

    private static float[] result(CompletableFuture<float[]> values) {
        try {
            return values.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw e;
        }
    }

    /** Part of a parameter: all of it where it is to be quantised. */
    private record Piece(Slot slot, String name, long at, int count) {
        CompletableFuture<float[]> read(TensorSource source, float[] buffer) {
            return CompletableFuture.supplyAsync(() -> {
                float[] values = count <= buffer.length ? buffer : new float[count];
                source.read(name, at, values, 0, count);
                finite(name, at, values, count);
                return values;
            });
        }

        void place(Parameters into, float[] values) {
            if (into.quantized(slot.name())) {
                into.quantize(slot.name(), values.length == count ? values : Arrays.copyOf(values, count));
            } else {
                into.backend().upload(into.get(slot.name()).flat(at, 1, count), values, 0);
            }
        }
    }

    private static void finite(String name, long at, float[] values, int n) {
        for (int i = 0; i < n; i++) {
            if (!Float.isFinite(values[i])) {
                throw new UserException("Weight " + name + " holds " + values[i] + " at index " + (at + i)
                        + "; a model with such a value cannot be trained or used. Download the file again, or go back to an earlier checkpoint.");
            }
        }
    }

    /** Hands out the values of one parameter from {@code offset} on. */
    public static void read(Parameters from, String name, long offset, float[] dst, int count) {
        from.read(name, offset, dst, count);
    }

    /** SHA-256 of names, type and values. */
    public static String digest(Parameters from) {
        MessageDigest d = Digests.newDigest();
        d.update(from.dtype().name().getBytes(StandardCharsets.UTF_8));
        forEach(from, (slot, values) -> {
            d.update((slot.name() + ' ' + slot.rows() + ' ' + slot.cols() + ' ').getBytes(StandardCharsets.UTF_8));
            ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
            for (int at = 0; at < values.length; at += 1 << 14) {
                int n = Math.min(1 << 14, values.length - at);
                bytes.asFloatBuffer().put(values, at, n);
                d.update(bytes.array(), 0, 4 * n);
            }
        });
        return HexFormat.of().formatHex(d.digest());
    }

    /** Visits all values, parameter by parameter. */
    public static void forEach(Parameters from, BiConsumer<Slot, float[]> visitor) {
        for (Slot slot : from.layout().slots()) {
            float[] values = new float[Math.toIntExact(slot.size())];
            from.read(slot.name(), 0, values, values.length);
            visitor.accept(slot, values);
        }
    }
}
