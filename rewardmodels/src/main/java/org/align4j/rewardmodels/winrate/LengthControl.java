package org.align4j.rewardmodels.winrate;

import java.util.List;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.rewardmodels.evaluate.Bootstrap;

/**
 * How a length-controlled win rate is fitted: AlpacaEval 2's generalised linear model ({@link GlmWeights}), one fit for each model, by logistic regression with an L1 penalty and
 * no other intercept. The strength C is one of ten from 1e-4 to 1e4, that with the least log-loss over five folds; a judgement is in one fold whole. Several judgements of one
 * instruction count one by one and are drawn together.
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
     * @throws UserException without lengths or difficulties, for several models or baselines
     */
    public LengthControlled fit(List<Judgement> judgements) {
        check(judgements);
        WinRate raw = WinRate.of(judgements);
        if (judgements.get(0).model().equals(judgements.get(0).baseline())) {
            return LengthControlled.ofBaseline(raw);
        }
        return new LengthFit(this, judgements).result(raw);
    }

    /**
     * By how much one model's rate is above another's on the same instructions, in percent: both are fitted to the same draws of instructions.
     *
     * @param from the other's judgements
     * @param to   the model's, of the same instructions in the same order
     */
    public Bootstrap.Distribution change(List<Judgement> from, List<Judgement> to) {
        check(from);
        check(to);
        if (!from.stream().map(Judgement::instruction).toList().equals(to.stream().map(Judgement::instruction).toList())) {
            throw new IllegalArgumentException("both models need judgements of the same instructions in the same order");
        }
        LengthFit first = new LengthFit(this, from);
        LengthFit second = new LengthFit(this, to);
        return new Bootstrap.Distribution(second.rate() - first.rate(),
                Bootstrap.sorted(bootstrap.vectors(first.instructions(), draw -> new double[] {second.rate(draw) - first.rate(draw)}), 0));
    }

    private static void check(List<Judgement> judgements) {
        if (judgements.size() < LengthFit.FOLDS) {
            throw new UserException("Length control chooses its strength over " + LengthFit.FOLDS + " folds and needs as many judgements at least, found " + judgements.size() + ".");
        }
        Judgement first = judgements.get(0);
        for (Judgement j : judgements) {
            if (!j.model().equals(first.model()) || !j.baseline().equals(first.baseline())) {
                throw new UserException("Length control is of one model against one baseline, found " + first.model() + " against " + first.baseline() + " and " + j.model()
                        + " against " + j.baseline() + ". Fit them one by one.");
            }
        }
    }
}
