package org.align4j.rewardmodels.winrate;

import java.util.Objects;
import java.util.Optional;

/**
 * A judge's word on two answers to one instruction.
 *
 * @param instruction which one: its text, number or any other key; the same for all models that answered it
 * @param model       who gave the answer that is judged
 * @param baseline    who gave the one it is compared with
 * @param preference  probability that the model's answer is the better one, from 0 to 1: 1 for a win, ½ for a tie, 0 for a loss
 * @param lengths     of the two answers; empty where they are not known
 */
public record Judgement(String instruction, String model, String baseline, double preference, Optional<Lengths> lengths) {

    public Judgement {
        Objects.requireNonNull(instruction, "instruction");
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(baseline, "baseline");
        Objects.requireNonNull(lengths, "lengths");
        if (!(preference >= 0 && preference <= 1)) {
            throw new IllegalArgumentException("a preference must be a probability from 0 to 1, found " + preference);
        }
    }

    /** Of answers whose lengths are known. */
    public static Judgement of(String instruction, String model, String baseline, double preference, int modelCharacters, int baselineCharacters) {
        return new Judgement(instruction, model, baseline, preference, Optional.of(new Lengths(modelCharacters, baselineCharacters)));
    }

    /**
     * Lengths in characters: Unicode code points, as Python counts.
     *
     * @param model    of the model's answer, 0 or more
     * @param baseline of the baseline's answer, 0 or more
     */
    public record Lengths(int model, int baseline) {
        public Lengths {
            if (model < 0 || baseline < 0) {
                throw new IllegalArgumentException("lengths must be 0 or more, found " + model + " and " + baseline);
            }
        }

        /** Baseline minus model. */
        public int difference() {
            return baseline - model;
        }
    }

    /** The same seen from the other side. */
    public Judgement turned() {
        return new Judgement(instruction, baseline, model, 1 - preference, lengths.map(l -> new Lengths(l.baseline(), l.model())));
    }
}
