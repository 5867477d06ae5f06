package org.align4j.losses.policy;

/**
 * The pessimistic surrogate of one action.
 *
 * <pre>
 *   L = max(−A·ρ, −A·clip(ρ, 1 − ε_low, 1 + ε_high))
 *   ∂L/∂log ρ = −A·ρ where the unclipped term counts, else 0
 * </pre>
 *
 * @param loss       L
 * @param derivative ∂L/∂log ρ
 * @param clipped    whether the clipped term is the greater one
 */
record Clip(double loss, double derivative, boolean clipped) {

    static Clip of(double advantage, double ratio, double low, double high) {
        double bounded = Math.min(Math.max(ratio, 1 - low), 1 + high);
        double free = -advantage * ratio;
        double held = -advantage * bounded;
        boolean active = bounded == ratio || free > held;
        return new Clip(Math.max(free, held), active ? free : 0, held > free);
    }
}
