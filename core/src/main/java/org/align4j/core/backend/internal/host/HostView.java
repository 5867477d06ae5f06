package org.align4j.core.backend.internal.host;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;

/** The memory of a tensor as native pointer and NIO buffer, both starting at its first value. No copy is made. */
public final class HostView {
    private final Pointer pointer;
    private FloatBuffer floats;
    private ShortBuffer shorts;
    private IntBuffer ints;

    private HostView(Tensor t) {
        long span = t.rows() == 0 ? 0 : (t.rows() - 1L) * t.stride() + t.cols();
        long address = ((HostStorage) t.storage()).address() + t.offset() * t.dtype().bytes();
        pointer = switch (t.dtype()) {
            case F32 -> new Floats(address, span);
            case BF16 -> new Shorts(address, span);
            case I32 -> new Ints(address, span);
        };
    }

    /** View of a tensor, remembered in its handle. Refuses tensors whose memory was given back. */
    public static HostView of(Tensor t) {
        if (t.cached() instanceof HostView v) {
            ((HostStorage) t.storage()).requireLive();
            return v;
        }
        HostView v = new HostView(t);
        t.cache(v);
        return v;
    }

    public static FloatBuffer floats(Tensor t) {
        HostView v = of(t);
        if (v.floats == null) {
            v.floats = ((FloatPointer) v.pointer).asBuffer();
        }
        return v.floats;
    }

    public static ShortBuffer shorts(Tensor t) {
        HostView v = of(t);
        if (v.shorts == null) {
            v.shorts = ((ShortPointer) v.pointer).asBuffer();
        }
        return v.shorts;
    }

    public static IntBuffer ints(Tensor t) {
        HostView v = of(t);
        if (v.ints == null) {
            v.ints = ((IntPointer) v.pointer).asBuffer();
        }
        return v.ints;
    }

    public static FloatPointer floatPointer(Tensor t) {
        return (FloatPointer) of(t).pointer;
    }

    public static Pointer pointer(Tensor t) {
        return of(t).pointer;
    }

    private static final class Floats extends FloatPointer {
        Floats(long address, long count) {
            super((Pointer) null);
            this.address = address;
            this.limit = count;
            this.capacity = count;
        }
    }

    private static final class Shorts extends ShortPointer {
        Shorts(long address, long count) {
            super((Pointer) null);
            this.address = address;
            this.limit = count;
            this.capacity = count;
        }
    }

    private static final class Ints extends IntPointer {
        Ints(long address, long count) {
            super((Pointer) null);
            this.address = address;
            this.limit = count;
            this.capacity = count;
        }
    }
}
