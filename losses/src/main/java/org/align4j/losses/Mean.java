package org.align4j.losses;

/** A mean that parts of a batch can add to: {@code sum / count}. */
public record Mean(double sum, double count) {

    /** One value. */
    public static Mean of(double value) {
        return new Mean(value, 1);
    }

    public Mean plus(Mean other) {
        return new Mean(sum + other.sum, count + other.count);
    }

    /** The mean, NaN when nothing was counted. */
    public double value() {
        return sum / count;
    }
}
