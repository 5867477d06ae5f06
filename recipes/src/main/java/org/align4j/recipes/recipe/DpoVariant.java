package org.align4j.recipes.recipe;

import java.util.Map;
import org.align4j.losses.pair.Shape;
import org.align4j.recipes.yaml.Synonyms;

/** Losses of the dpo stage: functions of a pair's log-ratios to the reference. */
public enum DpoVariant implements Variant {
    /** −log σ(βh); with label_smoothing conservative DPO. */
    @Synonyms("sigmoid")
    DPO("beta", 0.1, "label_smoothing", 0.0, "reference_free", false),
    /** Unbiased under labels that are wrong with the probability label_smoothing. */
    @Synonyms("robust")
    ROBUST_DPO("beta", 0.1, "label_smoothing", 0.1),
    /** (h − 1/(2τ))². */
    IPO("tau", 0.1, "reduction", SumOrMean.MEAN),
    /** DPO under another divergence than the reverse KL. */
    F_DPO("beta", 0.1, "divergence", DivergenceKind.REVERSE_KL, "divergence_alpha", 0.5, "shape", Shape.SIGMOID),
    /** RSO's hinge on log-ratios. */
    @Synonyms({"hinge", "hinge_norm"})
    RSO_HINGE_NORM("gamma", 0.05),
    /** RSO's logistic loss on log-ratios. */
    RSO_SIGMOID_NORM("gamma", 0.05),
    /** DPO on log-ratios per token (Tülu 3). */
    @Synonyms("sigmoid_norm")
    DPO_NORM("beta", 5.0),
    /** Exact optimization. */
    @Synonyms("exo_pair")
    EXO("beta", 0.1, "label_smoothing", 1e-3),
    /** Noise contrastive alignment. */
    @Synonyms("nca_pair")
    NCA("beta", 0.1),
    /** Binary classifier on both responses. */
    BCO_PAIR("beta", 0.1, "running_shift", true),
    /** Self-play preference optimization with hard labels. */
    @Synonyms("sppo_hard")
    SPPO("beta", 0.1),
    /** Alignment via optimal transport. */
    @Synonyms("aot_pair")
    AOT("beta", 0.1, "label_smoothing", 0.0, "paired", true),
    /** Anchored: the chosen rises, the rejected falls. */
    APO_ZERO("beta", 0.1),
    /** Anchored: both fall, the rejected more. */
    APO_DOWN("beta", 0.1),
    /** The loss a language model discovered. */
    DISCOPOP("beta", 0.1, "tau", 0.05),
    /** DPO that leaves a rejected response below the reference alone. */
    MINOR_DPO("beta", 0.1),
    /** DPO that takes alpha of what the longer response has beyond the shorter. */
    LD_DPO("beta", 0.1, "alpha", 0.5),
    /** DPO with the chosen response imitated beside it. */
    RPO("beta", 0.1, "nll_weight", 1.0),
    /** DPO-positive: a penalty where the chosen response falls below the reference. */
    DPOP("beta", 0.1, "lambda", 50.0),
    /** DPO times the strength of the preference. */
    SCALED_DPO("beta", 0.1),
    /** DPO with the strength of the preference as its margin. */
    MARGIN_DPO("beta", 0.1),
    /** DPO weighted by how likely the policy finds both responses. */
    WPO("beta", 0.1, "label_smoothing", 0.0),
    /** Imitation of the chosen response, as a part of a mixture. */
    @Synonyms("nll")
    SFT;

    private final Map<String, Object> settings;

    DpoVariant(Object... settings) {
        this.settings = Variant.settings(settings);
    }

    @Override
    public Map<String, Object> settings() {
        return settings;
    }
}
