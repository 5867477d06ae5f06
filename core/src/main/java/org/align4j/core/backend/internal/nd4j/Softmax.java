package org.align4j.core.backend.internal.nd4j;

import org.align4j.core.backend.Tensor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Softmax over the columns of each row, in place. Exponentials in float32, their sums in double. */
final class Softmax {
    private Softmax() {}

    static void rows(Tensor logits) {
        try (Scope s = new Scope()) {
            INDArray x = shifted(s, logits);
            Transforms.exp(x, false);
            s.write(logits, x.divi(s.rowSums(x)));
        }
    }

    static void pick(Tensor logits, int[] targets, double[] out, int outFrom) {
        try (Scope s = new Scope()) {
            INDArray x = shifted(s, logits);
            INDArray p = s.own(Transforms.exp(x, true));
            double[] total = sums(s, p);
            for (int i = 0; i < targets.length; i++) {
                out[outFrom + i] = x.getFloat(i, targets[i]) - Math.log(total[i]);
            }
            s.write(logits, p.divi(s.rowSums(p)));
        }
    }

    static void logPick(Tensor logits, int[] targets, double[] out, int outFrom, double[] entropy) {
        try (Scope s = new Scope()) {
            INDArray logp = shifted(s, logits);
            INDArray total = s.own(s.own(s.own(Transforms.exp(logp, true)).castTo(DataType.DOUBLE)).sum(true, 1));
            logp.subi(s.own(Transforms.log(total, false).castTo(DataType.FLOAT)));
            s.write(logits, logp);
            for (int i = 0; i < targets.length; i++) {
                out[outFrom + i] = logp.getFloat(i, targets[i]);
            }
            if (entropy != null) {
                INDArray p = s.own(Transforms.exp(logp, true));
                // 0·log 0 is 0, not the NaN that 0·(−∞) makes.
                INDArray finite = s.own(Transforms.max(logp, -Float.MAX_VALUE));
                double[] sums = sums(s, p.muli(finite));
                for (int i = 0; i < sums.length; i++) {
                    entropy[outFrom + i] = -sums[i];
                }
            }
        }
    }

    static void collision(Tensor logProbs, double[] out, int outFrom) {
        try (Scope s = new Scope()) {
            INDArray x = s.own(s.read(logProbs).castTo(DataType.DOUBLE));
            double[] sums = s.own(Transforms.exp(x.muli(2), false).sum(true, 1)).data().asDouble();
            for (int i = 0; i < sums.length; i++) {
                out[outFrom + i] = Math.log(sums[i]);
            }
        }
    }

    /** Logits less the largest of their row, so that no exponential overflows. */
    private static INDArray shifted(Scope s, Tensor logits) {
        INDArray x = s.read(logits);
        return x.subi(s.own(x.max(true, 1)));
    }

    private static double[] sums(Scope s, INDArray x) {
        return s.own(s.own(x.castTo(DataType.DOUBLE)).sum(true, 1)).data().asDouble();
    }
}
