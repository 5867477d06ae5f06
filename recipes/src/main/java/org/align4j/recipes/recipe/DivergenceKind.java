package org.align4j.recipes.recipe;

/** How f_dpo measures the distance of the policy from the reference. */
public enum DivergenceKind {
    /** KL(π‖π_ref): DPO. */
    REVERSE_KL,
    /** KL(π_ref‖π). */
    FORWARD_KL,
    /** Jensen–Shannon. */
    JS,
    /** The α-divergence between both KLs, of order divergence_alpha. */
    ALPHA
}
