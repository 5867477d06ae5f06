package org.align4j.rewardmodels.head;

import org.align4j.core.train.AdamW;

/**
 * AdamW for a head, the formula of {@link AdamW}: decay of matrices only, moments and their corrections in float32 and double. The gradient is clipped
 * from outside, since the norm is that of trunk and head together.
 */
public final class HeadOptimizer {
    private final AdamW.Settings settings;
    private final double weightDecay;
    private final RewardHead head;
    private final float[] first;
    private final float[] second;
    private long steps;

    /**
     * @param settings    betas and ε; its decay and norm are not read
     * @param weightDecay of the head's matrices, at least 0
     */
    public HeadOptimizer(AdamW.Settings settings, double weightDecay, RewardHead head) {
        if (!(weightDecay >= 0) || Double.isInfinite(weightDecay)) {
            throw new IllegalArgumentException("Weight decay of a head is a number of at least 0, found " + weightDecay);
        }
        this.settings = settings;
        this.weightDecay = weightDecay;
        this.head = head;
        first = new float[head.gradients().length];
        second = new float[first.length];
    }

    /** Σ of the squares of the gradient. */
    public double squaredNorm() {
        double sum = 0;
        for (float g : head.gradients()) {
            sum += (double) g * g;
        }
        return sum;
    }

    /**
     * Updates the head.
     *
     * @param scale factor on the gradient, from clipping
     */
    public void step(double learningRate, double scale) {
        steps++;
        double c1 = 1 - Math.pow(settings.beta1(), steps);
        double c2 = 1 - Math.pow(settings.beta2(), steps);
        float[] w = head.parameters();
        float[] g = head.gradients();
        for (HeadPart part : head.parts()) {
            double keep = part.matrix() ? 1 - learningRate * weightDecay : 1;
            for (int i = part.offset(); i < part.offset() + part.size(); i++) {
                double x = scale * g[i];
                first[i] = (float) (settings.beta1() * first[i] + (1 - settings.beta1()) * x);
                second[i] = (float) (settings.beta2() * second[i] + (1 - settings.beta2()) * x * x);
                w[i] = (float) (keep * w[i] - learningRate * (first[i] / c1) / (Math.sqrt(second[i] / c2) + settings.epsilon()));
            }
        }
        head.parameters(w);
    }

    /** Updates made. */
    public long steps() {
        return steps;
    }

    float[] first() {
        return first;
    }

    float[] second() {
        return second;
    }

    void resumeAt(long value) {
        steps = value;
    }
}
