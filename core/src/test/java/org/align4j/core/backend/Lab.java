package org.align4j.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Operands on a backend. Every tensor is a view into a larger one whose other values are guards; closing the lab checks that no kernel
 * touched them. Outputs start as NaN, so that a kernel that reads what it should overwrite shows.
 */
final class Lab implements AutoCloseable {
    /** How a matrix lies in memory: rows end to end from an odd offset on, or as columns of a wider matrix. */
    enum Placement {
        DENSE, COLUMNS
    }

    private static final int GUARD = -4096;

    private record Guarded(Tensor parent, Tensor view) {}

    final Backend backend;
    private final Placement placement;
    private final List<Guarded> all = new ArrayList<>();

    Lab(Backend backend, Placement placement) {
        this.backend = backend;
        this.placement = placement;
    }

    Placement placement() {
        return placement;
    }

    Tensor put(Mat m) {
        return put(DType.F32, m);
    }

    Tensor put(DType dtype, Mat m) {
        Tensor t = place(dtype, m.rows(), m.cols());
        backend.upload(t, m.floats(), 0);
        return t;
    }

    /** A tensor to be overwritten. */
    Tensor out(int rows, int cols) {
        return put(Mat.zeros(rows, cols).map(x -> Double.NaN));
    }

    private Tensor place(DType dtype, int rows, int cols) {
        boolean dense = placement == Placement.DENSE;
        Tensor parent = dense ? backend.alloc(dtype, 1, rows * cols + 12) : backend.alloc(dtype, rows + 2, cols + 8);
        float[] guards = new float[(int) parent.size()];
        Arrays.fill(guards, GUARD);
        backend.upload(parent, guards, 0);
        Tensor view = dense ? parent.flat(5, rows, cols) : parent.rows(1, rows).cols(3, cols);
        all.add(new Guarded(parent, view));
        return view;
    }

    Mat get(Tensor t) {
        float[] f = new float[(int) t.size()];
        backend.download(t, f, 0);
        return Mat.of(t.rows(), t.cols(), f);
    }

    /** |found − expected| ≤ tolerance, value by value. */
    static void close(String what, Mat expected, Mat found, Mat tolerance) {
        assertEquals(expected.rows() + "×" + expected.cols(), found.rows() + "×" + found.cols(), what);
        int worst = -1;
        double excess = 1;
        for (int i = 0; i < expected.v().length; i++) {
            double e = expected.v()[i];
            double f = found.v()[i];
            double ratio = e == f ? 0 : Math.abs(e - f) / tolerance.v()[i];
            if (!(ratio <= excess)) {
                worst = i;
                excess = Double.isNaN(ratio) ? Double.POSITIVE_INFINITY : ratio;
            }
        }
        if (worst >= 0) {
            fail(what + ": at [" + worst / expected.cols() + ", " + worst % expected.cols() + "] expected " + expected.v()[worst] + ", found "
                    + found.v()[worst] + ", error " + Math.abs(expected.v()[worst] - found.v()[worst]) + " is over the tolerance "
                    + tolerance.v()[worst]);
        }
    }

    static void same(String what, Mat expected, Mat found) {
        close(what, expected, found, Mat.zeros(expected.rows(), expected.cols()));
    }

    @Override
    public void close() {
        for (Guarded g : all) {
            Mat m = get(g.parent);
            long from = g.view.offset() - g.parent.offset();
            for (int i = 0; i < g.parent.size(); i++) {
                long in = i - from;
                boolean inside = in >= 0 && in / g.view.stride() < g.view.rows() && in % g.view.stride() < g.view.cols();
                if (!inside && m.v()[i] != GUARD) {
                    fail("A kernel wrote " + m.v()[i] + " outside its operand " + g.view + ", at value " + in);
                }
            }
            g.parent.close();
        }
    }
}
