package org.align4j.core.train;

/**
 * Learning rate over the updates of a stage: linear warm-up from 0, then a shape that ends at {@code minRatio} of the peak.
 *
 * <p>With t the update (0 for the first), w the warm-up, T the total and x = (t − w)/(T − w): constant 1; linear 1 − x; cosine ½(1 + cos πx);
 * inverse square root √(max(w, 1)/max(t + 1, w, 1)). Linear and cosine run from 1 to {@code minRatio}; inverse square root never falls below it.
 */
public record LrSchedule(Shape shape, double peak, long warmup, long total, double minRatio) {

    /** How the rate falls. */
    public enum Shape { CONSTANT, LINEAR, COSINE, INVERSE_SQRT }

    public LrSchedule {
        if (!(peak >= 0) || warmup < 0 || total < 0 || !(minRatio >= 0 && minRatio <= 1)) {
            throw new IllegalArgumentException("A schedule needs peak ≥ 0, warmup ≥ 0, total ≥ 0 and 0 ≤ minRatio ≤ 1");
        }
    }

    /** Rate of update {@code t}, counted from 0. As in Transformers, the first of w warm-up updates has rate 0·peak/w. */
    public double at(long t) {
        if (t < warmup) {
            return peak * t / warmup;
        }
        double x = total > warmup ? Math.min(1, (double) (t - warmup) / (total - warmup)) : 0;
        return peak * switch (shape) {
            case CONSTANT -> 1;
            case LINEAR -> minRatio + (1 - minRatio) * (1 - x);
            case COSINE -> minRatio + (1 - minRatio) * 0.5 * (1 + Math.cos(Math.PI * x));
            case INVERSE_SQRT -> Math.max(minRatio, Math.sqrt((double) Math.max(warmup, 1) / Math.max(t + 1, Math.max(warmup, 1))));
        };
    }
}
