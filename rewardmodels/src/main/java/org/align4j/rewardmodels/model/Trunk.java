package org.align4j.rewardmodels.model;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.io.ModelWeights;
import org.align4j.core.io.TensorInfo;
import org.align4j.core.io.TensorSource;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.WeightFiles;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.model.config.ModelFamily;
import org.align4j.core.model.config.WeightCheck;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A model without its language-model head, for a head of another kind: what is read of a directory, and how Hugging Face names the result. */
final class Trunk {
    private static final String ARCHITECTURES = "architectures";
    private static final String CLASSIFIER = "ForSequenceClassification";

    private Trunk() {}

    /** The name before {@code ForCausalLM}: Llama, GPT2, … */
    private static String prefix(ModelFamily family) {
        return family.architecture().replace("ForCausalLM", "").replace("LMHeadModel", "");
    }

    static String classifier(ModelFamily family) {
        return prefix(family) + CLASSIFIER;
    }

    static String bare(ModelFamily family) {
        return prefix(family) + "Model";
    }

    static boolean isClassifier(ObjectNode config) {
        return config.path(ARCHITECTURES).path(0).asString("").endsWith(CLASSIFIER);
    }

    /** Whether the directory holds a language model with its head. */
    static boolean isLanguageModel(ObjectNode config) {
        String name = config.path(ARCHITECTURES).path(0).asString("");
        return name.endsWith("ForCausalLM") || name.endsWith("LMHeadModel");
    }

    /** The configuration of the trunk alone: that of a language model whose head is its embedding, so that it has no weights of its own. */
    static ModelConfig config(ObjectNode json, String source) {
        ObjectNode own = json.deepCopy();
        String name = json.path(ARCHITECTURES).path(0).asString("");
        for (ModelFamily family : ModelFamily.values()) {
            if (name.equals(classifier(family)) || name.equals(bare(family))) {
                own.putArray(ARCHITECTURES).add(family.architecture());
            }
        }
        own.put("tie_word_embeddings", true);
        own.remove(RewardDirectory.KEY);
        return ModelConfig.parse(JsonMapper.shared().writeValueAsString(own), source);
    }

    static Parameters load(Backend backend, ModelConfig config, Path directory) {
        try (ModelWeights weights = ModelWeights.open(directory); TensorSource trunk = new Without(weights)) {
            Map<String, String> names = WeightCheck.match(config, trunk);
            Parameters p = new Parameters(backend, new ParameterLayout(config), DType.F32);
            WeightFiles.load(trunk, p, names);
            return p;
        }
    }

    /** A model's tensors without those of heads. */
    private record Without(ModelWeights all) implements TensorSource {

        @Override
        public Path path() {
            return all.path();
        }

        @Override
        public Map<String, TensorInfo> tensors() {
            Map<String, TensorInfo> some = new LinkedHashMap<>(all.tensors());
            some.keySet().removeIf(name -> name.equals("lm_head.weight") || name.startsWith("score.") || name.startsWith("pooler."));
            return Collections.unmodifiableMap(some);
        }

        @Override
        public void read(String name, long elementOffset, float[] dst, int dstOffset, int count) {
            all.read(name, elementOffset, dst, dstOffset, count);
        }

        @Override
        public void close() {
            // Its owner closes what it stands for.
        }
    }
}
