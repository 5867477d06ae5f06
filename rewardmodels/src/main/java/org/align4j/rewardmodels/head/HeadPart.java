package org.align4j.rewardmodels.head;

import java.util.ArrayList;
import java.util.List;

/**
 * A parameter among the flat ones of a head, a matrix row after row.
 *
 * @param name   {@code pooler.dense.weight}, {@code pooler.dense.bias}, {@code score.weight}, {@code score.bias}
 * @param shape  outputs × inputs, or outputs
 * @param offset where it begins
 */
public record HeadPart(String name, int[] shape, int offset) {

    /** Values it has. */
    public int size() {
        return shape.length == 2 ? shape[0] * shape[1] : shape[0];
    }

    /** Whether weight decay is for it. */
    public boolean matrix() {
        return shape.length == 2;
    }

    /** The parameters of a head, in their order. */
    public static List<HeadPart> of(HeadSettings s) {
        List<HeadPart> list = new ArrayList<>();
        int at = 0;
        if (s.pooler()) {
            at = add(list, "pooler.dense.weight", at, s.hiddenSize(), s.hiddenSize());
            at = add(list, "pooler.dense.bias", at, s.hiddenSize());
        }
        at = add(list, "score.weight", at, s.outputs(), s.hiddenSize());
        if (s.bias()) {
            add(list, "score.bias", at, s.outputs());
        }
        return List.copyOf(list);
    }

    private static int add(List<HeadPart> list, String name, int at, int... shape) {
        HeadPart part = new HeadPart(name, shape, at);
        list.add(part);
        return at + part.size();
    }
}
