package org.align4j.core.backend.internal.onednn;

import org.align4j.core.backend.internal.host.HostMemory;

/** What one thread needs to compute by itself: its own oneDNN stream, compiled kernels and scratch memory. Kernels use that one thread. */
final class Lane implements AutoCloseable {
    private final Dnnl dnnl = new Dnnl();
    private final Primitives primitives = new Primitives(dnnl);
    private final HostMemory memory = new HostMemory();

    Primitives primitives() {
        return primitives;
    }

    HostMemory memory() {
        return memory;
    }

    @Override
    public void close() {
        memory.close();
        dnnl.close();
    }
}
