package org.align4j.rewardmodels.selection;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Keeps rows by their scores. A row without a score is dropped.
 *
 * @param name   {@code quality}, {@code perplexity} …
 * @param scorer gives the scores
 * @param choice which scores stay
 * @param stores where scores are kept and found again
 */
public record ScoredStep(String name, RowScorer scorer, Choice choice, SelectionStores stores) implements Step {

    @Override
    public List<Verdict> judge(List<Candidate> rows) {
        return verdicts(stores.scores(scorer, rows), choice, scorer.name());
    }

    static List<Verdict> verdicts(double[] scores, Choice choice, String what) {
        boolean[] kept = choice.of(scores);
        List<Verdict> verdicts = new ArrayList<>();
        for (int i = 0; i < scores.length; i++) {
            verdicts.add(kept[i] ? Verdict.keep(scores[i]) : Verdict.drop(scores[i], Double.isNaN(scores[i]) ? "no " + what
                    : String.format(Locale.ROOT, "%s of %.6g is %s", what, scores[i], choice.words())));
        }
        return verdicts;
    }
}
