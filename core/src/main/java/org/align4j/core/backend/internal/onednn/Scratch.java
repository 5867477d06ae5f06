package org.align4j.core.backend.internal.onednn;

import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;

/** Working memory of a lane in few distinct sizes, so that the pool does not fill with sizes that never come again. */
final class Scratch {
    private Scratch() {}

    /** An owner of rows × cols values at least. */
    static Tensor alloc(Lane lane, DType type, int rows, int cols) {
        long size = (long) rows * cols;
        long step = Math.max(1, Long.highestOneBit(size) / 4);
        long rounded = (size + step - 1) / step * step;
        return lane.memory().alloc(type, Math.toIntExact((rounded + cols - 1) / cols), cols);
    }

    static int type(Tensor t) {
        return t.dtype() == DType.F32 ? Dnnl.F32 : Dnnl.BF16;
    }
}
