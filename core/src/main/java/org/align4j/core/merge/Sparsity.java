package org.align4j.core.merge;

import java.util.List;

/** Which entries of task vectors are kept. Settings have one value per model. */
public sealed interface Sparsity {

    /** All of them. */
    record None() implements Sparsity {}

    /**
     * Of every tensor of n entries the max(1, ⌊density·n⌋) largest in magnitude, the earlier of equals; magnitudes are compared as float32. From
     * Yadav et al., <a href="https://arxiv.org/abs/2306.01708">TIES-Merging</a> (2023), where density is 0.2.
     *
     * @param density in (0, 1]
     */
    record Largest(List<LayerSetting> density) implements Sparsity {
        public Largest {
            density = checked(density);
        }
    }

    /**
     * Each entry with probability {@code density}, divided by it, so that the expectation is the task vector. Yu et al.,
     * <a href="https://arxiv.org/abs/2311.03099">Language Models are Super Mario</a> (DARE, 2023); their p is 1 − density, 0.9 a usual value.
     *
     * @param density in (0, 1]
     * @param rescale whether what is kept is divided by density
     * @param seed    of the masks; each is drawn from a stream of its own for every tensor's name and model
     */
    record Random(List<LayerSetting> density, boolean rescale, long seed) implements Sparsity {
        public Random {
            density = checked(density);
        }
    }

    /**
     * All but the ⌊gamma·n⌋ largest in magnitude and as many of the smallest as leave ⌊density·n⌋, at least 1. Davari and Belilovsky,
     * <a href="https://arxiv.org/abs/2312.06795">Model Breadcrumbs</a> (2023).
     *
     * @param density in (0, 1]
     * @param gamma   in [0, 1); where density + gamma exceeds 1, fewer of the largest are dropped
     */
    record Middle(List<LayerSetting> density, List<LayerSetting> gamma) implements Sparsity {
        public Middle {
            density = checked(density);
            gamma = List.copyOf(gamma);
            gamma.forEach(g -> g.require("gamma", 0, false, 1));
        }
    }

    private static List<LayerSetting> checked(List<LayerSetting> density) {
        density.forEach(d -> d.require("density", 0, true, 1));
        return List.copyOf(density);
    }
}
