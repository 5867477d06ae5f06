package org.align4j.rewardmodels.head;

/**
 * What a head is made of.
 *
 * <pre>
 *   linear:  r = W·h (+ b)
 *   pooler:  r = W·dropout(tanh(P·h + p)) (+ b)
 * </pre>
 *
 * <p>A linear head without bias is what Hugging Face's sequence classification models have. The pooler is that of Hadji-Kyriacou and Arandjelović,
 * <a href="https://arxiv.org/abs/2405.20053">Would I Lie To You? Inference Time Alignment of Language Models using Direct Preference Heads</a> (2024).
 *
 * @param hiddenSize width of a hidden state
 * @param outputs    numbers given for every hidden state: 1 for a reward or a value, one per attribute
 * @param pooler     whether there is a pooler
 * @param dropout    share of the pooler's outputs left out in training, in [0, 1); 0 without a pooler
 * @param bias       whether the last layer has a bias b
 */
public record HeadSettings(int hiddenSize, int outputs, boolean pooler, double dropout, boolean bias) {

    public HeadSettings {
        if (hiddenSize < 1 || outputs < 1) {
            throw new IllegalArgumentException("A head needs a hidden size and outputs of at least 1, found " + hiddenSize + " and " + outputs);
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException("Dropout of a head is a share in [0, 1), found " + dropout);
        }
        if (dropout > 0 && !pooler) {
            throw new IllegalArgumentException("Dropout of a head falls between its pooler and its last layer; without a pooler it must be 0, found " + dropout);
        }
    }

    /** One linear layer without bias. */
    public static HeadSettings linear(int hiddenSize, int outputs) {
        return new HeadSettings(hiddenSize, outputs, false, 0, false);
    }

    /** A pooler, dropout and a linear layer without bias. */
    public static HeadSettings pooler(int hiddenSize, int outputs, double dropout) {
        return new HeadSettings(hiddenSize, outputs, true, dropout, false);
    }

    /** Whether it is a single matrix, as other tools expect it. */
    public boolean plain() {
        return !pooler && !bias;
    }

    /** Parameters in all. */
    public int parameters() {
        int all = Math.multiplyExact(hiddenSize, outputs) + (bias ? outputs : 0);
        return pooler ? Math.addExact(all, Math.multiplyExact(hiddenSize, hiddenSize + 1)) : all;
    }
}
