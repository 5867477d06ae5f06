package org.align4j.losses.policy;

import java.util.Arrays;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.align4j.losses.Golden;
import tools.jackson.databind.JsonNode;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Between padded rows and ragged ones. */
final class Rows {
    private Rows() {
    }

    static double[][] doubles(JsonNode rows) {
        double[][] out = new double[rows.size()][];
        for (int i = 0; i < out.length; i++) {
            out[i] = Golden.doubles(rows.get(i));
        }
        return out;
    }

    /** The numbers whose mask is 1. */
    static double[][] masked(double[][] rows, double[][] mask) {
        double[][] out = new double[rows.length][];
        for (int i = 0; i < out.length; i++) {
            double[] m = mask[i];
            double[] row = rows[i];
            out[i] = IntStream.range(0, row.length).filter(t -> m[t] == 1).mapToDouble(t -> row[t]).toArray();
        }
        return out;
    }

    /** Compares ragged numbers with the padded ones whose mask is 1, and requires zeros where it is 0. */
    static void equal(double[][] expected, double[][] mask, double[][] actual, boolean zeroOutside, String what) {
        double[][] inside = masked(expected, mask);
        equal(inside, actual, what);
        for (int i = 0; zeroOutside && i < expected.length; i++) {
            for (int t = 0; t < expected[i].length; t++) {
                if (mask[i][t] == 0) {
                    assertEquals(0, expected[i][t], 1e-15, what + " outside the mask, row " + i + " position " + t);
                }
            }
        }
    }

    static void equal(double[][] expected, double[][] actual, String what) {
        assertEquals(expected.length, actual.length, what);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i].length, actual[i].length, what + " row " + i);
            for (int t = 0; t < expected[i].length; t++) {
                Golden.close(expected[i][t], actual[i][t], what + " row " + i + " position " + t);
            }
        }
    }

    /** First {@code lengths[i]} ones, then zeros. */
    static double[][] leading(int[] lengths, int width) {
        double[][] mask = new double[lengths.length][width];
        for (int i = 0; i < mask.length; i++) {
            Arrays.fill(mask[i], 0, Math.min(lengths[i], width), 1);
        }
        return mask;
    }

    static double[][] random(Random random, double low, double high, int... lengths) {
        double[][] out = new double[lengths.length][];
        for (int i = 0; i < out.length; i++) {
            out[i] = random.doubles(lengths[i], low, high).toArray();
        }
        return out;
    }

    /** Compares gradients with central differences of {@code loss}; steps of 1e-6 leave an error of about 1e-9 in numbers of order 1. */
    static void centralDifferences(double[][] x, double[][] gradients, ToDoubleFunction<double[][]> loss, String what) {
        for (int i = 0; i < x.length; i++) {
            for (int t = 0; t < x[i].length; t++) {
                double kept = x[i][t];
                x[i][t] = kept + 1e-6;
                double up = loss.applyAsDouble(x);
                x[i][t] = kept - 1e-6;
                double down = loss.applyAsDouble(x);
                x[i][t] = kept;
                assertEquals((up - down) / 2e-6, gradients[i][t], 1e-8, what + " sequence " + i + " token " + t);
            }
        }
    }
}
