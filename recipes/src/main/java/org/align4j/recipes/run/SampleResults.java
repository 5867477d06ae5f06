package org.align4j.recipes.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.recipes.recipe.KeepSpec;
import org.align4j.recipes.recipe.Sample;
import org.align4j.recipes.rundir.RunResults.Result;
import org.align4j.recipes.rundir.RunResults.Value;
import org.align4j.rewardmodels.sampling.BestOfN;
import org.align4j.rewardmodels.sampling.KeptSummary;
import org.align4j.rewardmodels.sampling.KeptSummary.Mean;

/** What sampling came to, as metrics and as rows of the table of results. */
final class SampleResults {
    private static final String SAMPLED = "sampled";
    private static final String KEPT = "kept";

    private SampleResults() {}

    static Map<String, Double> metrics(KeptSummary s) {
        Map<String, Double> m = new LinkedHashMap<>();
        m.put("sample/answers", (double) s.answers());
        m.put("sample/duplicates", s.duplicates() / (double) s.answers());
        m.put("sample/unfinished", s.unfinished() / (double) s.answers());
        m.put("sample/rows", (double) s.rows());
        m.put("sample/barren", s.barren() / (double) s.prompts());
        put(m, "sample/reward", s.sampled());
        put(m, "sample/reward_kept", s.kept());
        put(m, "sample/reward_rejected", s.rejected());
        s.numbers().forEach((name, mean) -> put(m, "sample/" + name, mean));
        s.bestOfN().forEach((n, mean) -> put(m, "sample/best_of_" + n, mean));
        return m;
    }

    /** What was made, in one line. */
    static String words(String name, SampleJob.Outcome outcome) {
        return String.format(Locale.ROOT, "%s made %,d rows of %,d answers: %s", name, outcome.summary().rows(), outcome.summary().answers(), outcome.made().train());
    }

    private static void put(Map<String, Double> m, String name, Mean mean) {
        if (mean.count() > 0) {
            m.put(name, mean.value());
        }
    }

    static List<Result> table(String name, Sample stage, KeptSummary s) {
        List<Result> rows = new ArrayList<>();
        List<Value> reward = new ArrayList<>(List.of(value(SAMPLED, s.sampled())));
        if (s.kept().count() > 0) {
            reward.add(value(KEPT, s.kept()));
        }
        rows.add(new Result(name + ": reward", false, true, reward));
        if (s.rejected().count() > 0) {
            rows.add(new Result(name + ": reward of rejected", false, false, List.of(value(KEPT, s.rejected()))));
        }
        rows.add(new Result(name + ": answers, rows", false, true, List.of(new Value(SAMPLED, s.answers(), Double.NaN, s.prompts()), new Value(KEPT, s.rows(), Double.NaN, s.prompts()))));
        rows.add(fraction(name + ": duplicates", s.duplicates(), s.answers()));
        rows.add(fraction(name + ": unfinished", s.unfinished(), s.answers()));
        rows.add(new Result(name + ": prompts without a row", true, false, List.of(Value.fraction(KEPT, s.barren(), s.prompts()))));
        s.numbers().forEach((what, mean) -> rows.add(new Result(name + ": " + what, what.equals("acceptance"), true, List.of(value(KEPT, mean)))));
        if (!(stage.keep() instanceof KeepSpec.Grape)) {
            s.bestOfN().forEach((n, mean) -> rows.add(new Result(name + ": reward of the best of " + n, false, true, List.of(value(SAMPLED, mean)))));
        }
        if (stage.keep() instanceof KeepSpec.BestOfN b && b.count() == 1 && stage.samples().isPresent()) {
            rows.add(new Result(name + ": KL of best-of-n", false, false, List.of(new Value(KEPT, BestOfN.kl(stage.samples().get()), Double.NaN, 0))));
        }
        return rows;
    }

    private static Result fraction(String metric, long hits, long count) {
        return new Result(metric, true, false, List.of(Value.fraction(SAMPLED, hits, count)));
    }

    private static Value value(String model, Mean mean) {
        return new Value(model, mean.value(), mean.standardError(), mean.count());
    }
}
