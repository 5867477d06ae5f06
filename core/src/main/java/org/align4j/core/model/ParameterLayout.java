package org.align4j.core.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.model.config.Parameter;
import org.align4j.core.model.config.Parameter.Kind;
import org.align4j.core.model.config.ParameterNames;

/**
 * Where every parameter stands in one flat array: first all matrices and embeddings, then all norms and biases, each in the order of the
 * Hugging Face file. Query, key and value weights (and biases) thereby become neighbours and can be used as one matrix.
 */
public final class ParameterLayout {

    /** A parameter and its place. Vectors have one row. */
    public record Slot(Parameter parameter, long offset, int rows, int cols) {
        public String name() {
            return parameter.name();
        }

        public long size() {
            return (long) rows * cols;
        }
    }

    private final Map<String, Slot> slots = new LinkedHashMap<>();
    private final long matrices;
    private final long size;

    public ParameterLayout(ModelConfig config) {
        this(ParameterNames.expected(config));
    }

    /** Lays out any parameters. */
    public ParameterLayout(List<Parameter> all) {
        long at = place(all, true, 0);
        matrices = at;
        size = place(all, false, at);
    }

    private long place(List<Parameter> all, boolean matrix, long at) {
        for (Parameter p : all) {
            if (matrix(p) == matrix) {
                int[] shape = p.shape();
                Slot s = new Slot(p, at, shape.length == 1 ? 1 : shape[0], shape[shape.length - 1]);
                slots.put(p.name(), s);
                at += s.size();
            }
        }
        return at;
    }

    private static boolean matrix(Parameter p) {
        return p.kind() == Kind.MATRIX || p.kind() == Kind.EMBEDDING;
    }

    /** The layout of some of these parameters, in the same order. */
    public ParameterLayout only(Predicate<String> wanted) {
        return new ParameterLayout(slots.values().stream().filter(s -> wanted.test(s.name())).map(Slot::parameter).toList());
    }

    public boolean contains(String name) {
        return slots.containsKey(name);
    }

    /** Whether the other one has the same parameters in the same order. */
    public boolean same(ParameterLayout other) {
        return slots.values().stream().map(Slot::parameter).toList().equals(other.slots.values().stream().map(Slot::parameter).toList());
    }

    /** Whether there is a parameter whose name begins so. */
    public boolean holds(String prefix) {
        return slots.keySet().stream().anyMatch(name -> name.startsWith(prefix));
    }

    /** All parameters, matrices first. */
    public List<Slot> slots() {
        return new ArrayList<>(slots.values());
    }

    public Slot slot(String name) {
        Slot s = slots.get(name);
        if (s == null) {
            throw new IllegalArgumentException("The model has no parameter " + name);
        }
        return s;
    }

    /** Values in matrices and embeddings; they come first. */
    public long matrices() {
        return matrices;
    }

    /** Values in all. */
    public long size() {
        return size;
    }
}
