package org.align4j.core.model;

import java.util.random.RandomGenerator;
import org.align4j.core.backend.Tensor;
import org.align4j.core.model.ParameterLayout.Slot;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.model.config.Parameter.Kind;

/** Weights for a model trained from nothing: matrices normal with the configuration's {@code initializer_range}, norms 1, biases 0. */
public final class FreshWeights {
    private FreshWeights() {}

    public static void draw(ModelConfig config, Parameters into, RandomGenerator random) {
        float[] buffer = new float[1 << 16];
        for (Slot slot : into.layout().slots()) {
            if (into.quantized(slot.name())) {
                float[] all = new float[Math.toIntExact(slot.size())];
                for (int i = 0; i < all.length; i++) {
                    all[i] = value(config, slot.parameter().kind(), random);
                }
                into.quantize(slot.name(), all);
                continue;
            }
            Tensor whole = into.get(slot.name());
            for (long at = 0; at < slot.size(); at += buffer.length) {
                int n = (int) Math.min(buffer.length, slot.size() - at);
                for (int i = 0; i < n; i++) {
                    buffer[i] = value(config, slot.parameter().kind(), random);
                }
                into.backend().upload(whole.flat(at, 1, n), buffer, 0);
            }
        }
    }

    private static float value(ModelConfig config, Kind kind, RandomGenerator random) {
        return switch (kind) {
            case MATRIX, EMBEDDING -> (float) (random.nextGaussian() * config.initializerRange());
            case NORM -> config.normPlusOne() ? 0f : 1f;
            case BIAS -> 0f;
        };
    }
}
