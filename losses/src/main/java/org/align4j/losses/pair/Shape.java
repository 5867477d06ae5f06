package org.align4j.losses.pair;

/** What a loss makes of a pair's margin d, the difference of two scores, at strength β. */
public enum Shape {
    /** −(1−ε)·log σ(βd) − ε·log σ(−βd): logistic, never satisfied. */
    SIGMOID {
        @Override
        Curve of(double margin, double beta, double smoothing) {
            return Curve.logistic(beta * margin, smoothing).of(beta);
        }
    },
    /** max(0, 1 − βd): satisfied from d = 1/β on. */
    HINGE {
        @Override
        Curve of(double margin, double beta, double smoothing) {
            return Curve.hinge(beta * margin, 1).of(beta);
        }
    },
    /** (d − 1/(2β))²: regression to the margin 1/(2β), on scores per token. */
    IPO {
        @Override
        Curve of(double margin, double beta, double smoothing) {
            return Curve.square(margin - 1 / (2 * beta));
        }
    };

    /** Value and derivative by the margin. Label smoothing ε has a meaning for {@link #SIGMOID} alone. */
    abstract Curve of(double margin, double beta, double smoothing);
}
