package org.align4j.core.quant;

import java.util.List;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Tensor;

/** A matrix as it is kept in memory, opened as a tensor for one product. */
public interface Matrix {
    int rows();

    int cols();

    /** Writes the values into a dense float32 tensor. */
    void write(Backend b, Tensor to);

    /** The values, float32 or bfloat16. Close it after use: a stored tensor is a view and stays, an expanded one gives its memory back. */
    default Tensor open(Backend b) {
        Tensor expanded = b.alloc(rows(), cols());
        write(b, expanded);
        return expanded;
    }

    /** A matrix that is a tensor already. */
    static Matrix of(Tensor tensor) {
        return new Dense(tensor.rows(0, tensor.rows()));
    }

    /** Matrices of one width, one below the other. */
    static Matrix stacked(List<Matrix> parts) {
        return new Stacked(parts);
    }

    /** A view of a stored tensor. */
    record Dense(Tensor view) implements Matrix {
        @Override
        public int rows() {
            return view.rows();
        }

        @Override
        public int cols() {
            return view.cols();
        }

        @Override
        public void write(Backend b, Tensor to) {
            b.copy(to, view);
        }

        @Override
        public Tensor open(Backend b) {
            return view;
        }
    }

    /** See {@link Matrix#stacked}. */
    record Stacked(List<Matrix> parts) implements Matrix {
        public Stacked {
            parts = List.copyOf(parts);
            for (Matrix m : parts) {
                if (m.cols() != parts.get(0).cols()) {
                    throw new IllegalArgumentException("Stacked matrices need one width, found " + parts.get(0).cols() + " and " + m.cols());
                }
            }
        }

        @Override
        public int rows() {
            return parts.stream().mapToInt(Matrix::rows).sum();
        }

        @Override
        public int cols() {
            return parts.get(0).cols();
        }

        @Override
        public void write(Backend b, Tensor to) {
            int at = 0;
            for (Matrix m : parts) {
                m.write(b, to.rows(at, m.rows()));
                at += m.rows();
            }
        }
    }
}
