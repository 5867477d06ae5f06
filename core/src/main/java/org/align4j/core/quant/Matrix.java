package org.align4j.core.quant;

import java.util.List;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;

/** A matrix as it is kept in memory, opened as a tensor for one product. */
public interface Matrix {
    int rows();

    int cols();

    /** The values, float32 or bfloat16. Close it after use: a stored tensor is a view and stays, an expanded one gives its memory back. */
    Tensor open(Backend b);

    /** A matrix that is a tensor already. */
    static Matrix of(Tensor tensor) {
        Tensor view = tensor.rows(0, tensor.rows());
        return new Matrix() {
            @Override
            public int rows() {
                return view.rows();
            }

            @Override
            public int cols() {
                return view.cols();
            }

            @Override
            public Tensor open(Backend b) {
                return view;
            }
        };
    }

    /** Matrices of one width, one below the other. */
    static Matrix stacked(List<Matrix> parts) {
        List<Matrix> all = List.copyOf(parts);
        int height = all.stream().mapToInt(Matrix::rows).sum();
        int width = all.get(0).cols();
        for (Matrix m : all) {
            if (m.cols() != width) {
                throw new IllegalArgumentException("Stacked matrices need one width, found " + width + " and " + m.cols());
            }
        }
        return new Matrix() {
            @Override
            public int rows() {
                return height;
            }

            @Override
            public int cols() {
                return width;
            }

            @Override
            public Tensor open(Backend b) {
                Tensor whole = b.alloc(DType.F32, height, width);
                int at = 0;
                for (Matrix m : all) {
                    try (Tensor t = m.open(b)) {
                        b.copy(whole.rows(at, m.rows()), t);
                    }
                    at += m.rows();
                }
                return whole;
            }
        };
    }
}
