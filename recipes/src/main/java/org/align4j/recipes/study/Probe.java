package org.align4j.recipes.study;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.align4j.core.UserException;
import org.align4j.core.io.AtomicFiles;
import org.align4j.recipes.eval.Evaluations;
import org.align4j.recipes.eval.Figure;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.recipe.Budget;
import org.align4j.recipes.recipe.BudgetUnit;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.recipe.RecipeWriter;
import org.align4j.recipes.run.ModelSession;
import org.align4j.recipes.run.RecipeRunner;
import org.align4j.recipes.rundir.MetricsLog;
import org.align4j.rewardmodels.sampling.SamplingListener;
import org.align4j.rewardmodels.sampling.SamplingStopped;

/** Times a few updates of every kind and some answers of the base model, so that the plan of a study can say how long it will take. */
final class Probe {
    private static final int UPDATES = 6;
    private static final double PATIENCE_SECONDS = 20;

    private Probe() {}

    /**
     * Trains a little in a directory of its own, which is gone afterwards.
     *
     * @param kinds of work that nothing is known of
     */
    static void time(Study study, Composition parts, StudyFiles files, Set<String> kinds, Work.Pace pace) {
        Path directory = temporary();
        try {
            if (!Files.exists(files.base())) {
                measuring(study, parts.recipe(), directory.resolve("answers"), pace);
            }
            Pools.paid(parts.demonstrations()).filter(s -> kinds.contains(StudySubject.SFT)).filter(s -> study.shares().stream().anyMatch(r -> r > 0))
                    .ifPresent(s -> pace.probed(StudySubject.SFT, update(parts, s, directory.resolve("sft"))));
            study.methods().forEach((name, stages) -> Pools.paid(stages).filter(s -> kinds.contains(name)).filter(s -> study.shares().stream().anyMatch(r -> r < 1))
                    .ifPresent(s -> pace.probed(name, update(parts, s, directory.resolve(name)))));
        } finally {
            AtomicFiles.deleteTree(directory);
        }
    }

    /** Seconds of one update: of the quicker half, for the first ones warm up. */
    private static double update(Composition parts, Pools.Paid stage, Path output) {
        boolean preference = stage.data().isPreference();
        Budget budget = new Budget(UPDATES * stage.training().batchSize(), BudgetUnit.EXAMPLES, new Budget.Cost(1, 1), new Budget.Split(preference ? 0 : 1, preference ? 1 : 0));
        Recipe recipe = parts.with("probe", 1, output, parts.cellData(), Optional.of(budget), List.of(stage.stage()));
        String at = "stages[0]." + stage.kind() + ".";
        Recipe brief = RecipeReader.parse("probe", RecipeWriter.write(recipe), List.of(at + "max_steps=" + UPDATES, at + "epochs=null", at + "warmup_steps=null", at + "logging_every=1",
                at + "eval_every=null"), Path.of("/"), true);
        try (ProgressBar progress = new ProgressBar(new StringBuilder())) {
            new RecipeRunner(brief, List.of("study", "--check"), progress, () -> false).run(false);
        }
        List<Double> seconds = new ArrayList<>();
        double before = 0;
        for (MetricsLog.Line line : MetricsLog.read(output.resolve("metrics.jsonl"))) {
            if (line.values().containsKey("tokens_per_second") && line.values().containsKey("num_tokens")) {
                double tokens = line.values().get("num_tokens");
                seconds.add((tokens - before) / line.values().get("tokens_per_second"));
                before = tokens;
            }
        }
        return seconds.stream().sorted().limit((seconds.size() + 1) / 2).mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    /** What it takes to measure the base model; from its first part where it takes long. */
    private static void measuring(Study study, Recipe recipe, Path cache, Work.Pace pace) {
        long began = System.nanoTime();
        double[] share = {0};
        SamplingListener listener = new SamplingListener() {
            @Override
            public void progress(String work, int done, int total, long tokens) {
                share[0] = Math.max(share[0], (double) done / total);
            }

            @Override
            public boolean stop() {
                return (System.nanoTime() - began) * 1e-9 > PATIENCE_SECONDS;
            }
        };
        try (ModelSession session = ModelSession.open(recipe.model()).load(recipe.model(), 1)) {
            List<Figure> figures = Evaluations.of(study.evaluate(), session, 1, cache, listener);
            Definition.requireMetric(study, figures);
            pace.measuring((System.nanoTime() - began) * 1e-9);
        } catch (SamplingStopped e) {
            pace.measuring((System.nanoTime() - began) * 1e-9 / share[0]);
        }
    }

    private static Path temporary() {
        try {
            return Files.createTempDirectory("align4j-study");
        } catch (IOException e) {
            throw new UserException("A temporary directory cannot be made: " + e.getMessage() + ". Set java.io.tmpdir to one that is writable.", e);
        }
    }
}
