package org.align4j.recipes.recipe;

import java.util.Optional;
import org.align4j.core.merge.Lines;
import org.align4j.recipes.yaml.Doc;

/** LiNeS, layer-wise scaling of task vectors (Wang et al. 2024): block l of L has the factor alpha + beta·l/(L − 1), what is in no block alpha. */
@Doc("LiNeS: task vectors are scaled by alpha + beta * l / (L - 1) in block l of L, and by alpha outside the blocks.")
public record LinesSpec(
        @Doc("Factor of the first block, and of what is in no block.") double alpha,
        @Doc("What is added up to the last block; 1 - alpha unless given.") Optional<Double> beta) {

    /** The scaling. */
    public Lines lines() {
        return new Lines(alpha, beta.orElse(1 - alpha));
    }
}
