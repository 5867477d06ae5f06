package org.align4j.core.backend;

/**
 * Cosines and sines of rotary position embedding: entry [position][i] for i &lt; headDim/2 is cos (or sin) of position · inverseFrequency[i],
 * computed in double and rounded once.
 */
public record RotaryTable(float[][] cos, float[][] sin) {

    /** Tables for positions 0 … positions−1. */
    public static RotaryTable of(double[] inverseFrequencies, int positions) {
        int half = inverseFrequencies.length;
        float[][] cos = new float[positions][half];
        float[][] sin = new float[positions][half];
        for (int p = 0; p < positions; p++) {
            for (int i = 0; i < half; i++) {
                double a = p * inverseFrequencies[i];
                cos[p][i] = (float) Math.cos(a);
                sin[p][i] = (float) Math.sin(a);
            }
        }
        return new RotaryTable(cos, sin);
    }

    public int positions() {
        return cos.length;
    }
}
