package org.align4j.core.train;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.MomentType;
import org.align4j.core.backend.Tensor;
import org.align4j.core.io.SafeTensorsFile;
import org.align4j.core.io.TensorEntry;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.ParameterLayout.Slot;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.WeightFiles;

/**
 * One of AdamW's moments for every parameter of a layout. Matrices and embeddings may be packed, each from a row of its own on; norms and biases,
 * which take next to no memory, are float32 always.
 */
final class Moments implements AutoCloseable {
    /** Rows moved at a time. */
    private static final int PIECE = 1024;

    private final Backend backend;
    private final ParameterLayout layout;
    private final MomentType type;
    /** What is float32. */
    private final Parameters plain;
    /** What is packed; null where nothing is. */
    private final Tensor words;
    private final Map<String, Integer> firstRow = new HashMap<>();

    /** Zeros. */
    Moments(Backend backend, ParameterLayout layout, MomentType type) {
        this.backend = backend;
        this.layout = layout;
        this.type = type;
        int rows = 0;
        for (Slot s : layout.slots()) {
            if (type.packed() && s.offset() < layout.matrices()) {
                firstRow.put(s.name(), rows);
                rows = Math.addExact(rows, Math.toIntExact(MomentType.rows(s.size())));
            }
        }
        plain = new Parameters(backend, layout.only(name -> !firstRow.containsKey(name)), DType.F32);
        plain.fill(0f);
        words = type.packed() ? backend.alloc(DType.I32, rows, type.words()) : null;
        int[] zeros = new int[PIECE * type.words()];
        for (int at = 0; at < rows; at += PIECE) {
            backend.upload(words.rows(at, Math.min(PIECE, rows - at)), zeros, 0);
        }
    }

    /** Bytes that one moment of a layout takes. */
    static long bytes(ParameterLayout layout, MomentType type) {
        return layout.slots().stream().mapToLong(s -> (s.offset() < layout.matrices() ? type : MomentType.FLOAT32).bytes(s.size())).sum();
    }

    ParameterLayout layout() {
        return layout;
    }

    MomentType type() {
        return type;
    }

    /** The same for another layout: what both have is taken over, the rest is zero. This one is closed. */
    Moments moved(ParameterLayout to) {
        Moments next = new Moments(backend, to, type);
        for (Slot s : to.slots()) {
            if (!layout.contains(s.name())) {
                continue;
            }
            if (firstRow.containsKey(s.name())) {
                int[] buffer = new int[PIECE * type.words()];
                pieces(s, (at, n) -> {
                    backend.download(rows(s, at, n), buffer, 0);
                    backend.upload(next.rows(s, at, n), buffer, 0);
                });
            } else {
                backend.copy(next.plain.get(s.name()), plain.get(s.name()));
            }
        }
        close();
        return next;
    }

    private Tensor rows(Slot s, int from, int count) {
        return words.rows(firstRow.get(s.name()) + from, count);
    }

    private interface Piece {
        void run(int from, int count);
    }

    private static void pieces(Slot s, Piece work) {
        int rows = Math.toIntExact(MomentType.rows(s.size()));
        for (int at = 0; at < rows; at += PIECE) {
            work.run(at, Math.min(PIECE, rows - at));
        }
    }

    /** Whether a parameter lies right behind the {@code size} values from the start of another one. */
    boolean follows(String first, long size, String next) {
        if (!firstRow.containsKey(first)) {
            return !firstRow.containsKey(next) && plain.layout().slot(first).offset() + size == plain.layout().slot(next).offset();
        }
        return firstRow.containsKey(next) && size % MomentType.VALUES == 0 && firstRow.get(first) + size / MomentType.VALUES == firstRow.get(next);
    }

    /** What {@link Backend#adamW} takes for {@code count} values from {@code from} on, a multiple of a row, after the start of a parameter. */
    Tensor run(String first, long from, int count) {
        if (!firstRow.containsKey(first)) {
            return plain.run(first, from, count);
        }
        return words.rows(Math.toIntExact(firstRow.get(first) + from / MomentType.VALUES), (int) MomentType.rows(count));
    }

    /** For a checkpoint: float32 values, and words as they are. */
    List<TensorEntry> entries() {
        List<TensorEntry> list = new ArrayList<>(ModelFiles.entries(plain, org.align4j.core.io.DType.F32, ""));
        for (Slot s : layout.slots()) {
            if (firstRow.containsKey(s.name())) {
                list.add(TensorEntry.words(s.name(), new long[] {MomentType.rows(s.size()), type.words()}, (offset, dst, count) ->
                        backend.download(words.flat(firstRow.get(s.name()) * (long) type.words() + offset, 1, count), dst, 0)));
            }
        }
        return list;
    }

    /** Takes up what {@link #entries} wrote. */
    void load(SafeTensorsFile file) {
        WeightFiles.load(file, plain);
        int[] buffer = new int[PIECE * type.words()];
        for (Slot s : layout.slots()) {
            if (firstRow.containsKey(s.name())) {
                pieces(s, (at, n) -> {
                    file.readWords(s.name(), (long) at * type.words(), buffer, n * type.words());
                    backend.upload(rows(s, at, n), buffer, 0);
                });
            }
        }
    }

    @Override
    public void close() {
        plain.close();
        if (words != null) {
            words.close();
        }
    }
}
