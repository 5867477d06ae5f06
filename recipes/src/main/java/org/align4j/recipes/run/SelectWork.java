package org.align4j.recipes.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.align4j.core.data.DataReport;
import org.align4j.core.data.Group;
import org.align4j.core.data.TaskKind;
import org.align4j.core.train.Trainer;
import org.align4j.recipes.recipe.DataKind;
import org.align4j.recipes.recipe.DataSource;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.Select;
import org.align4j.recipes.recipe.Slic;
import org.align4j.recipes.rundir.MetricsLog;
import org.align4j.recipes.rundir.RunFiles;
import org.align4j.rewardmodels.sampling.SamplingStopped;
import org.align4j.rewardmodels.selection.Candidate;
import org.align4j.rewardmodels.selection.Selection;

/** Chooses among rows of files, of which a budget buys its part first, or among those an earlier stage made, which are read when they are there. */
final class SelectWork implements StageWork {
    private final Recipe recipe;
    private final Select stage;
    private final String name;
    private final boolean made;
    /** Null until the rows are known, and when they are not needed any more. */
    private SelectData data;
    private Optional<Budgets.Bought> bought = Optional.empty();
    private Map<Path, DataReport> reports = Map.of();
    private Map<String, Object> counts = Map.of();

    SelectWork(Recipe recipe, Select stage, int index, ModelSession session) {
        this.recipe = recipe;
        this.stage = stage;
        this.name = Planned.name(index, stage);
        this.made = recipe.list().from(index).sampled();
        SelectJob.require(stage);
        if (!made) {
            DataSource source = stage.files(recipe.data()).orElseThrow();
            data = load(source, session, groups -> bought(source, session, groups));
            job().requireEnough();
        }
    }

    /** What the budget buys of rows that may be trained on. */
    private List<Group> bought(DataSource source, ModelSession session, List<Group> groups) {
        TaskKind task = stage.kindOfRows() == DataKind.COMPARISONS ? TaskKind.PAIR : TaskKind.DEMONSTRATION;
        List<Group> pool = Unseen.of(recipe, source, session).check(groups, source, task, session, (stage.source().isPresent() ? "source of the stage " + name : stage.kindOfRows().path(recipe.data()))).groups();
        bought = Budgets.apply(recipe, stage.kindOfRows(), pool);
        return bought.map(Budgets.Bought::groups).orElse(pool);
    }

    private SelectData load(DataSource source, ModelSession session, UnaryOperator<List<Group>> budget) {
        boolean targets = recipe.list().entries().stream().anyMatch(e -> e.stage() instanceof Slic s && s.target().filter(Slic.Imitated.FIELD::equals).isPresent());
        SelectData rows = SelectData.load(stage, source, session, targets, SelectJob.needsReference(stage), recipe.seed(), budget);
        reports = rows.reports();
        counts = rows.counts(recipe.budget().isPresent() && !made);
        return rows;
    }

    private SelectJob job() {
        return new SelectJob(name, stage, data, recipe.seed());
    }

    @Override
    public String describe() {
        return String.format(Locale.ROOT, "%-12s %s", name, data == null ? "of what an earlier stage will have made: " + SelectJob.describe(stage) : job().describe());
    }

    @Override
    public Map<Path, DataReport> reports() {
        return reports;
    }

    @Override
    public Optional<Budgets.Bought> bought() {
        return bought;
    }

    /** What is in the pool, what was bought of it, and once it is done what fell away and what stayed: also when an earlier run has done it. */
    @Override
    public Map<String, Object> rows() {
        Path summary = new RunFiles(recipe.output()).stages().resolve(name + ".work").resolve(SelectJob.SUMMARY);
        return Files.exists(summary) ? SelectJob.read(summary) : counts;
    }

    @Override
    public Map<String, String> models() {
        Map<String, String> m = new LinkedHashMap<>();
        stage.rewards().flatMap(r -> Rewards.models(r).stream()).forEach(dir -> m.put(dir.toString(), Beside.weights(dir)));
        return m;
    }

    @Override
    public Finished run(StageRun run) {
        Optional<Path> heldOut = Optional.empty();
        if (made) {
            Made rows = run.made().orElseThrow();
            heldOut = rows.heldOut();
            List<Candidate> out = heldOut.map(f -> SelectData.load(stage, DataSource.of(f), run.session(), false, false, recipe.seed(), groups -> groups).bought()).orElse(List.of());
            data = load(DataSource.of(rows.train()), run.session(), groups -> groups).withHeldOut(out);
            counts = data.counts(false);
        }
        run.progress().message(describe());
        run.session().gradients(false);
        try {
            SelectJob.Outcome outcome = job().run(run.session(), run.files().cache().resolve("selection"), s -> Rewards.left(s.name(), run), heldOut,
                    new SampleProgress(run.name(), run.progress(), run.stop()), run.work());
            Selection done = outcome.selection();
            data = null;
            SelectJob.write(run.work().resolve(SelectJob.SUMMARY), counts, done);
            try (MetricsLog metrics = run.log().open(run)) {
                metrics.append(run.name(), run.firstStep(), SelectJob.metrics(done));
            }
            run.progress().message(SelectJob.words(run.name(), outcome));
            return Finished.updates(run.name(), stage.kind(), 0, 0).making(run.files(), outcome.made()).with(SelectJob.table(run.name(), done));
        } catch (SamplingStopped e) {
            throw new Trainer.Stopped(run.firstStep(), Optional.of(e.directory()));
        } finally {
            run.progress().endStage();
        }
    }
}
