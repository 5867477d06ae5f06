package org.align4j.core.backend;

/** Pointwise nonlinearities of the supported model families. */
public enum Activation {
    /** x·σ(x), also called swish. */
    SILU,
    /** ½x(1 + tanh(√(2/π)(x + 0.044715x³))): {@code gelu_new} and {@code gelu_pytorch_tanh}. */
    GELU_TANH,
    /** ½x(1 + erf(x/√2)). */
    GELU
}
