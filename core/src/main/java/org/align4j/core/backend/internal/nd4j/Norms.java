package org.align4j.core.backend.internal.nd4j;

import org.align4j.core.backend.Tensor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Root-mean-square and layer normalisation. Means over a row are taken in double, everything else in float32. */
final class Norms {
    private Norms() {}

    static void rms(Tensor y, Tensor x, Tensor w, float shift, float eps, Tensor stats) {
        try (Scope s = new Scope()) {
            INDArray xs = s.read(x);
            INDArray inverse = inverseRoot(s, xs, eps);
            s.write(stats, inverse);
            s.write(y, xs.muli(inverse).muli(s.read(w).addi(shift)));
        }
    }

    static void rmsBackward(Tensor dx, Tensor dw, Tensor dy, Tensor x, Tensor w, float shift, Tensor stats) {
        try (Scope s = new Scope()) {
            INDArray inverse = s.read(stats);
            INDArray normal = s.read(x).muli(inverse);
            INDArray g = s.read(dy);
            if (dw != null) {
                Scope.view(dw).addi(s.columnSums(s.own(g.mul(normal))));
            }
            g.muli(s.read(w).addi(shift));
            // With n = x/rms: dx = (g − n·mean(g ∘ n))/rms.
            INDArray along = s.rowSums(s.own(g.mul(normal))).divi(x.cols());
            Scope.view(dx).addi(g.subi(normal.muli(along)).muli(inverse));
        }
    }

    static void layer(Tensor y, Tensor x, Tensor w, Tensor b, float eps, Tensor stats) {
        try (Scope s = new Scope()) {
            INDArray xs = s.read(x);
            INDArray mean = s.rowSums(xs).divi(x.cols());
            xs.subi(mean);
            INDArray inverse = inverseRoot(s, xs, eps);
            s.write(stats.cols(0, 1), mean);
            s.write(stats.cols(1, 1), inverse);
            s.write(y, xs.muli(inverse).muli(s.read(w)).addi(s.read(b)));
        }
    }

    static void layerBackward(Tensor dx, Tensor dw, Tensor db, Tensor dy, Tensor x, Tensor w, Tensor stats) {
        try (Scope s = new Scope()) {
            INDArray inverse = s.read(stats.cols(1, 1));
            INDArray normal = s.read(x).subi(s.read(stats.cols(0, 1))).muli(inverse);
            INDArray g = s.read(dy);
            if (dw != null) {
                Scope.view(dw).addi(s.columnSums(s.own(g.mul(normal))));
                Scope.view(db).addi(s.columnSums(g));
            }
            g.muli(s.read(w));
            // With n = (x − mean)/sd: dx = (g − mean(g) − n·mean(g ∘ n))/sd.
            INDArray level = s.rowSums(g).divi(x.cols());
            INDArray along = s.rowSums(s.own(g.mul(normal))).divi(x.cols());
            Scope.view(dx).addi(g.subi(level).subi(normal.muli(along)).muli(inverse));
        }
    }

    /** 1/√(mean(x²) + eps) of each row. */
    private static INDArray inverseRoot(Scope s, INDArray x, float eps) {
        INDArray wide = s.own(x.castTo(DataType.DOUBLE));
        INDArray mean = s.own(wide.muli(wide).sum(true, 1)).divi(x.size(1)).addi(eps);
        return s.own(Transforms.sqrt(mean, false).rdivi(1).castTo(DataType.FLOAT));
    }
}
