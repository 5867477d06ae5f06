package org.align4j.core.backend.internal.nd4j;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.align4j.core.backend.internal.host.HostStorage;
import org.align4j.core.backend.internal.host.PackedMoments;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.BooleanIndexing;
import org.nd4j.linalg.indexing.conditions.Conditions;

/**
 * The temporaries of one kernel call; all are freed when it closes. Kernels compute on dense row-major copies and write the result back
 * through a view at the end, since ND4J's own handling of strided operands differs from op to op.
 */
final class Scope implements AutoCloseable {
    private final List<INDArray> owned = new ArrayList<>();

    /** Registers a temporary that owns its memory. */
    INDArray own(INDArray temporary) {
        owned.add(temporary);
        return temporary;
    }

    /** The tensor's memory as a matrix; writing to it writes to the tensor. */
    static INDArray view(Tensor t) {
        INDArray flat = ((HostStorage) t.storage()).array();
        return Nd4j.create(flat.data(), new long[] {t.rows(), t.cols()}, new long[] {t.stride(), 1}, t.offset(), 'c');
    }

    /** The memory of a dense tensor as a vector. */
    static INDArray flat(Tensor t) {
        INDArray flat = ((HostStorage) t.storage()).array();
        return Nd4j.create(flat.data(), new long[] {t.size()}, new long[] {1}, t.offset(), 'c');
    }

    /** A dense float32 copy of a tensor of either type. */
    INDArray read(Tensor t) {
        INDArray copy = own(view(t).dup('c'));
        return t.dtype() == DType.F32 ? copy : own(copy.castTo(DataType.FLOAT));
    }

    /** Overwrites a tensor of either type, rounding to nearest even where it holds bfloat16. */
    void write(Tensor t, INDArray values) {
        view(t).assign(t.dtype() == DType.F32 ? values : toBf16(values));
    }

    /** A moment of AdamW as a float32 vector: the tensor's own memory, or a copy of packed ones. */
    INDArray moment(Tensor t, boolean second, int n) {
        return t.dtype() == DType.F32 ? flat(t) : own(Nd4j.createFromArray(PackedMoments.unpack(t.cols(), second, readWords(t), n)));
    }

    /** Takes back what {@link #moment} gave. */
    void keepMoment(Tensor t, boolean second, INDArray values, long noise) {
        if (t.dtype() != DType.F32) {
            writeWords(t, PackedMoments.pack(t.cols(), second, values.data().asFloat(), noise));
        }
    }

    int[] readWords(Tensor t) {
        return own(flat(t).dup()).data().asInt();
    }

    void writeWords(Tensor t, int[] words) {
        if (words.length > 0) {
            flat(t).assign(own(Nd4j.createFromArray(words)));
        }
    }

    /** A float32 matrix of values from the Java heap. */
    INDArray matrix(float[] values, int rows, int cols) {
        return own(Nd4j.create(values, new long[] {rows, cols}, 'c'));
    }

    private INDArray toBf16(INDArray x) {
        // ND4J rounds every number to nearest even, but turns a NaN whose payload bits are high into an infinity or a zero.
        INDArray quiet = own(x.dup('c'));
        BooleanIndexing.replaceWhere(quiet, Float.NaN, Conditions.isNan());
        return own(quiet.castTo(DataType.BFLOAT16));
    }

    /** The nearest bfloat16 value of each value, ties to even, as float32. */
    INDArray roundToBf16(INDArray x) {
        return own(toBf16(x).castTo(DataType.FLOAT));
    }

    /** op(a)·op(b) in float32 as a dense row-major matrix. */
    INDArray product(INDArray a, boolean transposeA, INDArray b, boolean transposeB) {
        long m = a.size(transposeA ? 1 : 0);
        long n = b.size(transposeB ? 0 : 1);
        // BLAS writes column-major: the transposed product lies in memory just as the row-major product does.
        INDArray transposed = own(Nd4j.createUninitialized(DataType.FLOAT, new long[] {n, m}, 'f'));
        Nd4j.gemm(b, a, transposed, !transposeB, !transposeA, 1.0, 0.0);
        return Nd4j.create(transposed.data(), new long[] {m, n}, new long[] {n, 1}, 0, 'c');
    }

    /** Sum of each row (rows × 1), accumulated in double. */
    INDArray rowSums(INDArray x) {
        return own(own(own(x.castTo(DataType.DOUBLE)).sum(true, 1)).castTo(DataType.FLOAT));
    }

    /** Sum of each column (1 × cols), accumulated in double. */
    INDArray columnSums(INDArray x) {
        return own(own(own(x.castTo(DataType.DOUBLE)).sum(true, 0)).castTo(DataType.FLOAT));
    }

    @Override
    public void close() {
        for (INDArray a : owned) {
            a.close();
        }
        owned.clear();
    }
}
