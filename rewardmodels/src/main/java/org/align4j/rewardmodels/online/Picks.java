package org.align4j.rewardmodels.online;

/** Rows of some responses. */
final class Picks {
    private Picks() {}

    static double[][] of(double[][] rows, int[] which) {
        double[][] out = new double[which.length][];
        for (int i = 0; i < out.length; i++) {
            out[i] = rows[which[i]];
        }
        return out;
    }

    static double[] of(double[] values, int[] which) {
        double[] out = new double[which.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = values[which[i]];
        }
        return out;
    }
}
