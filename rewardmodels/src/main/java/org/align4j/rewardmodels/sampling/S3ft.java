package org.align4j.rewardmodels.sampling;

/**
 * Selective self-to-supervised fine-tuning: trains on the model's own words wherever they say what the gold answer says. The target of a prompt is the
 * model's own answer if it is judged equal to the gold answer; otherwise the model's paraphrase of the gold answer if that is judged equal; otherwise
 * the gold answer. Gupta et al., <a href="https://arxiv.org/abs/2502.08130">S3FT</a> (2025).
 */
public final class S3ft {
    private S3ft() {}

    /** Whose words the target is in. */
    public enum Source {
        /** The model's own answer. */
        OWN,
        /** The model's paraphrase of the gold answer. */
        PARAPHRASE,
        /** The gold answer as it is. */
        GOLD
    }

    /** What becomes the target, given what the judge says of the model's answer and of its paraphrase. */
    public static Source choose(boolean ownIsRight, boolean paraphraseIsRight) {
        return ownIsRight ? Source.OWN : paraphraseIsRight ? Source.PARAPHRASE : Source.GOLD;
    }
}
