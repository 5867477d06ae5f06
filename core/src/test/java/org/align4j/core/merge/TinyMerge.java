package org.align4j.core.merge;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.align4j.core.io.DType;
import org.align4j.core.io.FloatSource;
import org.align4j.core.io.ModelWeights;
import org.align4j.core.io.ModelWriter;
import org.align4j.core.io.TensorEntry;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.model.config.Parameter;
import org.align4j.core.model.config.ParameterNames;

/** Small model directories and merges of them. */
final class TinyMerge {
    static final ModelConfig LLAMA = ModelConfig.freshLlama(11, 8, 12, 3, 2, 1, 16, false);
    static final ModelConfig TIED = ModelConfig.freshLlama(11, 8, 12, 3, 2, 1, 16, true);

    private TinyMerge() {}

    /** Values by tensor name, drawn anew. */
    static Map<String, float[]> values(ModelConfig config, long seed, double scale) {
        Map<String, float[]> all = new LinkedHashMap<>();
        SplittableRandom random = new SplittableRandom(seed);
        for (Parameter p : ParameterNames.expected(config)) {
            float[] v = new float[Math.toIntExact(p.elements())];
            for (int i = 0; i < v.length; i++) {
                v[i] = (float) (scale * random.nextGaussian());
            }
            all.put(p.name(), v);
        }
        return all;
    }

    static Path write(Path dir, ModelConfig config, Map<String, float[]> values) throws IOException {
        return write(dir, config, values, DType.F32, Long.MAX_VALUE);
    }

    /** A directory of a model, in files of at most so many bytes. */
    static Path write(Path dir, ModelConfig config, Map<String, float[]> values, DType type, long shard) throws IOException {
        Files.createDirectories(dir);
        Files.writeString(dir.resolve("config.json"), config.toJson());
        List<TensorEntry> entries = new ArrayList<>();
        for (Parameter p : ParameterNames.expected(config)) {
            entries.add(TensorEntry.of(p.name(), type, p.shape(), FloatSource.of(values.get(p.name()))));
        }
        ModelWriter.write(dir, entries, shard);
        return dir;
    }

    /** A model that is one vector, of no known family: what a formula does is seen without anything around it. */
    static Path vector(Path dir, float... values) throws IOException {
        Files.createDirectories(dir);
        Files.writeString(dir.resolve("config.json"), "{\"architectures\": [\"Vector\"]}");
        ModelWriter.write(dir, List.of(new TensorEntry("v", DType.F32, new long[] {values.length}, FloatSource.of(values))), Long.MAX_VALUE);
        return dir;
    }

    static float[] read(Path dir, String tensor) {
        try (ModelWeights w = ModelWeights.open(dir)) {
            float[] v = new float[Math.toIntExact(w.tensors().get(tensor).elements())];
            w.read(tensor, 0, v, 0, v.length);
            return v;
        }
    }

    static Map<String, float[]> read(Path dir) {
        try (ModelWeights w = ModelWeights.open(dir)) {
            Map<String, float[]> all = new LinkedHashMap<>();
            w.tensors().keySet().forEach(name -> all.put(name, read(dir, name)));
            return all;
        }
    }

    static Path merge(MergePlan plan, Path out) {
        try (ModelMerge merge = ModelMerge.open(plan)) {
            merge.write(out, MergeListener.NONE, ModelMerge.NONE);
        }
        return out;
    }

    static List<ModelRef> refs(Path... dirs) {
        return Arrays.stream(dirs).map(ModelRef::of).toList();
    }

    static List<LayerSetting> settings(double... values) {
        return Arrays.stream(values).mapToObj(LayerSetting::of).toList();
    }

    static MergePlan linear(double[] weights, boolean normalize, Path... models) {
        return MergePlan.of(new MergeMethod.Linear(settings(weights), normalize), refs(models), null);
    }

    static MergePlan slerp(double t, Path a, Path b) {
        return MergePlan.of(new MergeMethod.Slerp(LayerSetting.of(t)), refs(a, b), null);
    }

    /** One of the methods with task vectors, all weights 1. */
    static MergePlan vectors(String name, Sparsity sparsity, double lambda, Lines lines, Path base, Path... models) {
        double[] ones = new double[models.length];
        Arrays.fill(ones, 1);
        MergeMethod method = new MergeMethod.TaskVectors(name, settings(ones), sparsity, name.endsWith("ties"), name.equals("ties"),
                LayerSetting.of(lambda), Optional.ofNullable(lines));
        return MergePlan.of(method, refs(models), ModelRef.of(base));
    }
}
