package org.align4j.recipes.run;

import java.nio.file.Path;

/** Identity of the weights of a model directory. */
public final class Weights {
    private Weights() {}

    /** SHA-256 of the weights. */
    public static String digest(Path directory) {
        return Beside.weights(directory);
    }
}
