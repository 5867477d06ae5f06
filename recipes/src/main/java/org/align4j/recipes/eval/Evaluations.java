package org.align4j.recipes.eval;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.UserException;
import org.align4j.recipes.run.ModelSession;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.sampling.SamplingListener;

/** Measures a model. */
public final class Evaluations {
    private static final int DRAWS = 1000;

    private Evaluations() {}

    /**
     * All figures that the model a session has loaded has by itself, in the order of what is asked; those that compare models need a suite. A figure of an evaluation whose
     * name is not its kind is named {@code NAME/FIGURE}.
     *
     * @param seed     of sampled answers and bootstrap draws
     * @param cache    where answers and scores are kept, so that an evaluation that was stopped goes on; may be shared by any evaluations and runs
     * @param listener told of progress; may ask to stop, which ends in {@link org.align4j.rewardmodels.sampling.SamplingStopped}
     */
    public static List<Figure> of(List<EvalSpec> specs, ModelSession session, long seed, Path cache, SamplingListener listener) {
        Subject subject = new Subject("the model", "", session, seed, cache, listener);
        List<String> names = EvalSuite.names(specs);
        List<Figure> all = new ArrayList<>();
        for (int i = 0; i < specs.size(); i++) {
            if (specs.get(i).comparesModels()) {
                throw new UserException("The evaluation " + names.get(i) + " compares models; one model alone has no such figure. Put it into a suite: align4j eval.");
            }
            EvalWork work = work(specs.get(i), null);
            String prefix = names.get(i).equals(specs.get(i).kind()) ? "" : names.get(i) + "/";
            Estimator.figures(work.estimators(new Bootstrap(DRAWS, seed)), work.measure(subject)).forEach(f -> all.add(f.named(prefix + f.name())));
        }
        return all;
    }

    /**
     * What an evaluation does.
     *
     * @param baseline the suite's; null where there is none
     */
    static EvalWork work(EvalSpec spec, String baseline) {
        if (spec instanceof EvalSpec.Loss l) {
            return new Losses(l);
        } else if (spec instanceof EvalSpec.Preferences p) {
            return new PreferenceChoices(p);
        } else if (spec instanceof EvalSpec.ExactMatch e) {
            return new ExactMatches(e);
        } else if (spec instanceof EvalSpec.WinRate w) {
            return new WinRates(w);
        } else if (spec instanceof EvalSpec.Judgements j) {
            return new JudgedFile(j);
        } else if (spec instanceof EvalSpec.HumanRank h) {
            return new HumanRanks(h);
        } else if (spec instanceof EvalSpec.MultipleChoice m) {
            return new MultipleChoices(m);
        } else if (spec instanceof EvalSpec.Kl k) {
            return new Divergences(k, baseline);
        } else if (spec instanceof EvalSpec.Ifeval i) {
            return new FollowedInstructions(i);
        }
        throw new IllegalStateException("No evaluation is known for " + spec.kind());
    }
}
