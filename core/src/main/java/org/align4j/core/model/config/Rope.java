package org.align4j.core.model.config;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Base and scaling of rotary positions, from the long-standing keys or from those of Transformers 5 ({@code rope_parameters}). */
record Rope(double theta, RopeScaling scaling) {
    private static final double DEFAULT_THETA = 10000;
    private static final Set<String> KNOWN = Set.of("type", "rope_type", "rope_theta", "factor", "low_freq_factor", "high_freq_factor",
            "original_max_position_embeddings", "partial_rotary_factor");

    static Rope read(Fields f) {
        Fields modern = f.object("rope_parameters");
        Fields older = f.object("rope_scaling");
        double theta = f.number("rope_theta", 0, 1e15, DEFAULT_THETA);
        if (older != null && older.has("rope_theta") && older.number("rope_theta", 0, 1e15, theta) != theta) {
            throw older.fault("rope_theta", "it contradicts rope_theta = " + theta + " outside; correct the one that is wrong");
        }
        if (modern == null) {
            return new Rope(theta, older == null ? new RopeScaling.None() : scaling(older));
        }
        for (Object key : modern.keys()) {
            if (modern.get((String) key) instanceof Map) {
                throw f.unsupported("rope_parameters", "one set of parameters for all layers");
            }
        }
        double modernTheta = modern.number("rope_theta", 0, 1e15, theta);
        if (f.has("rope_theta") && modernTheta != theta) {
            throw f.fault("rope_theta", "it contradicts rope_parameters.rope_theta = " + modernTheta + "; correct the one that is wrong");
        }
        RopeScaling scaling = scaling(modern);
        if (older != null && !scaling(older).equals(scaling)) {
            throw f.fault("rope_scaling", "it contradicts rope_parameters; correct the one that is wrong");
        }
        return new Rope(modernTheta, scaling);
    }

    private static RopeScaling scaling(Fields f) {
        for (Object key : f.keys()) {
            if (!KNOWN.contains(key) && f.has((String) key)) {
                throw f.unsupported((String) key, "rope types default, linear and llama3 with " + String.join(", ", new TreeSet<>(KNOWN)));
            }
        }
        String key = f.has("rope_type") || !f.has("type") ? "rope_type" : "type";
        String type = f.text(key, "default");
        if (f.has("rope_type") && f.has("type") && !type.equals(f.get("type"))) {
            throw f.fault("type", "it contradicts rope_type = \"" + type + "\"; correct the one that is wrong");
        }
        if (f.number("partial_rotary_factor", 0, 1e9, 1) != 1) {
            throw f.unsupported("partial_rotary_factor", "1 (the whole head is turned)");
        }
        switch (type) {
            case "default":
                return new RopeScaling.None();
            case "linear":
                return new RopeScaling.Linear(required(f, "factor", type));
            case "llama3":
                double low = required(f, "low_freq_factor", type);
                double high = required(f, "high_freq_factor", type);
                if (high <= low) {
                    throw f.fault("high_freq_factor", "it must exceed low_freq_factor = " + low + "; correct one of them");
                }
                return new RopeScaling.Llama3(required(f, "factor", type), low, high, f.size("original_max_position_embeddings", 1 << 30));
            default:
                throw f.unsupported(key, "default, linear, llama3");
        }
    }

    private static double required(Fields f, String key, String type) {
        if (!f.has(key)) {
            throw f.fault(key, "it is required with rope type " + type + "; add it");
        }
        double value = f.number(key, 0, 1e9, 0);
        if (key.equals("factor") && value < 1) {
            throw f.fault(key, "a number of at least 1 is required, correct it");
        }
        return value;
    }
}
