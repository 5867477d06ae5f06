package org.align4j.rewardmodels.online;

/**
 * What becomes of the score of a response that was cut at the most tokens allowed, so that it has no end token. A reward model was trained on finished
 * responses and says little about such a one; without a penalty, policies learn to ramble.
 */
public sealed interface Unfinished {

    /** The score that counts, given the one the reward gave. */
    double score(double score, boolean ended);

    /** It stays. TRL's default. */
    record Kept() implements Unfinished {
        @Override
        public double score(double score, boolean ended) {
            return score;
        }
    }

    /**
     * A penalty is subtracted: TRL's {@code missing_eos_penalty}.
     *
     * @param penalty &gt; 0, in units of the score
     */
    record Subtracted(double penalty) implements Unfinished {
        public Subtracted {
            if (!(penalty > 0 && penalty < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("missing-EOS penalty: required is a positive number, found " + penalty);
            }
        }

        @Override
        public double score(double score, boolean ended) {
            return ended ? score : score - penalty;
        }
    }

    /**
     * It is replaced by a score of its own, whatever the response said: −10 in T&uuml;lu 3 (<a href="https://arxiv.org/abs/2411.15124">Lambert et al.
     * 2024</a>), where a right answer gets 10; −1 in AlpacaFarm.
     *
     * @param value the score of every unfinished response
     */
    record Fixed(double value) implements Unfinished {
        public Fixed {
            if (!Double.isFinite(value)) {
                throw new IllegalArgumentException("score of unfinished responses: required is a finite number, found " + value);
            }
        }

        @Override
        public double score(double score, boolean ended) {
            return ended ? score : value;
        }
    }
}
