package org.align4j.core.model.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.align4j.core.UserException;
import org.align4j.core.io.TensorInfo;
import org.align4j.core.io.TensorSource;

/** Holds stored weights against the parameters a configuration implies: none missing, none too many, right shapes, finite values. */
public final class WeightCheck {
    private static final int SHOWN = 5;
    private static final int PIECE = 1 << 16;

    private WeightCheck() {}

    /**
     * Finds every expected parameter among stored tensors. Constant buffers that older files carry and a head that is tied to the
     * embedding are passed over; names without the prefix of the base model ("transformer.", "model.") are understood.
     *
     * @return expected name to stored name, in the order of {@link ParameterNames#expected}
     * @throws UserException naming missing and surplus tensors and wrong shapes
     */
    public static Map<String, String> match(ModelConfig config, TensorSource weights) {
        List<Parameter> expected = ParameterNames.expected(config);
        Map<String, TensorInfo> stored = weights.tensors();
        String prefix = config.family() == ModelFamily.GPT2 ? "transformer." : "model.";
        boolean bare = stored.keySet().stream().noneMatch(name -> name.startsWith(prefix));
        Map<String, String> names = new LinkedHashMap<>();
        List<String> missing = new ArrayList<>();
        List<String> shapes = new ArrayList<>();
        for (Parameter parameter : expected) {
            String name = bare && parameter.name().startsWith(prefix) ? parameter.name().substring(prefix.length()) : parameter.name();
            TensorInfo tensor = stored.get(name);
            if (tensor == null) {
                missing.add(parameter.name());
            } else if (!tensor.hasShape(parameter.shape())) {
                shapes.add(name + " is " + Arrays.toString(tensor.shape()) + " but must be " + Arrays.toString(parameter.shape()));
            } else {
                names.put(parameter.name(), name);
            }
        }
        Set<String> used = new HashSet<>(names.values());
        Predicate<String> harmless = name -> harmless(name, config);
        List<String> surplus = missing.isEmpty() && shapes.isEmpty()
                ? stored.keySet().stream().filter(name -> !used.contains(name)).filter(harmless.negate()).toList() : List.of();
        report(weights, missing, shapes, surplus);
        if (config.tied() && stored.containsKey("lm_head.weight")) {
            requireSame(weights, names.get(expected.get(0).name()), "lm_head.weight");
        }
        return names;
    }

    private static boolean harmless(String name, ModelConfig config) {
        boolean mask = config.family() == ModelFamily.GPT2 && (name.endsWith(".attn.bias") || name.endsWith(".attn.masked_bias"));
        return mask || name.endsWith(".rotary_emb.inv_freq") || config.tied() && name.equals("lm_head.weight");
    }

    private static void report(TensorSource weights, List<String> missing, List<String> shapes, List<String> surplus) {
        List<String> problems = new ArrayList<>();
        describe("missing", missing, problems);
        describe("of the wrong shape", shapes, problems);
        describe("that the model has no place for", surplus, problems);
        if (!problems.isEmpty()) {
            throw new UserException(weights.path() + ": the weights do not fit config.json: " + String.join("; ", problems)
                    + ". Use the config.json that belongs to these weights, or fetch the model again");
        }
    }

    private static void describe(String what, List<String> tensors, List<String> problems) {
        if (!tensors.isEmpty()) {
            problems.add(tensors.size() + (tensors.size() == 1 ? " tensor " : " tensors ") + what + ": "
                    + String.join(", ", tensors.subList(0, Math.min(SHOWN, tensors.size()))) + (tensors.size() > SHOWN ? ", …" : ""));
        }
    }

    /** A stored head beside tied embeddings is passed over, which would change the model silently if it differed. */
    private static void requireSame(TensorSource weights, String embedding, String head) {
        TensorInfo a = weights.tensors().get(embedding);
        TensorInfo b = weights.tensors().get(head);
        boolean same = Arrays.equals(a.shape(), b.shape());
        float[] left = new float[PIECE];
        float[] right = new float[PIECE];
        for (long at = 0; same && at < a.elements(); at += PIECE) {
            int n = (int) Math.min(PIECE, a.elements() - at);
            weights.read(embedding, at, left, 0, n);
            weights.read(head, at, right, 0, n);
            same = Arrays.equals(left, 0, n, right, 0, n);
        }
        if (!same) {
            throw new UserException(weights.path() + ": tie_word_embeddings is true, but lm_head.weight differs from " + embedding
                    + "; set tie_word_embeddings to false in config.json if the model has a head of its own, or remove lm_head.weight");
        }
    }

    /**
     * Reads tensors in full and refuses NaN and infinite values.
     *
     * @throws UserException naming the first tensor and index, and how many such values the tensor has
     */
    public static void requireFinite(TensorSource weights, Collection<String> names) {
        float[] piece = new float[PIECE];
        for (String name : names) {
            TensorInfo tensor = weights.tensors().get(name);
            long first = -1;
            float found = 0;
            long count = 0;
            for (long at = 0; at < tensor.elements(); at += PIECE) {
                int n = (int) Math.min(PIECE, tensor.elements() - at);
                weights.read(name, at, piece, 0, n);
                for (int i = 0; i < n; i++) {
                    if (!Float.isFinite(piece[i])) {
                        if (count++ == 0) {
                            first = at + i;
                            found = piece[i];
                        }
                    }
                }
            }
            if (count > 0) {
                throw new UserException(weights.path() + ": tensor \"" + name + "\" has " + count + " of " + tensor.elements()
                        + " values that are not finite, the first is " + found + " at index " + place(first, tensor.shape())
                        + "; a model with such weights computes nothing useful, use one from before they appeared");
            }
        }
    }

    private static String place(long flat, long[] shape) {
        long[] index = new long[shape.length];
        long rest = flat;
        for (int i = shape.length - 1; i >= 0; i--) {
            index[i] = rest % shape[i];
            rest /= shape[i];
        }
        return Arrays.toString(index);
    }
}
