package org.align4j.core.backend;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.align4j.core.backend.AttentionLayout.Segment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** A kernel never touches memory that its operands do not own: what does not fit is refused, by a message that names the kernel. */
interface RefusalConformance extends Conformance {
    AdamWStep STEP = new AdamWStep(0.1, 0.9, 0.99, 1e-8, 0, 1, 1, 1);

    private static void shape(String kernel, Executable call) {
        named(kernel, assertThrows(IllegalArgumentException.class, call, kernel));
    }

    private static void index(String kernel, Executable call) {
        named(kernel, assertThrows(IndexOutOfBoundsException.class, call, kernel));
    }

    private static void named(String kernel, RuntimeException e) {
        assertTrue(e.getMessage() != null && e.getMessage().contains(kernel), "A message that names " + kernel + ", not: " + e.getMessage());
    }

    @Test
    default void indicesOutsideTheTable() {
        try (Backend b = open(Precision.FP32); Tensor table = b.alloc(5, 4); Tensor x = b.alloc(3, 4)) {
            b.fill(table, 0);
            b.fill(x, 0);
            RotaryTable rotary = RotaryTable.of(new double[] {1, 0.5}, 5);
            for (int bad : new int[] {-1, 5, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
                for (int at = 0; at < 3; at++) {
                    int[] ids = {0, 4, 2};
                    ids[at] = bad;
                    index("gather", () -> b.gather(x, table, ids, 1f));
                    index("gatherRows", () -> b.gatherRows(x, table, ids));
                    index("scatterAdd", () -> b.scatterAdd(table, x, ids, null));
                    index("rotate", () -> b.rotate(x, 4, ids, rotary, false));
                    int[] targets = {0, 3, 2};
                    targets[at] = bad == 5 ? 4 : bad;
                    index("logSoftmaxPick", () -> b.logSoftmaxPick(x, targets, new double[3], 0, null));
                    index("softmaxPick", () -> b.softmaxPick(x, targets, new double[3], 0));
                }
            }
            int[] two = {0, 1};
            shape("gather", () -> b.gather(x, table, two, 1f));
            shape("gatherRows", () -> b.gatherRows(x, table, two));
            shape("scatterAdd", () -> b.scatterAdd(table, x, two, null));
            shape("scatterAdd", () -> b.scatterAdd(table, x, new int[3], new float[2]));
            shape("rotate", () -> b.rotate(x, 4, two, rotary, false));
            shape("logSoftmaxPick", () -> b.logSoftmaxPick(x, two, new double[3], 0, null));
            index("logSoftmaxPick", () -> b.logSoftmaxPick(x, new int[3], new double[3], 1, null));
            index("logSoftmaxPick", () -> b.logSoftmaxPick(x, new int[3], new double[3], 0, new double[2]));
            index("softmaxPick", () -> b.softmaxPick(x, new int[3], new double[2], 0));
            index("logCollision", () -> b.logCollision(x, new double[3], 1));
        }
    }

    @Test
    default void hostArraysTooShort() {
        try (Backend b = open(Precision.FP32); Tensor x = b.alloc(3, 4); Tensor h = b.alloc(DType.BF16, 3, 4)) {
            for (Tensor t : List.of(x, h)) {
                index("upload", () -> b.upload(t, new float[11], 0));
                index("upload", () -> b.upload(t, new float[12], 1));
                index("upload", () -> b.upload(t, new float[20], -1));
                b.upload(t, new float[20], 8);
                index("download", () -> b.download(t, new float[11], 0));
                index("download", () -> b.download(t, new float[20], 9));
            }
            shape("scaleRows", () -> b.scaleRows(x, new float[2]));
        }
    }

    @Test
    default void shapesThatDoNotFit() {
        try (Backend b = open(Precision.FP32); Tensor a = b.alloc(4, 6); Tensor wide = b.alloc(4, 7); Tensor tall = b.alloc(5, 6);
                Tensor row = b.alloc(1, 6); Tensor wideRow = b.alloc(1, 7); Tensor y = b.alloc(4, 6); Tensor z = b.alloc(4, 6);
                Tensor stats = b.alloc(4, 1); Tensor stats2 = b.alloc(4, 2); Tensor fewStats = b.alloc(3, 1); Tensor c = b.alloc(4, 4)) {
            shape("copy", () -> b.copy(y, tall));
            shape("matmul", () -> b.matmul(c, a, false, y, false, false));
            shape("matmul", () -> b.matmul(c, a, false, wide, true, false));
            shape("matmul", () -> b.matmul(y, a, false, y, true, false));
            shape("add", () -> b.add(a, wide));
            shape("add", () -> b.add(a, row));
            shape("multiply", () -> b.multiply(a, wideRow));
            shape("multiply", () -> b.multiply(a, tall));
            shape("addBias", () -> b.addBias(a, wideRow));
            shape("addBias", () -> b.addBias(a, y));
            shape("addRowSums", () -> b.addRowSums(wideRow, a));
            for (int bad = 0; bad < 4; bad++) {
                Tensor out = bad == 0 ? tall : y;
                Tensor in = bad == 1 ? wide : a;
                Tensor w = bad == 2 ? wideRow : row;
                Tensor st = bad == 3 ? fewStats : stats;
                Tensor st2 = bad == 3 ? stats : stats2;
                shape("rmsNorm", () -> b.rmsNorm(out, in, w, 0, 1e-5f, st));
                shape("rmsNormBackward", () -> b.rmsNormBackward(z, null, out, in, w, 0, 1e-5f, st));
                shape("layerNorm", () -> b.layerNorm(out, in, w, row, 1e-5f, st2));
                shape("layerNormBackward", () -> b.layerNormBackward(z, null, null, out, in, w, 1e-5f, st2));
            }
            shape("rmsNormBackward", () -> b.rmsNormBackward(tall, null, y, a, row, 0, 1e-5f, stats));
            shape("rmsNormBackward", () -> b.rmsNormBackward(z, wideRow, y, a, row, 0, 1e-5f, stats));
            shape("layerNorm", () -> b.layerNorm(y, a, row, wideRow, 1e-5f, stats2));
            shape("layerNormBackward", () -> b.layerNormBackward(z, row, null, y, a, row, 1e-5f, stats2));
            shape("activate", () -> b.activate(Activation.SILU, tall, a));
            shape("activateBackward", () -> b.activateBackward(Activation.SILU, tall, y, a));
            shape("activateBackward", () -> b.activateBackward(Activation.SILU, z, wide, a));
            shape("gated", () -> b.gated(Activation.SILU, tall, a, y));
            shape("gated", () -> b.gated(Activation.SILU, z, a, wide));
            shape("gatedBackward", () -> b.gatedBackward(Activation.SILU, z, tall, null, y, a, c));
            shape("gather", () -> b.gather(a, wide, new int[4], 1f));
            shape("scatterAdd", () -> b.scatterAdd(wide, a, new int[4], null));
            shape("rotate", () -> b.rotate(wide, 4, new int[4], RotaryTable.of(new double[] {1, 1}, 1), false));
            shape("rotate", () -> b.rotate(a, 3, new int[4], RotaryTable.of(new double[] {1}, 1), false));
            shape("rotate", () -> b.rotate(a, 6, new int[4], RotaryTable.of(new double[] {1, 1}, 1), false));
            shape("adamW", () -> b.adamW(a, y, tall, z, STEP));
            shape("adamW", () -> b.adamW(a.cols(0, 3), y.cols(0, 3), z.cols(0, 3), tall.rows(0, 4).cols(0, 3), STEP));
        }
    }

    @Test
    default void attentionThatDoesNotFit() {
        AttentionShape shape = new AttentionShape(4, 2, 3, 1f);
        try (Backend b = open(Precision.FP32); Tensor q = b.alloc(8, 12); Tensor out = b.alloc(8, 12); Tensor k = b.alloc(10, 6);
                Tensor v = b.alloc(10, 6); Tensor dk = b.alloc(10, 6); Tensor dv = b.alloc(10, 6); Tensor dq = b.alloc(8, 12);
                Tensor short9 = b.alloc(9, 6)) {
            b.fill(q, 0);
            b.fill(k, 0);
            b.fill(v, 0);
            AttentionLayout good = new AttentionLayout(List.of(new Segment(0, 8, 0, 2, 2, 8)), 0);
            b.attention(out, q, k, v, shape, good);
            shape("attention", () -> b.attention(k, q, k, v, shape, good));
            shape("attention", () -> b.attention(out, q, k, short9, shape, good));
            shape("attention", () -> b.attention(out, q, q, q, shape, good));
            shape("attention", () -> b.attention(out, k, k, v, shape, good));
            shape("attentionBackward", () -> b.attentionBackward(k, dk, dv, out, q, k, v, shape, good));
            shape("attentionBackward", () -> b.attentionBackward(dq, short9, dv, out, q, k, v, shape, good));
            shape("attentionBackward", () -> b.attentionBackward(dq, dk, short9, out, q, k, v, shape, good));
            shape("attentionBackward", () -> b.attentionBackward(dq, dk, dv, k, q, k, v, shape, good));
            int[][] bad = {{1, 8, 0, 0, 0, 8}, {-1, 8, 0, 0, 0, 8}, {0, 8, 0, 0, 3, 8}, {0, 8, 0, 0, -1, 8}, {0, 1, 9, 2, 0, 1},
                {0, 1, -1, 2, 0, 1}, {Integer.MAX_VALUE, 1, 0, 0, 0, 1}};
            for (int[] s : bad) {
                AttentionLayout layout = new AttentionLayout(List.of(new Segment(s[0], s[1], s[2], s[3], s[4], s[5])), 0);
                index("attention", () -> b.attention(out, q, k, v, shape, layout));
                index("attention", () -> b.attentionBackward(dq, dk, dv, out, q, k, v, shape, layout));
            }
        }
    }

    /** Reading bfloat16 memory as float32 would run past its end. */
    @Test
    default void typesThatDoNotFit() {
        try (Backend b = open(Precision.FP32); Tensor x = b.alloc(4, 4); Tensor y = b.alloc(4, 4); Tensor h = b.alloc(DType.BF16, 4, 4);
                Tensor row = b.alloc(1, 4); Tensor stats = b.alloc(4, 1)) {
            shape("matmul", () -> b.matmul(h, x, false, y, false, true));
            shape("add", () -> b.add(x, h));
            shape("scale", () -> b.scale(h, 2f));
            shape("fill", () -> b.fill(h, 2f));
            shape("rmsNorm", () -> b.rmsNorm(y, h, row, 0, 1e-5f, stats));
            shape("rmsNormBackward", () -> b.rmsNormBackward(y, null, h, x, row, 0, 1e-5f, stats));
            shape("activate", () -> b.activate(Activation.SILU, h, x));
            shape("gated", () -> b.gated(Activation.SILU, y, x, h));
            shape("gather", () -> b.gather(h, x, new int[4], 1f));
            shape("scatterAdd", () -> b.scatterAdd(h, x, new int[4], null));
            shape("softmax", () -> b.softmax(h));
            shape("sumOfSquares", () -> b.sumOfSquares(h));
            shape("adamW", () -> b.adamW(h, x, y, b.alloc(4, 4), STEP));
        }
    }

    /** Outputs over inputs give results that hang on the order of the work. */
    @Test
    default void overlapsThatAreNotAllowed() {
        try (Backend b = open(Precision.FP32); Tensor x = b.alloc(8, 8); Tensor y = b.alloc(8, 8); Tensor z = b.alloc(8, 8)) {
            shape("matmul", () -> b.matmul(x, x, false, y, false, false));
            shape("matmul", () -> b.matmul(x, y, false, x, false, false));
            shape("activate", () -> b.activate(Activation.SILU, x, x));
            shape("gated", () -> b.gated(Activation.SILU, x, x, y));
            shape("gatedBackward", () -> b.gatedBackward(Activation.SILU, x, y, null, x, y, z));
            shape("gather", () -> b.gather(x.rows(0, 4), x.rows(2, 4), new int[4], 1f));
            shape("matmul", () -> b.matmul(x.cols(0, 4).rows(0, 4), x.cols(3, 4).rows(2, 4), false, y.rows(0, 4).cols(0, 4), false, false));
            b.fill(x, 1);
            b.fill(y, 1);
            // Different columns of the same rows do not meet.
            b.matmul(x.cols(0, 4), x.cols(4, 4), false, y.rows(0, 4).cols(0, 4), false, false);
            b.gatherRows(x.rows(0, 4), x.rows(4, 4), new int[] {3, 2, 1, 0});
        }
    }
}
