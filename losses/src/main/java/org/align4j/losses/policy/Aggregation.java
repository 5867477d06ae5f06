package org.align4j.losses.policy;

/** How losses of tokens become the loss of a batch. The choice decides how much a token of a long response weighs. */
public sealed interface Aggregation {

    /** Weight of every token of a sequence with {@code length} tokens. */
    double weight(int length, Counts batch);

    /**
     * Mean over all tokens of the batch: every token weighs the same, so long responses weigh more. PPO, DAPO (<a
     * href="https://arxiv.org/abs/2503.14476">Yu et al. 2025</a>) and, where the batch is one device's micro-batch, TRL's {@code bnpo}.
     */
    record TokenMean() implements Aggregation {
        @Override
        public double weight(int length, Counts batch) {
            return 1.0 / batch.tokens();
        }
    }

    /**
     * Mean over sequences of the means over their tokens: every response weighs the same, a token of a long one less. GRPO as published
     * (<a href="https://arxiv.org/abs/2402.03300">Shao et al. 2024</a>).
     */
    record SequenceMean() implements Aggregation {
        @Override
        public double weight(int length, Counts batch) {
            return 1.0 / (batch.sequences() * (double) length);
        }
    }

    /**
     * Sum over tokens divided by sequences times a constant, so that neither the length of a response nor that of its neighbours changes what a token
     * weighs (Dr. GRPO, <a href="https://arxiv.org/abs/2503.20783">Liu et al. 2025</a>).
     *
     * @param maxTokens the constant: the longest response that may be generated, &ge; 1
     */
    record FixedLength(int maxTokens) implements Aggregation {
        public FixedLength {
            if (maxTokens < 1) {
                throw new IllegalArgumentException("fixed length: maxTokens must be at least 1, found " + maxTokens);
            }
        }

        @Override
        public double weight(int length, Counts batch) {
            return 1.0 / (batch.sequences() * (double) maxTokens);
        }
    }
}
