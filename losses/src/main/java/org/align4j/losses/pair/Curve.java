package org.align4j.losses.pair;

import org.align4j.losses.internal.LogSigmoid;

/**
 * A function's value and slope at one point; the shapes that most pair losses are made of.
 *
 * @param value the function's value
 * @param slope its derivative at the same point
 */
record Curve(double value, double slope) {

    /** −(1−ε)·log σ(z) − ε·log σ(−z), with slope ε·σ(z) − (1−ε)·σ(−z). */
    static Curve logistic(double z, double smoothing) {
        return new Curve((1 - smoothing) * LogSigmoid.softplus(-z) + smoothing * LogSigmoid.softplus(z),
                smoothing * LogSigmoid.sigmoid(z) - (1 - smoothing) * LogSigmoid.sigmoid(-z));
    }

    /** −log σ(z), with slope −σ(−z). */
    static Curve logistic(double z) {
        return logistic(z, 0);
    }

    /** max(0, δ − z), with slope −1 below δ and exactly 0 from δ on. */
    static Curve hinge(double z, double delta) {
        return z < delta ? new Curve(delta - z, -1) : new Curve(0, 0);
    }

    /** u², with slope 2u. */
    static Curve square(double u) {
        return new Curve(u * u, 2 * u);
    }

    /** σ(z), with slope σ(z)·σ(−z). */
    static Curve sigmoid(double z) {
        return new Curve(LogSigmoid.sigmoid(z), LogSigmoid.sigmoid(z) * LogSigmoid.sigmoid(-z));
    }

    /** This curve of scale·x as a curve of x. */
    Curve of(double scale) {
        return new Curve(value, scale * slope);
    }
}
