package org.align4j.recipes.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.evaluate.Interval;
import org.align4j.rewardmodels.winrate.BradleyTerry;
import org.align4j.rewardmodels.winrate.Judgement;

/** Models by Bradley and Terry's model of their comparisons. */
final class Rankings {
    private Rankings() {}

    /** Nothing where fewer than three are compared: of two, the win rate says it all. */
    static Optional<Ranking> of(List<Judgement> judgements, Bootstrap bootstrap) {
        long compared = judgements.stream().filter(j -> !j.model().equals(j.baseline())).flatMap(j -> java.util.stream.Stream.of(j.model(), j.baseline())).distinct().count();
        if (compared < 3) {
            return Optional.empty();
        }
        BradleyTerry fit = BradleyTerry.fit(judgements, bootstrap);
        List<Ranking.Entry> entries = new ArrayList<>();
        for (BradleyTerry.Entry e : fit.entries()) {
            Interval elo = e.elo();
            entries.add(new Ranking.Entry(e.model(), elo.value(), elo.low(), elo.high(), won(e.model(), judgements), e.rankProbability()));
        }
        return Optional.of(new Ranking("Bradley and Terry's strengths on Elo's scale, mean 1000, with 95 % intervals by the bootstrap over instructions"
                + (fit.separated().isEmpty() ? "" : "; " + String.join(", ", fit.separated()) + (fit.separated().size() == 1 ? " wins or loses" : " win or lose")
                        + " all against the others, so that no finite strength is likeliest: such intervals are open, and the mean is that of the others")
                + (fit.connected() ? "" : "; some models are never compared with others, not even through third ones"), entries, fit.separated()));
    }

    private static double won(String model, List<Judgement> judgements) {
        return judgements.stream().filter(j -> !j.model().equals(j.baseline())).flatMapToDouble(j -> j.model().equals(model) ? java.util.stream.DoubleStream.of(j.preference())
                : j.baseline().equals(model) ? java.util.stream.DoubleStream.of(1 - j.preference()) : java.util.stream.DoubleStream.empty()).average().orElse(Double.NaN);
    }
}
