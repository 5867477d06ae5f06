package org.align4j.core.model.config;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** Architectures that can be loaded, with the names Hugging Face configurations give them. */
public enum ModelFamily {
    LLAMA("LlamaForCausalLM", "llama"),
    MISTRAL("MistralForCausalLM", "mistral"),
    QWEN2("Qwen2ForCausalLM", "qwen2"),
    QWEN3("Qwen3ForCausalLM", "qwen3"),
    GEMMA("GemmaForCausalLM", "gemma"),
    GPT2("GPT2LMHeadModel", "gpt2");

    private final String architecture;
    private final String modelType;

    ModelFamily(String architecture, String modelType) {
        this.architecture = architecture;
        this.modelType = modelType;
    }

    /** The class name in {@code architectures}. */
    public String architecture() {
        return architecture;
    }

    /** The value of {@code model_type}. */
    public String modelType() {
        return modelType;
    }

    static Optional<ModelFamily> ofArchitecture(String name) {
        return Arrays.stream(values()).filter(f -> f.architecture.equals(name)).findFirst();
    }

    static Optional<ModelFamily> ofModelType(String name) {
        return Arrays.stream(values()).filter(f -> f.modelType.equals(name)).findFirst();
    }

    static String supported() {
        return Arrays.stream(values()).map(ModelFamily::architecture).collect(Collectors.joining(", "));
    }
}
