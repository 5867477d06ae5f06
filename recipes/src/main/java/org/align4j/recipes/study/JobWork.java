package org.align4j.recipes.study;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.align4j.core.UserException;
import org.align4j.core.train.Trainer;
import org.align4j.recipes.eval.EvalSpec;
import org.align4j.recipes.eval.Evaluations;
import org.align4j.recipes.eval.Figure;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.recipe.ModelSpec;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.run.ModelSession;
import org.align4j.recipes.run.RecipeRunner;
import org.align4j.rewardmodels.sampling.SamplingListener;
import org.align4j.rewardmodels.sampling.SamplingStopped;

/** Does jobs in this process. */
final class JobWork {
    private final List<EvalSpec> evaluate;
    private final Appendable log;
    private final BooleanSupplier stop;

    JobWork(List<EvalSpec> evaluate, Appendable log, BooleanSupplier stop) {
        this.evaluate = evaluate;
        this.log = log;
        this.stop = stop;
    }

    /** Does a job; whatever goes wrong is in the outcome, except that the virtual machine itself is broken. */
    Job.Outcome run(Job job) {
        long began = System.nanoTime();
        try {
            Path file = Path.of(job.recipe());
            Recipe recipe = RecipeReader.read(file, List.of());
            if (job.train()) {
                train(job, recipe);
            }
            List<Figure> figures = job.measure() == null ? List.of() : measure(job, recipe);
            return new Job.Outcome(job.name(), figures, (System.nanoTime() - began) * 1e-9, null, false, false);
        } catch (Trainer.Stopped | SamplingStopped e) {
            return Job.Outcome.stopped(job.name());
        } catch (UserException e) {
            return Job.Outcome.failed(job.name(), e.getMessage(), true);
        } catch (RuntimeException | OutOfMemoryError e) {
            return Job.Outcome.failed(job.name(), "internal failure: " + e, false);
        }
    }

    private void train(Job job, Recipe recipe) {
        try (ProgressBar progress = new ProgressBar(log)) {
            new RecipeRunner(recipe, List.of("study", job.name()), progress, stop).after(job.given().stream().map(Path::of).toList()).run(true);
        }
    }

    private List<Figure> measure(Job job, Recipe recipe) {
        ModelSpec m = recipe.model();
        ModelSpec spec = job.measure().isEmpty() ? m : new ModelSpec(Optional.of(Path.of(job.measure())), Optional.empty(), m.tokenizer(), m.chatTemplate(), m.chatTemplateFile(),
                m.precision(), m.backend());
        SamplingListener listener = new SamplingListener() {
            @Override
            public boolean stop() {
                return stop.getAsBoolean();
            }
        };
        try (ModelSession session = ModelSession.open(spec).load(spec, recipe.seed())) {
            return Evaluations.of(evaluate, session, job.seed(), recipe.output().resolve("cache"), listener);
        }
    }
}
