package org.align4j.rewardmodels.winrate;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.align4j.core.UserException;
import org.align4j.rewardmodels.evaluate.Bootstrap;

/**
 * How a length-controlled win rate is fitted: AlpacaEval 2's generalised linear model ({@link GlmWeights}), one fit for each model, by logistic regression with an L1 penalty and
 * no other intercept. The strength C is one of ten from 1e-4 to 1e4, that with the least log-loss over five folds; a judgement is in one fold whole.
 *
 * @param difficulty  γ of every instruction; empty to leave the term out
 * @param gamed       rows of the baseline gamed for length, before the model's own; may be empty
 * @param gamedWeight of each of them, the model's own having 1: 0.1 in AlpacaEval (0.2, halved for the two gamed baselines)
 * @param bootstrap   of the standard error and interval
 */
public record LengthControl(Optional<InstructionDifficulty> difficulty, List<GamedRow> gamed, double gamedWeight, Bootstrap bootstrap) {
    /** The weight of gamed rows in AlpacaEval. */
    public static final double GAMED_WEIGHT = 0.1;

    public LengthControl {
        gamed = List.copyOf(gamed);
        if (!(gamedWeight > 0 && Double.isFinite(gamedWeight))) {
            throw new IllegalArgumentException("gamed rows must have a weight of more than 0, found " + gamedWeight);
        }
    }

    /** Neither difficulty nor gamed rows. */
    public static LengthControl minimal(Bootstrap bootstrap) {
        return new LengthControl(Optional.empty(), List.of(), GAMED_WEIGHT, bootstrap);
    }

    /** With difficulties. */
    public LengthControl with(InstructionDifficulty difficulties) {
        return new LengthControl(Optional.of(difficulties), gamed, gamedWeight, bootstrap);
    }

    /** With gamed rows of the usual weight. */
    public LengthControl with(List<GamedRow> rows) {
        return new LengthControl(difficulty, rows, GAMED_WEIGHT, bootstrap);
    }

    /**
     * Fits one model's judgements against one baseline. A baseline against itself has 50 by definition.
     *
     * @throws UserException without lengths or difficulties, for several models or baselines, for an instruction judged twice (see {@link Judgements#averaged})
     */
    public LengthControlled fit(List<Judgement> judgements) {
        check(judgements);
        WinRate raw = WinRate.of(judgements);
        if (judgements.get(0).model().equals(judgements.get(0).baseline())) {
            return LengthControlled.ofBaseline(raw);
        }
        return new LengthFit(this, judgements).result(raw);
    }

    private static void check(List<Judgement> judgements) {
        if (judgements.size() < LengthFit.FOLDS) {
            throw new UserException("Length control chooses its strength over " + LengthFit.FOLDS + " folds and needs as many judgements at least, found " + judgements.size() + ".");
        }
        Set<String> seen = new HashSet<>();
        Judgement first = judgements.get(0);
        for (Judgement j : judgements) {
            if (!j.model().equals(first.model()) || !j.baseline().equals(first.baseline())) {
                throw new UserException("Length control is of one model against one baseline, found " + first.model() + " against " + first.baseline() + " and " + j.model()
                        + " against " + j.baseline() + ". Fit them one by one.");
            }
            if (!seen.add(j.instruction())) {
                throw new UserException("Length control takes one judgement for an instruction, found several of " + j.model() + " for " + j.instruction()
                        + ". Average judgements made in both orders first.");
            }
        }
    }
}
