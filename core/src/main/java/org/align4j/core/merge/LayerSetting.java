package org.align4j.core.merge;

import java.util.List;
import org.align4j.core.UserException;

/**
 * A number that may differ from tensor to tensor, as mergekit's settings do. The first part whose filter occurs in the tensor's name counts. Several
 * values of a part are spread evenly over the depth of the model, first block to last, and interpolated linearly between.
 *
 * @param parts tried in order
 */
public record LayerSetting(List<Part> parts) {

    /**
     * @param filter what a tensor's name must contain, such as {@code self_attn}; empty for every tensor
     * @param values one for all depths, or several; finite
     */
    public record Part(String filter, List<Double> values) {
        public Part {
            values = List.copyOf(values);
            if (values.isEmpty() || values.stream().anyMatch(v -> !Double.isFinite(v))) {
                throw new IllegalArgumentException("a setting needs at least one number, all of them finite, found " + values);
            }
        }

        private double at(double depth) {
            double scaled = depth * (values.size() - 1);
            int below = (int) scaled;
            double rest = scaled - below;
            return rest == 0 ? values.get(below) : (1 - rest) * values.get(below) + rest * values.get(below + 1);
        }
    }

    public LayerSetting {
        parts = List.copyOf(parts);
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("a setting needs a value");
        }
    }

    /** The same for all tensors. */
    public static LayerSetting of(double value) {
        return new LayerSetting(List.of(new Part("", List.of(value))));
    }

    /**
     * The value for a tensor.
     *
     * @throws UserException when no part is for it
     */
    public double at(TensorPlace tensor) {
        for (Part p : parts) {
            if (tensor.name().contains(p.filter())) {
                return p.at(tensor.depth());
            }
        }
        throw new UserException("The setting " + this + " has no value for the tensor " + tensor.name() + ". End its list with a value that has no filter.");
    }

    /** Throws IllegalArgumentException when a value is outside [min, max], or is min where that is not allowed. */
    void require(String what, double min, boolean open, double max) {
        for (Part p : parts) {
            for (double v : p.values()) {
                if (!(v >= min && v <= max) || open && v == min) {
                    throw new IllegalArgumentException(what + " must be " + (open ? "above " : "at least ") + number(min) + " and at most " + number(max) + ", found " + number(v));
                }
            }
        }
    }

    private static String number(double v) {
        return v == Math.rint(v) && Math.abs(v) < 1e9 ? Long.toString((long) v) : Double.toString(v);
    }

    /** As it would be written in YAML. */
    @Override
    public String toString() {
        if (parts.size() == 1 && parts.get(0).filter().isEmpty()) {
            return words(parts.get(0).values());
        }
        return "[" + String.join(", ", parts.stream()
                .map(p -> "{" + (p.filter().isEmpty() ? "" : "filter: " + p.filter() + ", ") + "value: " + words(p.values()) + "}").toList()) + "]";
    }

    private static String words(List<Double> values) {
        return values.size() == 1 ? number(values.get(0)) : "[" + String.join(", ", values.stream().map(LayerSetting::number).toList()) + "]";
    }
}
