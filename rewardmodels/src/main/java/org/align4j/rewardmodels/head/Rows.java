package org.align4j.rewardmodels.head;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Between arrays of rows and ND4J, outside of any workspace, so that whoever makes one can close it. */
final class Rows {
    private Rows() {}

    static INDArray of(float[] values, int rows, int cols) {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            return Nd4j.create(values, new long[] {rows, cols}, new long[] {cols, 1}, 'c', DataType.FLOAT);
        }
    }

    /** Row after row. */
    static float[] values(INDArray x) {
        INDArray c = x.ordering() == 'c' && !x.isView() ? x : x.dup('c');
        float[] out = c.data().asFloat();
        if (c != x && c.closeable()) {
            c.close();
        }
        return out;
    }
}
