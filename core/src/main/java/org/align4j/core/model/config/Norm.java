package org.align4j.core.model.config;

/** RMS: x / sqrt(mean(x²) + ε) · w. LAYER: (x − mean) / sqrt(variance + ε) · w + b. */
public enum Norm {
    RMS,
    LAYER
}
