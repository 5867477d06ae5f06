package org.align4j.core.generate;

import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Precision;
import org.align4j.core.backend.internal.nd4j.Nd4jBackend;
import org.align4j.core.backend.internal.onednn.OneDnnBackend;
import org.align4j.core.io.SafeTensorsFile;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.WeightFiles;
import org.align4j.core.model.config.ModelConfig;

/** Models for tests of generation. */
final class Models {
    private Models() {}

    static Backend backend(String name) {
        return name.equals("nd4j") ? new Nd4jBackend(Precision.FP32) : new OneDnnBackend(Precision.FP32, false);
    }

    /** Runs a test on a model directory's model. */
    static void stored(Path dir, String backend, Consumer<Transformer> test) {
        stored(dir, backend(backend), test);
    }

    /** As above, on a backend that is closed at the end. */
    static void stored(Path dir, Backend backend, Consumer<Transformer> test) {
        ModelConfig config = ModelConfig.read(dir);
        try (Backend b = backend; Parameters values = new Parameters(b, new ParameterLayout(config), DType.F32);
                SafeTensorsFile file = SafeTensorsFile.open(dir.resolve("model.safetensors"))) {
            WeightFiles.load(file, values);
            test.accept(new Transformer(config, values, null));
        }
    }

    /** Runs a test on a small model with random weights: large enough ones that its distributions are far from flat. */
    static void random(ModelConfig config, long seed, double scale, Consumer<Transformer> test) {
        random(config, seed, scale, backend("onednn"), test);
    }

    /** As above, on a backend that is closed at the end. */
    static void random(ModelConfig config, long seed, double scale, Backend backend, Consumer<Transformer> test) {
        try (Backend b = backend; Parameters values = new Parameters(b, new ParameterLayout(config), DType.F32)) {
            SplittableRandom random = new SplittableRandom(seed);
            for (ParameterLayout.Slot slot : values.layout().slots()) {
                float[] w = new float[Math.toIntExact(slot.size())];
                for (int i = 0; i < w.length; i++) {
                    w[i] = (float) (slot.name().contains("norm") ? 1 : scale * random.nextGaussian());
                }
                b.upload(values.get(slot.name()), w, 0);
            }
            test.accept(new Transformer(config, values, null));
        }
    }

    static ModelConfig tiny(int vocabulary) {
        return ModelConfig.freshLlama(vocabulary, 16, 32, 2, 4, 2, 64, false);
    }
}
