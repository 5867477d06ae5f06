package org.align4j.core.backend;

/**
 * One AdamW update with decoupled decay (Loshchilov and Hutter, 2019): with g the gradient times {@code gradientScale},
 * {@code p ← p(1 − lr·wd)}, {@code m ← β₁m + (1−β₁)g}, {@code v ← β₂v + (1−β₂)g²},
 * {@code p ← p − lr · (m/(1−β₁ᵗ)) / (√(v/(1−β₂ᵗ)) + ε)}.
 *
 * @param step  t, 1 for the first update
 * @param noise what the rounding of moments in fewer than 32 bits follows from: the bits of value i from the high half of the noise and the low half
 *              plus i; another number for every update
 */
public record AdamWStep(double learningRate, double beta1, double beta2, double epsilon, double weightDecay, long step, double gradientScale, long noise) {

    /** The same step with other noise. */
    public AdamWStep with(long value) {
        return new AdamWStep(learningRate, beta1, beta2, epsilon, weightDecay, step, gradientScale, value);
    }
}
