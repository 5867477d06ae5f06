package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.backend.Precision;
import org.align4j.core.data.DataReport;
import org.align4j.core.train.Trainer;
import org.align4j.recipes.recipe.DataFrom;
import org.align4j.recipes.recipe.LossStage;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.rundir.MetricsLog;

/** Minimises a loss over rows. Where an earlier stage makes the rows, what depends on them is planned once they are there. */
final class LossWork implements StageWork {
    private final Recipe recipe;
    private final LossStage stage;
    private final int index;
    private final AdapterPlan adapter;
    private final DataFrom from;
    /** Null until the rows are known. */
    private StagePlan plan;

    LossWork(Recipe recipe, LossStage stage, int index, AdapterPlan adapter, ModelSession session) {
        this.recipe = recipe;
        this.stage = stage;
        this.index = index;
        this.adapter = adapter;
        this.from = recipe.list().from(index);
        if (!from.sampled()) {
            plan(session, null);
        }
    }

    private void plan(ModelSession session, Made made) {
        boolean bf16 = session.backend().precision() == Precision.BF16;
        plan = StagePlan.of(index, stage, StageData.load(recipe, stage, session, from, made), adapter, session.config(), recipe.seed(), bf16, MemoryLimit.bytes(recipe));
        Beside.require(plan, session);
        MemoryLimit.require(recipe, session.config(), plan);
    }

    /** Null while the rows are not known. */
    StagePlan plan() {
        return plan;
    }

    @Override
    public String describe() {
        if (plan != null) {
            return plan.describe() + spent();
        }
        int maker = recipe.list().madeBefore(index);
        return String.format("%-12s %s: on what %s will have made%s, learning rate %s", Planned.name(index, stage), stage.objective().name(),
                Planned.name(maker, recipe.list().get(maker)), from == DataFrom.BOTH ? " and on " + stage.data().path(recipe.data()) : "", stage.training().learningRate());
    }

    /** What the budget came to and what was left out, a line each. */
    private String spent() {
        return Budgets.words(plan.data().bought(), recipe.budget().isPresent() && from.sampled(), plan.data().dropped());
    }

    @Override
    public Map<Path, DataReport> reports() {
        return plan == null ? Map.of() : plan.data().reports();
    }

    @Override
    public Optional<Budgets.Bought> bought() {
        return plan == null ? Optional.empty() : plan.data().bought();
    }

    @Override
    public Map<String, Object> rows() {
        Map<String, Object> m = new LinkedHashMap<>();
        if (plan != null) {
            m.put("trained_on", plan.data().train().size());
            m.put("held_out", plan.data().heldOut().size());
            m.putAll(Budgets.report(plan.data().bought(), recipe.budget().isPresent() && from.sampled(), plan.data().dropped()));
        }
        return m;
    }

    @Override
    public Map<String, String> models() {
        return Beside.digests(stage);
    }

    @Override
    public Map<String, Object> chosen() {
        return plan == null ? Map.of() : plan.chosen();
    }

    @Override
    public Finished run(StageRun run) {
        ModelSession session = run.session();
        if (plan == null) {
            plan(session, run.made().orElseThrow());
        }
        run.progress().message(plan.describe() + spent());
        StagePlan p = plan.startingAt(run.firstStep());
        session.gradients(p.settings().lisa() == null && p.adapter() == null);
        try (References references = References.of(session, p, run.files().cache(), run.progress());
                MetricsLog metrics = run.log().open(run);
                Trainer trainer = new Trainer(session.model(), p.loss(), references.train(), p.data().train(), p.settings(), run.log().listener(run, p.settings().totalSteps(), metrics))) {
            trainer.heldOut(new Trainer.HeldOutData(p.data().heldOut(), references.heldOut())).checkpoints(run.store(), run.name()).stopWhen(run.stop());
            run.checkpoint().ifPresent(c -> {
                run.progress().message("Resuming " + run.name() + " from " + c.directory());
                trainer.resume(c);
            });
            trainer.run();
            run.progress().endStage();
        }
        return Finished.updates(run.name(), stage.kind(), p.settings().totalSteps(), p.data().heldOut().size());
    }
}
