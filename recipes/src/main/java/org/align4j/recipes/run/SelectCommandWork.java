package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.core.io.AtomicFiles;
import org.align4j.recipes.cli.Cancelled;
import org.align4j.recipes.cli.Commands;
import org.align4j.recipes.cli.Terminal;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.recipe.ModelSpec;
import org.align4j.recipes.recipe.Select;
import org.align4j.rewardmodels.sampling.SamplingStopped;
import org.align4j.rewardmodels.selection.Selection;

/** Chooses among rows without a recipe. The same call again goes on where it was stopped, and finds what is done; another call is refused its directory. */
final class SelectCommandWork {
    private SelectCommandWork() {}

    static void run(Commands.SelectRequest request, Terminal terminal) {
        ModelSpec spec = Models.spec(request.model(), request.chatTemplate(), request.precision(), request.backend());
        Path out = request.out().toAbsolutePath().normalize();
        Select stage = request.stage();
        SelectJob.require(stage);
        try (ModelSession session = ModelSession.open(spec); StopSignal stop = new StopSignal(); ProgressBar progress = new ProgressBar(terminal.out())) {
            SelectData data = SelectData.load(stage, stage.source().orElseThrow(), session, true, SelectJob.needsReference(stage), request.seed(), groups -> groups);
            SelectJob job = new SelectJob("select", stage, data, request.seed());
            job.requireEnough();
            MadeWith with = new MadeWith(spec, stage, data.reports(), stage.tests(), stage.rewards(), request.seed());
            with.require(out.resolve(SelectJob.SUMMARY));
            data.reports().forEach((file, report) -> progress.message(report.toText()));
            progress.message("Backend " + session.backendReason());
            session.warnings().forEach(progress::message);
            progress.message(job.describe());
            session.load(spec, 0);
            AtomicFiles.createDirectories(out);
            SelectJob.Outcome outcome = job.run(session, out.resolve("cache"), s -> {
                throw new UserException("There is no reward stage outside of a recipe. Name the directory of the reward model: reward: {model: {path: …}}.");
            }, Optional.empty(), new SampleProgress("select", progress, stop::requested), out);
            progress.endStage();
            Selection done = outcome.selection();
            Map<String, Object> counts = data.counts(false);
            SelectJob.write(out.resolve(SelectJob.SUMMARY), with.in(counts), done);
            done.steps().forEach(c -> progress.message(String.format(java.util.Locale.ROOT, "%-28s kept %,d of %,d", c.step(), c.kept(), c.read())));
            progress.message(SelectJob.words("select", outcome));
        } catch (SamplingStopped e) {
            throw new Cancelled("Stopped; what is finished is in " + e.directory() + ". The same command goes on from there.");
        }
    }
}
