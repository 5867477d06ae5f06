package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.io.AtomicFiles;
import org.align4j.recipes.cli.Cancelled;
import org.align4j.recipes.cli.Commands;
import org.align4j.recipes.cli.Terminal;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.recipe.ModelSpec;
import org.align4j.recipes.recipe.Sample;
import org.align4j.rewardmodels.sampling.SamplingStopped;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Samples, scores and makes rows without a recipe. The same call again goes on where it was stopped, and finds what is done; another call is refused its directory. */
final class SampleCommandWork {
    private static final JsonMapper PRETTY = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private SampleCommandWork() {}

    static void run(Commands.SampleRequest request, Terminal terminal) {
        ModelSpec spec = Models.spec(request.model(), request.chatTemplate(), request.precision(), request.backend());
        Path out = request.out().toAbsolutePath().normalize();
        try (ModelSession session = ModelSession.open(spec); StopSignal stop = new StopSignal(); ProgressBar progress = new ProgressBar(terminal.out())) {
            SampleJob job = SampleJob.load("sample", request.stage(), null, session, request.seed(), request.seed(), prompts -> prompts);
            Sample stage = request.stage();
            MadeWith with = new MadeWith(spec, stage, job.reports(), stage.candidates().stream().flatMap(c -> c.path().stream()), stage.reward().stream(), request.seed());
            with.require(out.resolve(SelectJob.SUMMARY));
            job.reports().forEach((file, report) -> progress.message(report.toText()));
            progress.message("Backend " + session.backendReason());
            session.warnings().forEach(progress::message);
            progress.message(job.describe());
            session.load(spec, 0);
            AtomicFiles.createDirectories(out);
            SampleJob.Outcome outcome = job.run(session, out.resolve("cache"), s -> {
                throw new UserException("There is no reward stage outside of a recipe. Name the directory of the reward model: reward: {model: {path: …}}.");
            }, new SampleProgress("sample", progress, stop::requested), out);
            progress.endStage();
            Map<String, Object> summary = new LinkedHashMap<>(SampleResults.metrics(outcome.summary()));
            AtomicFiles.writeString(out.resolve(SelectJob.SUMMARY), PRETTY.writeValueAsString(with.in(summary)) + "\n");
            summary.forEach((name, value) -> progress.message(String.format(java.util.Locale.ROOT, "%-28s %.6g", name, value)));
            progress.message(SampleResults.words("sample", outcome));
        } catch (SamplingStopped e) {
            throw new Cancelled("Stopped; what is finished is in " + e.directory() + ". The same command goes on from there.");
        }
    }
}
