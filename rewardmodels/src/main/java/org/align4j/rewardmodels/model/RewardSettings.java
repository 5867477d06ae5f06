package org.align4j.rewardmodels.model;

import org.align4j.core.train.TrainSettings;

/**
 * How a reward model trains.
 *
 * @param training        updates, batches, rates, optimiser, checkpoints; its decay is the trunk's
 * @param headWeight      w_h, the factor on the head's loss, above 0; default 1
 * @param languageWeight  w_o, the factor on the language-model loss, at least 0; default 1, read only where there is such a loss
 * @param headWeightDecay of the head's matrices, at least 0; default 0 (0.1 for direct preference heads)
 */
public record RewardSettings(TrainSettings training, double headWeight, double languageWeight, double headWeightDecay) {

    public RewardSettings {
        if (!(headWeight > 0) || Double.isInfinite(headWeight) || !(languageWeight >= 0) || Double.isInfinite(languageWeight)) {
            throw new IllegalArgumentException("The head's loss needs a weight above 0 and the language model's one of at least 0, found " + headWeight + " and "
                    + languageWeight);
        }
        if (!(headWeightDecay >= 0) || Double.isInfinite(headWeightDecay)) {
            throw new IllegalArgumentException("Weight decay of the head is a number of at least 0, found " + headWeightDecay);
        }
        if (training.lisa() != null) {
            throw new IllegalArgumentException("LISA does not go with the training of a reward model");
        }
    }

    /** Weights 1 and no decay of the head. */
    public static RewardSettings of(TrainSettings training) {
        return new RewardSettings(training, 1, 1, 0);
    }
}
