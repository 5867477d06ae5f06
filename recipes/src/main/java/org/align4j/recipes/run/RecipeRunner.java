package org.align4j.recipes.run;

import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.align4j.core.checkpoint.Checkpoint;
import org.align4j.core.checkpoint.CheckpointStore;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.train.TrainCheckpoints;
import org.align4j.core.train.Trainer;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeWriter;
import org.align4j.recipes.report.ModelCard;
import org.align4j.recipes.report.ReportData;
import org.align4j.recipes.report.ReportWriter;
import org.align4j.recipes.rundir.Provenance;
import org.align4j.recipes.rundir.RunDirectory;
import org.align4j.recipes.rundir.RunFiles;

/**
 * Runs a recipe: stage after stage, each starting from the weights the one before it left, everything in one run directory.
 *
 * <p>A stage that is done leaves its weights in {@code stages/NAME}; a resumed run goes on from the newest checkpoint that is whole,
 * or from the last finished stage, and comes to the same bits as a run that was never interrupted.
 */
public final class RecipeRunner {
    private final Recipe recipe;
    private final List<String> command;
    private final ProgressBar progress;
    private final BooleanSupplier stop;
    private final Instant started = Instant.now();
    private List<Path> given = List.of();

    /**
     * @param command what the user typed, for the record
     * @param stop    asked after every update; true saves the run and ends it with {@link Trainer.Stopped}
     */
    public RecipeRunner(Recipe recipe, List<String> command, ProgressBar progress, BooleanSupplier stop) {
        this.recipe = recipe;
        this.command = List.copyOf(command);
        this.progress = progress;
        this.stop = stop;
    }

    /**
     * Takes the first stages as another run left them, which has the same first stages, model and seed: this run then comes to the bits of one that does
     * all stages itself.
     *
     * @param stages for every stage that is taken, the {@code stages} directory of the run that did it
     */
    public RecipeRunner after(List<Path> stages) {
        if (stages.size() >= recipe.list().size()) {
            throw new IllegalArgumentException("a run must have a stage of its own: " + stages.size() + " of " + recipe.list().size() + " are given");
        }
        given = List.copyOf(stages);
        return this;
    }

    /**
     * Runs to the end.
     *
     * @param resume whether to go on with an earlier run of the same recipe
     * @return where the results are
     * @throws Trainer.Stopped when a stop was asked for; the run has been saved
     */
    public RunFiles run(boolean resume) {
        try (ModelSession session = ModelSession.open(recipe.model())) {
            List<Planned> plans = Works.plan(recipe, session, given.size());
            try (RunDirectory dir = RunDirectory.open(recipe.output(), RecipeWriter.write(recipe), resume)) {
                if (dir.resumed() && dir.finished()) {
                    progress.message("This run is finished; its results are in " + recipe.output() + ".");
                    return dir.files();
                }
                run(session, plans, dir);
                return dir.files();
            }
        }
    }

    private void run(ModelSession session, List<Planned> plans, RunDirectory dir) {
        RunFiles files = dir.files();
        dir.write(provenance(session, plans));
        dir.writeDataReport(dataReport(plans));
        progress.message("Backend " + session.backendReason());
        session.warnings().forEach(progress::message);
        Handover handover = new Handover(recipe, session, plans, files, given);
        AtomicFiles.deleteLeftovers(files.root());
        CheckpointStore store = CheckpointStore.open(files.checkpoints());
        Optional<Checkpoint> checkpoint = store.newestValid(progress::message);
        // Read now: by the time of a later stage the checkpoint may have been pruned.
        String saved = checkpoint.map(TrainCheckpoints::stage).orElse(null);
        List<Finished> finished = handover.finished();
        RunLog log = new RunLog(files, session, recipe, progress);
        if (finished.size() == given.size() && checkpoint.isEmpty()) {
            handover.start();
            log.samples(0, "start");
        }
        for (int i = finished.size(); i < plans.size(); i++) {
            Planned plan = plans.get(i);
            Optional<Checkpoint> mine = checkpoint.filter(c -> plan.name().equals(saved));
            handover.before(i);
            long updates = finished.stream().mapToLong(f -> f.record().updates()).sum();
            Finished done = plan.work().run(new StageRun(recipe, plan, session, files, store, mine, updates, List.copyOf(finished), log, progress, stop));
            handover.finish(i);
            if (plan.stage().trains()) {
                log.samples(i + 1, plan.name());
            }
            handover.publish(i, done);
            finished.add(done);
            dir.writeDataReport(dataReport(plans));
        }
        handover.result();
        log.finish(finished.subList(given.size(), finished.size()));
        dir.finish(Instant.now());
        ReportData data = ReportData.of(files);
        ModelCard.write(files.model(), data, recipe.model().path().map(Path::toString).orElse("a fresh model"));
        ReportWriter.write(data, files.report());
    }

    private Provenance provenance(ModelSession session, List<Planned> plans) {
        Map<String, String> data = new LinkedHashMap<>();
        plans.forEach(p -> p.work().reports().forEach((file, report) -> data.put(file.toString(), report.sha256())));
        Map<String, String> models = new LinkedHashMap<>();
        recipe.model().path().ifPresent(dir -> models.put(dir.toString(), Beside.weights(dir)));
        plans.forEach(p -> models.putAll(p.work().models()));
        Map<String, Object> memory = new LinkedHashMap<>();
        plans.stream().filter(p -> !p.work().chosen().isEmpty()).forEach(p -> memory.put(p.name(), p.work().chosen()));
        Map<String, Object> all = new LinkedHashMap<>(Provenance.collect(command, session.backendReason(), data, models, Path.of(""), started).values());
        all.put("memory_plan", memory);
        return new Provenance(all);
    }

    private Map<String, Object> dataReport(List<Planned> plans) {
        Map<String, Object> m = new LinkedHashMap<>();
        for (Planned p : plans) {
            p.work().reports().forEach((file, report) -> {
                Map<String, Object> r = new LinkedHashMap<>(report.toMap());
                r.putAll(p.work().rows());
                m.put(p.name() + " " + file.getFileName(), r);
            });
        }
        BudgetTotal.of(recipe, plans).ifPresent(b -> m.put("budget in all", b.toMap()));
        return m;
    }
}
