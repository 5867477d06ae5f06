package org.align4j.core.backend.internal.onednn;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.PackedMatrix;
import org.align4j.core.backend.Tensor;
import org.align4j.core.backend.internal.host.HostMemory;
import org.align4j.core.backend.internal.host.HostView;
import org.align4j.core.backend.internal.onednn.Primitives.Packed;
import org.align4j.core.backend.internal.onednn.Primitives.PackedProduct;

/**
 * Products with matrices in oneDNN's blocked order. A matrix is cut into as many runs of outputs as there are lanes, each packed for itself, so that
 * lanes stream their share of the weights side by side.
 */
final class PackedProducts {
    /** Matrices of fewer values are read sooner by one lane than by several. */
    private static final long SMALL = 1 << 16;
    private final Lanes lanes;
    private final HostMemory memory;
    private final DType type;

    PackedProducts(Lanes lanes, HostMemory memory, DType type) {
        this.lanes = lanes;
        this.memory = memory;
        this.type = type;
    }

    PackedMatrix pack(Tensor w, boolean transposed) {
        int outputs = transposed ? w.cols() : w.rows();
        int inputs = transposed ? w.rows() : w.cols();
        int count = w.size() < SMALL ? 1 : lanes.count();
        List<Tensor> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int n = Products.cut(outputs, i + 1, count) - Products.cut(outputs, i, count);
            long bytes = n == 0 ? 0 : lanes.first().primitives().packedBytes(packed(inputs, n));
            parts.add(memory.alloc(type, 1, Math.toIntExact(bytes / type.bytes())));
        }
        lanes.run(count, (lane, i) -> {
            int from = Products.cut(outputs, i, count);
            int n = Products.cut(outputs, i + 1, count) - from;
            if (n > 0) {
                Tensor some = transposed ? w.cols(from, n) : w.rows(from, n);
                lane.primitives().pack(packed(inputs, n), Dnnl.type(w), w.stride(), transposed).run(HostView.pointer(some), HostView.pointer(parts.get(i)));
            }
        });
        return new PackedMatrix(outputs, inputs, transposed, parts);
    }

    private Packed packed(int inputs, int outputs) {
        return new Packed(type == DType.BF16 ? Dnnl.BF16 : Dnnl.F32, inputs, outputs);
    }

    /** y ← x·Wᵀ (+ y); x is of the type of operands. */
    void multiply(Tensor y, Tensor x, PackedMatrix w, boolean accumulate) {
        int count = w.parts().size();
        lanes.run(count, (lane, i) -> {
            int from = Products.cut(w.outputs(), i, count);
            int n = Products.cut(w.outputs(), i + 1, count) - from;
            if (n > 0) {
                lane.primitives().packedProduct(new PackedProduct(packed(w.inputs(), n), y.rows(), x.stride(), y.stride(), Dnnl.type(y), accumulate))
                        .run(HostView.pointer(x), HostView.pointer(w.parts().get(i)), HostView.pointer(y.cols(from, n)));
            }
        });
    }
}
