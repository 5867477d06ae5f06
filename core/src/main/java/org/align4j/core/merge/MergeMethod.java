package org.align4j.core.merge;

import java.util.List;
import java.util.Optional;

/** How the same tensor of several models becomes one. Sums are made in double and rounded once, to the type that is written. */
public sealed interface MergeMethod {

    /** Its name in configurations: {@code linear}, {@code ties} … */
    String name();

    /** How often a tensor is read. */
    int passes();

    /**
     * Σ w_i·θ_i, with normalize divided by Σ w_i. Equal weights make a soup: Wortsman et al., <a href="https://arxiv.org/abs/2203.05482">Model soups</a> (2022).
     *
     * @param weights one per model
     */
    record Linear(List<LayerSetting> weights, boolean normalize) implements MergeMethod {
        public Linear {
            weights = List.copyOf(weights);
        }

        @Override
        public String name() {
            return "linear";
        }

        @Override
        public int passes() {
            return 1;
        }
    }

    /**
     * Spherical linear interpolation of two models, tensor by tensor:
     *
     * <pre>  sin((1 − t)Ω)/sin Ω · a + sin(tΩ)/sin Ω · b,    cos Ω = a·b/(‖a‖·‖b‖)</pre>
     *
     * <p>and (1 − t)·a + t·b where |cos Ω| &gt; 0.9995 or a norm is 0. Shoemake, <a href="https://doi.org/10.1145/325334.325242">Animating rotation with quaternion
     * curves</a> (1985).
     *
     * @param t in [0, 1]; 0 is the first model
     */
    record Slerp(LayerSetting t) implements MergeMethod {
        public Slerp {
            t.require("t", 0, false, 1);
        }

        @Override
        public String name() {
            return "slerp";
        }

        @Override
        public int passes() {
            return 2;
        }
    }

    /**
     * θ + λ·s·m with m made of the task vectors τ_i = θ_i − θ_base: their sum Σ w_i·τ_i, entries dropped first as {@code sparsity} says, or with consensus the sum over
     * those models whose w_i·τ_i has the sign of the whole sum, entry by entry; with normalize divided by the weights that went into it. s is the factor of
     * LiNeS, or 1. θ is the base, or the model the task vectors are transferred to. Ilharco et al.,
     * <a href="https://arxiv.org/abs/2212.04089">Editing models with task arithmetic</a> (2022); Yadav et al.,
     * <a href="https://arxiv.org/abs/2306.01708">TIES-Merging</a> (2023); Zheng et al., <a href="https://arxiv.org/abs/2404.16792">Weak-to-Strong Extrapolation
     * Expedites Alignment</a> (ExPO, 2024), where λ &gt; 1.
     *
     * @param name      what this combination is called
     * @param weights   one per model
     * @param consensus whether signs are elected, as in TIES; a sum of 0 elects plus
     * @param lambda    λ
     */
    record TaskVectors(String name, List<LayerSetting> weights, Sparsity sparsity, boolean consensus, boolean normalize, LayerSetting lambda, Optional<Lines> lines)
            implements MergeMethod {
        public TaskVectors {
            weights = List.copyOf(weights);
            List<LayerSetting> density = sparsity instanceof Sparsity.Largest l ? l.density() : sparsity instanceof Sparsity.Random r ? r.density()
                    : sparsity instanceof Sparsity.Middle m ? m.density() : weights;
            if (density.size() != weights.size()) {
                throw new IllegalArgumentException(name + " needs a density per model: " + weights.size() + " models, found " + density.size());
            }
        }

        /** Whether it is a plain sum, the same coefficients for all entries of a tensor. */
        boolean plain() {
            return sparsity instanceof Sparsity.None && !consensus;
        }

        @Override
        public int passes() {
            return sparsity instanceof Sparsity.Largest || sparsity instanceof Sparsity.Middle ? 3 : 1;
        }
    }
}
