package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.data.DataReport;
import org.align4j.core.train.Trainer;
import org.align4j.recipes.recipe.KeepSpec;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.Sample;
import org.align4j.recipes.rundir.MetricsLog;
import org.align4j.rewardmodels.sampling.SamplingStopped;

/** Samples answers from the model as it stands, scores them and makes rows of them. */
final class SampleWork implements StageWork {
    private final Sample stage;
    private final SampleJob job;

    SampleWork(Recipe recipe, Sample stage, int index, ModelSession session) {
        this.stage = stage;
        this.job = SampleJob.load(Planned.name(index, stage), stage, recipe.data().toPrompt().orElse(null), session, recipe.seed() + index, recipe.seed(),
                prompts -> Unseen.asked(recipe, prompts, stage.prompts().or(recipe.data()::toPrompt).orElseThrow(), session, "prompts of the stage " + Planned.name(index, stage)));
    }

    @Override
    public String describe() {
        return String.format(Locale.ROOT, "%-12s %s", job.name(), job.describe());
    }

    @Override
    public Map<Path, DataReport> reports() {
        return job.reports();
    }

    @Override
    public Map<String, Object> rows() {
        return Map.of("sampled_from", job.prompts().size());
    }

    @Override
    public Map<String, String> models() {
        Map<String, String> m = new LinkedHashMap<>();
        stage.reward().ifPresent(r -> Rewards.models(r).forEach(dir -> m.put(dir.toString(), Beside.weights(dir))));
        if (stage.keep() instanceof KeepSpec.Grape g) {
            g.model().ifPresent(dir -> m.put(dir.toString(), Beside.weights(dir)));
        }
        return m;
    }

    @Override
    public Finished run(StageRun run) {
        run.progress().message(describe());
        if (job.candidates() != null && !job.candidates().leftOut().isEmpty()) {
            List<String> leftOut = job.candidates().leftOut();
            run.progress().message("Candidates left out: " + leftOut.size() + "; the first is " + leftOut.get(0));
        }
        run.session().gradients(false);
        try {
            SampleJob.Outcome outcome = job.run(run.session(), run.files().cache().resolve("samples"), s -> Rewards.left(s.name(), run),
                    new SampleProgress(run.name(), run.progress(), run.stop()), run.work());
            try (MetricsLog metrics = run.log().open(run)) {
                metrics.append(run.name(), run.firstStep(), SampleResults.metrics(outcome.summary()));
            }
            run.progress().message(SampleResults.words(run.name(), outcome));
            return Finished.updates(run.name(), stage.kind(), 0, 0).making(run.files(), outcome.made()).with(SampleResults.table(run.name(), stage, outcome.summary()));
        } catch (SamplingStopped e) {
            throw new Trainer.Stopped(run.firstStep(), Optional.of(e.directory()));
        } finally {
            run.progress().endStage();
        }
    }
}
