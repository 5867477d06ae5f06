package org.align4j.core.model.config;

import java.util.List;

/** Which attention window a configuration asks for; all layers must ask for the same. */
final class SlidingWindow {
    private static final int MAX = 1 << 30;

    private SlidingWindow() {}

    /** The window in tokens, 0 for none. */
    static int read(Fields f, ModelFamily family, int layers) {
        int window = switch (family) {
            case MISTRAL -> f.size("sliding_window", MAX, 0);
            case QWEN2, QWEN3 -> qwen(f, layers);
            default -> 0;
        };
        Object types = f.get("layer_types");
        if (types == null) {
            return window;
        }
        if (!(types instanceof List<?> list) || list.size() != layers) {
            throw f.fault("layer_types", "a list with one name for each of the " + layers + " layers is required, correct it");
        }
        // The reference implementations of Mistral, Llama and Gemma do not look at layer_types, so it may only confirm what they do.
        boolean full = list.stream().allMatch("full_attention"::equals);
        boolean sliding = list.stream().allMatch("sliding_attention"::equals);
        boolean qwen = family == ModelFamily.QWEN2 || family == ModelFamily.QWEN3;
        if (full && (window == 0 || qwen)) {
            return 0;
        }
        if (sliding && (window > 0 || qwen && f.flag("use_sliding_window", false) && f.has("sliding_window"))) {
            return f.size("sliding_window", MAX);
        }
        throw f.unsupported("layer_types", "full_attention in every layer without a window, or sliding_attention in every layer with one");
    }

    private static int qwen(Fields f, int layers) {
        if (!f.flag("use_sliding_window", false) || !f.has("sliding_window")) {
            return 0;
        }
        int window = f.size("sliding_window", MAX);
        int full = f.has("max_window_layers") ? f.integer("max_window_layers", 0, MAX) : 28;
        if (full >= layers) {
            // Only layers from max_window_layers on would use the window, and there are none.
            return 0;
        }
        if (full > 0 && !f.has("layer_types")) {
            throw f.unsupported("max_window_layers", "0 (the window in every layer) or at least num_hidden_layers = " + layers + " (in none)");
        }
        return window;
    }
}
