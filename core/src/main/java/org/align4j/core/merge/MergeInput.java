package org.align4j.core.merge;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.core.adapter.PeftFiles;
import org.align4j.core.io.Digests;
import org.align4j.core.io.ModelWeights;
import org.align4j.core.io.TensorInfo;
import org.align4j.core.io.TensorSource;
import org.align4j.core.io.internal.StrictJson;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.model.config.ModelFamily;
import org.align4j.core.model.config.ParameterNames;
import org.align4j.core.model.config.WeightCheck;

/**
 * A model that is open for merging: its tensors under the names of its family, adapter included. A model of another kind, a classifier for instance, has its
 * tensors under their own names.
 */
final class MergeInput implements TensorSource {
    private static final String HEAD = "lm_head.weight";
    private final ModelRef ref;
    private final ModelWeights weights;
    private final Map<String, Object> json;
    private final ModelConfig config;
    private final Map<String, String> stored = new LinkedHashMap<>();
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    private AdapterDelta adapter;

    private MergeInput(ModelRef ref, ModelWeights weights, Map<String, Object> json) {
        this.ref = ref;
        this.weights = weights;
        this.json = json;
        this.config = languageModel(json) ? ModelConfig.read(ref.directory()) : null;
        if (config != null) {
            stored.putAll(WeightCheck.match(config, weights));
        } else {
            weights.tensors().keySet().forEach(name -> stored.put(name, name));
        }
        stored.forEach((name, own) -> tensors.put(name, readable(weights.tensors().get(own))));
        ref.adapter().ifPresent(dir -> adapter = AdapterDelta.open(dir, tensors, config != null && config.transposedWeights()));
    }

    /** Opens a model, its files checked against its configuration. */
    static MergeInput open(ModelRef ref) {
        Path file = ref.directory().resolve("config.json");
        ModelWeights weights = ModelWeights.open(ref.directory());
        boolean done = false;
        try {
            if (!Files.isRegularFile(file)) {
                throw new UserException(ref.directory() + " has no config.json; a Hugging Face model directory is required, check the path");
            }
            MergeInput input = new MergeInput(ref, weights, StrictJson.object(Files.readAllBytes(file), file.toString()));
            done = true;
            return input;
        } catch (IOException e) {
            throw new UserException("Cannot read " + file + ": " + e.getMessage() + ". Grant access, or fetch it again.", e);
        } finally {
            if (!done) {
                weights.close();
            }
        }
    }

    private static boolean languageModel(Map<String, Object> json) {
        Object named = json.get("architectures") instanceof List<?> l && !l.isEmpty() ? l.get(0) : null;
        return named == null || Arrays.stream(ModelFamily.values()).anyMatch(f -> f.architecture().equals(named));
    }

    private TensorInfo readable(TensorInfo t) {
        if (!t.dtype().readableAsFloat()) {
            throw new UserException(ref.directory() + ": the tensor \"" + t.name() + "\" has type " + t.dtype()
                    + ", but only weights of F32, BF16, F16 or F64 can be merged; use the model in one of these types");
        }
        return t;
    }

    ModelRef ref() {
        return ref;
    }

    /** The configuration as it was read. */
    Map<String, Object> json() {
        return json;
    }

    /** The configuration, where the model is a language model of a known family. */
    Optional<ModelConfig> config() {
        return Optional.ofNullable(config);
    }

    /** Whether the head is the token embedding. */
    boolean tied() {
        return config != null && config.tied();
    }

    @Override
    public Path path() {
        return ref.directory();
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return tensors;
    }

    /** As {@link #tensors} with a head of its own, which is the embedding where that is tied. */
    Map<String, TensorInfo> untied() {
        Map<String, TensorInfo> all = new LinkedHashMap<>(tensors);
        if (tied()) {
            all.put(HEAD, tensors.get(embedding()));
        }
        return all;
    }

    private String embedding() {
        return ParameterNames.expected(config).get(0).name();
    }

    @Override
    public void read(String name, long offset, float[] dst, int at, int count) {
        String own = name.equals(HEAD) && tied() ? embedding() : name;
        plain(own, offset, dst, at, count);
        if (adapter != null) {
            adapter.apply(own, offset, dst, at, count, this::plain);
        }
    }

    private void plain(String name, long offset, float[] dst, int at, int count) {
        weights.read(stored.get(name), offset, dst, at, count);
        for (int i = at; i < at + count; i++) {
            if (!Float.isFinite(dst[i])) {
                throw new UserException(ref.directory() + ": the tensor \"" + stored.get(name) + "\" holds " + dst[i] + " at index " + (offset + i - at)
                        + "; a model with such a value computes nothing useful. Fetch it again, or go back to an earlier one.");
            }
        }
    }

    /** SHA-256 of the weights, and of the adapter's. */
    Map<String, String> digests() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("weights_sha256", weights.digest());
        ref.adapter().ifPresent(dir -> all.put("adapter_sha256", Digests.sha256(dir.resolve(PeftFiles.WEIGHTS))));
        return all;
    }

    @Override
    public void close() {
        weights.close();
        if (adapter != null) {
            adapter.close();
        }
    }
}
