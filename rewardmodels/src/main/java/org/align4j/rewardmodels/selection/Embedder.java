package org.align4j.rewardmodels.selection;

import java.util.List;

/** Turns rows into vectors of length 1, near to each other where rows are alike. */
public interface Embedder {
    /** One vector for every row, all of the same width; one without any feature is 0. */
    float[][] embed(List<Candidate> rows, SelectionStores stores);

    /** Brings a vector to length 1; 0 stays. */
    static void normalise(float[] vector) {
        double sum = 0;
        for (float v : vector) {
            sum += (double) v * v;
        }
        float scale = sum == 0 ? 0 : (float) (1 / Math.sqrt(sum));
        for (int i = 0; i < vector.length; i++) {
            vector[i] *= scale;
        }
    }
}
