package org.align4j.core.backend.internal.nd4j;

import org.align4j.core.backend.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Values and derivatives of the pointwise nonlinearities, elementwise over dense arrays. */
final class Activations {
    private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
    private static final double CUBIC = 0.044715;

    private Activations() {}

    /** act(x). */
    static INDArray value(Scope s, Activation act, INDArray x) {
        return switch (act) {
            case SILU -> sigmoid(s, x).muli(x);
            case GELU_TANH -> tanhInner(s, x).addi(1).muli(x).muli(0.5);
            case GELU -> erf(s, x).addi(1).muli(x).muli(0.5);
        };
    }

    /** act′(x). */
    static INDArray derivative(Scope s, Activation act, INDArray x) {
        return switch (act) {
            case SILU -> {
                // σ(1 + x(1 − σ))
                INDArray sigma = sigmoid(s, x);
                yield s.own(sigma.rsub(1)).muli(x).addi(1).muli(sigma);
            }
            case GELU_TANH -> {
                // ½(1 + t) + ½x(1 − t²)·√(2/π)(1 + 3·0.044715x²), t the hyperbolic tangent
                INDArray t = tanhInner(s, x);
                INDArray inner = s.own(x.mul(x)).muli(3 * CUBIC).addi(1).muli(SQRT_2_OVER_PI);
                INDArray slope = s.own(t.mul(t)).rsubi(1).muli(inner).muli(x);
                yield slope.addi(t).addi(1).muli(0.5);
            }
            case GELU -> {
                // ½(1 + erf(x/√2)) + x·φ(x), φ the normal density
                INDArray density = s.own(x.mul(x)).muli(-0.5);
                Transforms.exp(density, false).muli(1 / Math.sqrt(2 * Math.PI)).muli(x);
                yield erf(s, x).addi(1).muli(0.5).addi(density);
            }
        };
    }

    private static INDArray sigmoid(Scope s, INDArray x) {
        return s.own(Transforms.sigmoid(x, true));
    }

    /** tanh(√(2/π)(x + 0.044715x³)). */
    private static INDArray tanhInner(Scope s, INDArray x) {
        INDArray u = s.own(x.mul(x)).muli(CUBIC).addi(1).muli(x).muli(SQRT_2_OVER_PI);
        return s.own(Transforms.tanh(u, true));
    }

    /** erf(x/√2). */
    private static INDArray erf(Scope s, INDArray x) {
        return s.own(Nd4j.math().erf(s.own(x.mul(Math.sqrt(0.5)))));
    }
}
