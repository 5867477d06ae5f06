package org.align4j.core.backend.internal.onednn;

import org.align4j.core.backend.Activation;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.align4j.core.backend.internal.host.HostView;

/** The gated nonlinearity and its gradient, a few rows at a time, so that what lies between operands and results never leaves the cache. */
final class GatedUnit {
    /** Values worked on at once: a few arrays of them fit the second-level cache. */
    private static final int PIECE = 1 << 15;
    private final Lanes lanes;

    GatedUnit(Lanes lanes) {
        this.lanes = lanes;
    }

    private interface Piece {
        void run(Lane lane, int from, int count, Tensor[] scratch);
    }

    private void pieces(int rows, int cols, int scratch, Piece work) {
        if (rows == 0 || cols == 0) {
            return;
        }
        int most = Math.max(1, PIECE / cols);
        lanes.run((lane, i) -> {
            int end = (int) ((long) rows * (i + 1) / lanes.count());
            for (int from = (int) ((long) rows * i / lanes.count()); from < end; from += most) {
                int n = Math.min(most, end - from);
                Tensor[] room = new Tensor[scratch];
                for (int s = 0; s < scratch; s++) {
                    room[s] = lane.memory().alloc(DType.F32, n, cols);
                }
                work.run(lane, from, n, room);
                for (Tensor t : room) {
                    t.close();
                }
            }
        });
    }

    void forward(Activation act, Tensor y, Tensor gate, Tensor up) {
        pieces(y.rows(), y.cols(), 3, (lane, from, n, room) -> {
            Tensor g = dense(lane, room[0], gate.rows(from, n));
            Tensor u = dense(lane, room[1], up.rows(from, n));
            Tensor s = room[2];
            lane.primitives().eltwise(act, g.size()).run(HostView.pointer(g), HostView.pointer(s));
            multiply(lane, s, u);
            lane.convert(y.rows(from, n), s);
        });
    }

    void backward(Activation act, Tensor dGate, Tensor dUp, Tensor y, Tensor dy, Tensor gate, Tensor up) {
        pieces(dy.rows(), dy.cols(), 5, (lane, from, n, room) -> {
            Tensor g = dense(lane, room[0], gate.rows(from, n));
            Tensor d = dense(lane, room[1], dy.rows(from, n));
            Tensor u = room[2];
            Tensor s = room[3];
            lane.convert(u, up.rows(from, n));
            lane.primitives().eltwise(act, g.size()).run(HostView.pointer(g), HostView.pointer(s));
            if (y != null) {
                Tensor h = room[4];
                product(lane, h, s, u);
                lane.convert(y.rows(from, n), h);
            }
            multiply(lane, u, d);
            multiply(lane, s, d);
            lane.convert(dUp.rows(from, n), s);
            lane.primitives().eltwiseBackward(act, g.size()).run(HostView.pointer(g), HostView.pointer(u), HostView.pointer(u));
            lane.convert(dGate.rows(from, n), u);
        });
    }

    /** The values as float32 without gaps: oneDNN's nonlinearities are slow with them. */
    private static Tensor dense(Lane lane, Tensor room, Tensor t) {
        if (t.dense() && t.dtype() == DType.F32) {
            return t;
        }
        lane.convert(room, t);
        return room;
    }

    private static void multiply(Lane lane, Tensor x, Tensor y) {
        product(lane, x, x, y);
    }

    private static void product(Lane lane, Tensor to, Tensor x, Tensor y) {
        int n = Math.toIntExact(x.size());
        lane.primitives().binary(true, 1, n, n, n, false).run(HostView.pointer(x), HostView.pointer(y), HostView.pointer(to));
    }
}
