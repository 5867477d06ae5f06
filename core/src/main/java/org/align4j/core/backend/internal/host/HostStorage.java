package org.align4j.core.backend.internal.host;

import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Memory of a flat ND4J array, on loan from a {@link HostMemory}. */
public final class HostStorage implements Tensor.Storage {
    private final HostMemory home;
    private final INDArray array;
    private final DType dtype;
    private boolean live = true;

    HostStorage(HostMemory home, INDArray array, DType dtype) {
        this.home = home;
        this.array = array;
        this.dtype = dtype;
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
