package org.align4j.core.backend.internal.host;

import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Memory of a flat ND4J array, on loan from a {@link HostMemory}. */
public final class HostStorage implements Tensor.Storage {
    private final HostMemory home;
    private final INDArray array;
    private final DType dtype;
    /** What the array lies in where ND4J does not own that; else null. */
    private final Pointer memory;
    private boolean live = true;

    HostStorage(HostMemory home, INDArray array, DType dtype, Pointer memory) {
        this.home = home;
        this.array = array;
        this.dtype = dtype;
        this.memory = memory;
    }

    /** The flat array itself; its memory is the tensor's memory. */
    public INDArray array() {
        requireLive();
        return array;
    }

    void requireLive() {
        if (!live) {
            throw new IllegalStateException("Tensor used after it was closed");
        }
    }

    /** Address of the first value. */
    public long address() {
        return array().data().address();
    }

    DType dtype() {
        return dtype;
    }

    long bytes() {
        return capacity() * dtype.bytes();
    }

    void revive() {
        live = true;
    }

    /** Gives the memory back to the system. */
    void free() {
        array.close();
        if (memory != null) {
            Pointer.free(memory);
        }
    }

    @Override
    public long capacity() {
        return array.length();
    }

    @Override
    public void release() {
        if (live) {
            live = false;
            home.giveBack(this);
        }
    }
}
