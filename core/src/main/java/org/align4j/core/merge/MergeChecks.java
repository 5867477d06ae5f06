package org.align4j.core.merge;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.UserException;
import org.align4j.core.io.TensorInfo;
import org.align4j.core.model.Soup;
import org.align4j.core.model.config.ModelConfig;

/** Whether models can be merged at all: architectures, and tensors by name and shape. */
final class MergeChecks {
    /** Settings of a configuration that change nothing in what a model computes from tokens. */
    private static final Set<String> HARMLESS = Set.of("_name_or_path", "transformers_version", "torch_dtype", "dtype", "use_cache", "bos_token_id", "eos_token_id", "pad_token_id",
            "initializer_range", "id2label", "label2id", "max_position_embeddings", "align4j_reward");

    private MergeChecks() {}

    /** Refuses the first model that does not fit the first of all. */
    static void require(List<MergeInput> inputs) {
        MergeInput first = inputs.get(0);
        boolean tied = inputs.stream().allMatch(MergeInput::tied);
        for (MergeInput other : inputs.subList(1, inputs.size())) {
            vocabulary(first, other);
            configuration(first, other);
            tensors(first, other, tied ? first.tensors() : first.untied(), tied ? other.tensors() : other.untied());
        }
    }

    private static void vocabulary(MergeInput first, MergeInput other) {
        Object a = first.json().get("vocab_size");
        Object b = other.json().get("vocab_size");
        if (!same(a, b)) {
            throw refused(first, other, "their vocabularies differ: " + a + " and " + b + " embeddings, whose rows stand for different tokens",
                    "Merge models with the same tokenizer");
        }
    }

    private static void configuration(MergeInput first, MergeInput other) {
        if (first.config().isPresent() && other.config().isPresent()) {
            ModelConfig a = first.config().get();
            ModelConfig b = other.config().get();
            List<String> differing = Soup.difference(a, b).stream().filter(name -> !name.equals("tied")).toList();
            if (!differing.isEmpty()) {
                throw refused(first, other, "their configurations differ in " + String.join(", ", differing), "Merge models of one architecture, best finetuned from one base");
            }
            return;
        }
        TreeSet<String> keys = new TreeSet<>(first.json().keySet());
        keys.addAll(other.json().keySet());
        keys.removeAll(HARMLESS);
        for (String key : keys) {
            if (!same(first.json().get(key), other.json().get(key))) {
                throw refused(first, other, key + " of config.json is " + first.json().get(key) + " in the one and " + other.json().get(key) + " in the other",
                        "Merge models of one architecture, best finetuned from one base");
            }
        }
    }

    /** 10000 and 10000.0 are the same; what is not given is the same as null or false. */
    private static boolean same(Object a, Object b) {
        if (a instanceof Number x && b instanceof Number y) {
            return x.doubleValue() == y.doubleValue();
        }
        return Objects.equals(Boolean.FALSE.equals(a) ? null : a, Boolean.FALSE.equals(b) ? null : b);
    }

    private static void tensors(MergeInput first, MergeInput other, Map<String, TensorInfo> a, Map<String, TensorInfo> b) {
        difference(a, b).ifPresent(why -> {
            throw refused(first, other, why, "Merge models of one architecture");
        });
    }

    /** The first difference between two sets of tensors in names and shapes, in words. */
    static Optional<String> difference(Map<String, TensorInfo> a, Map<String, TensorInfo> b) {
        for (String name : a.keySet()) {
            if (!b.containsKey(name)) {
                return Optional.of("the second has no tensor \"" + name + "\"");
            }
            if (!Arrays.equals(a.get(name).shape(), b.get(name).shape())) {
                return Optional.of("the tensor \"" + name + "\" is " + Arrays.toString(a.get(name).shape()) + " in the one and " + Arrays.toString(b.get(name).shape())
                        + " in the other");
            }
        }
        return b.keySet().stream().filter(name -> !a.containsKey(name)).findFirst().map(name -> "the first has no tensor \"" + name + "\"");
    }

    static UserException refused(MergeInput first, MergeInput other, String why, String remedy) {
        return new UserException("The models " + first.ref() + " and " + other.ref() + " cannot be merged: " + why + ". " + remedy + ".");
    }
}
