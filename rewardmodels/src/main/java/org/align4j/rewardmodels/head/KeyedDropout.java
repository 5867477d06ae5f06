package org.align4j.rewardmodels.head;

import java.util.SplittableRandom;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Dropout whose mask for a row follows from the row's name alone, so that neither batching nor an interruption changes it. */
final class KeyedDropout implements IDropout {
    private static final long serialVersionUID = 1L;
    private final double rate;
    private transient long[] keys;
    private transient INDArray mask;

    KeyedDropout(double rate) {
        this.rate = rate;
    }

    /** Names of the rows of the next pass; null: nothing is left out. */
    void keys(long[] value) {
        keys = value;
    }

    @Override
    public INDArray applyDropout(INDArray input, INDArray result, int iteration, int epoch, LayerWorkspaceMgr workspaces) {
        clear();
        int n = Math.toIntExact(input.rows());
        int d = Math.toIntExact(input.columns());
        float[] m = new float[n * d];
        float kept = (float) (1 / (1 - rate));
        for (int i = 0; i < n; i++) {
            SplittableRandom random = keys == null ? null : new SplittableRandom(keys[i]);
            for (int j = 0; j < d; j++) {
                m[i * d + j] = random == null ? 1 : random.nextDouble() < rate ? 0 : kept;
            }
        }
        mask = Rows.of(m, n, d);
        return Nd4j.getExecutioner().exec(new org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.MulOp(input, mask, result))[0];
    }

    @Override
    public INDArray backprop(INDArray gradient, INDArray result, int iteration, int epoch) {
        result.assign(gradient.mul(mask));
        clear();
        return result;
    }

    @Override
    public void clear() {
        if (mask != null) {
            mask.close();
            mask = null;
        }
    }

    /** The network copies its configuration; there is one network to a head, and this belongs to it. */
    @Override
    public IDropout clone() {
        return this;
    }
}
