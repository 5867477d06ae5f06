package org.align4j.core.adapter;

import java.util.List;
import java.util.SplittableRandom;
import org.align4j.core.model.ForwardPass;
import org.align4j.core.model.ParameterLayout.Slot;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.batch.PackedBatch;

/** Adapters for tests. */
final class Adapters {
    private Adapters() {}

    static LoraConfig config(boolean dora, double dropout) {
        return new LoraConfig(3, 5, dropout, List.of(LoraConfig.ALL_LINEAR), false, dora);
    }

    /** A fresh adapter, trainable. */
    static LoraAdapter fresh(LoraConfig config, Transformer model) {
        return LoraAdapter.fresh(config, model.config(), model.values(), new SplittableRandom(5));
    }

    /** An adapter as after some training: no part of it is 0, magnitudes have left the norms. */
    static LoraAdapter trained(LoraConfig config, Transformer model) {
        LoraAdapter adapter = fresh(config, model);
        SplittableRandom random = new SplittableRandom(6);
        for (Slot s : adapter.values().layout().slots()) {
            float[] v = get(adapter.values(), s.name());
            for (int i = 0; i < v.length; i++) {
                if (s.name().endsWith("lora_B.weight")) {
                    v[i] = (float) (0.15 * random.nextGaussian());
                } else if (s.name().endsWith("magnitude_vector")) {
                    v[i] *= (float) (1 + 0.1 * random.nextGaussian());
                }
            }
            model.backend().upload(adapter.values().get(s.name()), v, 0);
        }
        return adapter;
    }

    static Transformer on(Transformer model, LoraAdapter adapter) {
        return Transformer.adapted(model.config(), model.values(), adapter);
    }

    static float[] get(Parameters p, String name) {
        float[] v = new float[Math.toIntExact(p.layout().slot(name).size())];
        p.backend().download(p.get(name), v, 0);
        return v;
    }

    /** Gradients of Σ c·logProb, into the model's gradients. */
    static void backward(Transformer model, PackedBatch batch, double[] c, long[] noise) {
        model.gradients().clear();
        try (ForwardPass pass = model.forward(batch, noise)) {
            pass.logProbs();
            pass.backward(c);
        }
    }
}
