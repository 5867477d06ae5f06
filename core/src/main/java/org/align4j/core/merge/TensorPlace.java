package org.align4j.core.merge;

import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where in a model a tensor is.
 *
 * @param name   its Hugging Face name
 * @param layer  its block, from 0; −1 for what is in no block
 * @param layers blocks of the model
 */
public record TensorPlace(String name, int layer, int layers) {
    private static final Pattern BLOCK = Pattern.compile("(?:^|\\.)(?:layers|h|blocks)\\.(\\d{1,6})\\.");
    private static final Pattern FIRST = Pattern.compile("embed|(?:^|\\.)w[tp]e\\.");

    /** The place of a tensor in a model of so many blocks. */
    public static TensorPlace of(String name, int layers) {
        return new TensorPlace(name, block(name), layers);
    }

    /** Blocks of a model that has these tensors. */
    public static int layers(Collection<String> names) {
        return names.stream().mapToInt(TensorPlace::block).max().orElse(-1) + 1;
    }

    private static int block(String name) {
        Matcher m = BLOCK.matcher(name);
        return m.find() ? Integer.parseInt(m.group(1)) : -1;
    }

    /** ℓ/(L−1) in block ℓ of L, 0 for embeddings and where there is one block only, 1 for what comes after the blocks: final norm and head. */
    public double depth() {
        if (layer < 0) {
            return FIRST.matcher(name).find() ? 0 : 1;
        }
        return layers < 2 ? 0 : (double) layer / (layers - 1);
    }
}
