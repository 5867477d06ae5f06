package org.align4j.core.backend;

/**
 * One AdamW update with decoupled decay (Loshchilov and Hutter, 2019): with g the gradient times {@code gradientScale},
 * {@code p ← p(1 − lr·wd)}, {@code m ← β₁m + (1−β₁)g}, {@code v ← β₂v + (1−β₂)g²},
 * {@code p ← p − lr · (m/(1−β₁ᵗ)) / (√(v/(1−β₂ᵗ)) + ε)}.
 *
 * @param step t, 1 for the first update
 */
public record AdamWStep(double learningRate, double beta1, double beta2, double epsilon, double weightDecay, long step, double gradientScale) {}
