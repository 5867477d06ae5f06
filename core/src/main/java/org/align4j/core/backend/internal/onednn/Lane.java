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

    /**
     * The values as bfloat16, row by row without gaps: oneDNN 3.11 falls back to its reference product, a thousand times slower, where rows of
     * bfloat16 weights have gaps. A view where they are that already, so that closing it leaves them be.
     */
    Tensor rounded(Tensor t) {
        if (t.dtype() == DType.BF16 && t.dense()) {
            return t.rows(0, t.rows());
        }
        Tensor half = memory.alloc(DType.BF16, t.rows(), t.cols());
        primitives.convert(t.dtype() == DType.F32 ? Dnnl.F32 : Dnnl.BF16, Dnnl.BF16, t.rows(), t.cols(), t.stride(), half.stride()).run(HostView.pointer(t), HostView.pointer(half));
        return half;
    }

    @Override
    public void close() {
        memory.close();
        dnnl.close();
    }
}
