package org.align4j.recipes.eval;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.recipes.run.ModelSession;
import org.align4j.rewardmodels.sampling.SamplingListener;

/** Measures a model. */
public final class Evaluations {
    private Evaluations() {}

    /**
     * All figures of the model a session has loaded, in the order of what is asked.
     *
     * @param seed     of sampled answers
     * @param cache    where answers and scores are kept, so that an evaluation that was stopped goes on; may be shared by any evaluations and runs
     * @param listener told of progress; may ask to stop, which ends in {@link org.align4j.rewardmodels.sampling.SamplingStopped}
     */
    public static List<Figure> of(List<EvalSpec> specs, ModelSession session, long seed, Path cache, SamplingListener listener) {
        List<Figure> all = new ArrayList<>();
        for (EvalSpec spec : specs) {
            if (spec instanceof EvalSpec.ExactMatch e) {
                all.addAll(ExactMatches.of(e, session, seed, cache, listener));
            }
        }
        return all;
    }
}
