package org.align4j.core.backend.internal.onednn;

import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.align4j.core.backend.internal.host.HostMemory;
import org.align4j.core.backend.internal.host.HostView;

/** What one thread needs to compute by itself: its own oneDNN stream, compiled kernels and scratch memory. Kernels use that one thread. */
final class Lane implements AutoCloseable {
    private final Dnnl dnnl = new Dnnl();
    private final Primitives primitives = new Primitives(dnnl);
    private final HostMemory memory = new HostMemory(true);

    Primitives primitives() {
        return primitives;
    }

    HostMemory memory() {
        return memory;
    }

    /** The values as dense bfloat16, or a view where they are bfloat16 already, so that closing it leaves them be. */
    Tensor rounded(Tensor t) {
        if (t.dtype() == DType.BF16) {
            return t.rows(0, t.rows());
        }
        Tensor half = memory.alloc(DType.BF16, t.rows(), t.cols());
        convert(half, t);
        return half;
    }

    /** to ← from, between types and strides. */
    void convert(Tensor to, Tensor from) {
        primitives.convert(Dnnl.type(from), Dnnl.type(to), from.rows(), from.cols(), from.stride(), to.stride()).run(HostView.pointer(from), HostView.pointer(to));
    }

    @Override
    public void close() {
        memory.close();
        dnnl.close();
    }
}
