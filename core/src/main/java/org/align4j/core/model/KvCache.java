package org.align4j.core.model;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Tensor;
import org.align4j.core.model.config.ModelConfig;

/** Keys and values of past tokens, one row per token, for every block. Which row belongs to whom is the generator's business. */
public final class KvCache implements AutoCloseable {
    private final List<Layer> layers = new ArrayList<>();
    private final int rows;

    public KvCache(Backend b, ModelConfig config, int rows) {
        this.rows = rows;
        int width = config.kvHeads() * config.headDim();
        for (int i = 0; i < config.layers(); i++) {
            layers.add(new Layer(b.alloc(rows, width), b.alloc(rows, width)));
        }
    }

    public int rows() {
        return rows;
    }

    /** Says where the next pass stores its rows: batch row i goes to cache row {@code target[i]}; −1 is not stored. */
    public void storeAt(int[] target) {
        layers.forEach(l -> l.target = target);
    }

    Layer layer(int i) {
        return layers.get(i);
    }

    /** The cache of one block. */
    static final class Layer {
        private final Tensor keys;
        private final Tensor values;
        private int[] target;

        Layer(Tensor keys, Tensor values) {
            this.keys = keys;
            this.values = values;
        }

        Tensor keys() {
            return keys;
        }

        Tensor values() {
            return values;
        }

        void store(Backend b, Tensor k, Tensor v) {
            b.storeRows(keys, k, target);
            b.storeRows(values, v, target);
        }
    }

    @Override
    public void close() {
        for (Layer l : layers) {
            l.keys.close();
            l.values.close();
        }
    }
}
