package org.align4j.recipes.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.adapter.LoraAdapter;
import org.align4j.core.adapter.PeftFiles;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.io.DType;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.train.Streams;
import org.align4j.recipes.recipe.AdapterSpec;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.rundir.RunFiles;
import org.align4j.recipes.rundir.StageRecord;

/**
 * What stages hand to each other: a model, or a model that stays frozen and the adapter on it. A finished stage leaves it in {@code stages/NAME}, so that a
 * resumed run starts every stage from the bits it would have started from.
 */
final class Handover {
    /** The model of the recipe, before any stage. */
    private static final int START = -1;
    private static final int NOTHING = -2;

    private final Recipe recipe;
    private final ModelSession session;
    private final List<Planned> plans;
    private final RunFiles files;
    /** Where other runs left the first stages. */
    private final List<Path> given;
    /** The stage whose model is in memory. */
    private int standing = NOTHING;
    private Held held = Held.FLOAT32;

    Handover(Recipe recipe, ModelSession session, List<Planned> plans, RunFiles files, List<Path> given) {
        this.recipe = recipe;
        this.session = session;
        this.plans = plans;
        this.files = files;
        this.given = given;
        AtomicFiles.createDirectories(files.stages());
        AtomicFiles.deleteLeftovers(files.stages());
    }

    private Path directory(int stage) {
        return stages(stage).resolve(plans.get(stage).name());
    }

    private Path record(int stage) {
        return stages(stage).resolve(plans.get(stage).name() + ".json");
    }

    private Path stages(int stage) {
        return stage < given.size() ? given.get(stage) : files.stages();
    }

    /** What the stages came to that are finished. */
    List<Finished> finished() {
        List<Finished> all = new ArrayList<>();
        while (all.size() < plans.size() && Files.exists(record(all.size()))) {
            Finished found = new Finished(StageRecord.read(record(all.size())));
            all.add(all.size() < given.size() ? found.movedFrom(new RunFiles(given.get(all.size()).getParent())) : found);
        }
        if (all.size() < given.size()) {
            throw new IllegalStateException("the stage " + plans.get(all.size()).name() + " is not finished in " + given.get(all.size()));
        }
        return all;
    }

    /** Loads what the run begins with. */
    void start() {
        receive(given.size());
    }

    /** Brings the session to where a stage starts. */
    void before(int stage) {
        if (!plans.get(stage).stage().trains()) {
            receive(stage);
            return;
        }
        AdapterPlan plan = plans.get(stage).adapter();
        if (plan != null && plan.spec().previous() && session.adapter() != null) {
            return; // as the stage before left it
        }
        load(base(stage), plan == null ? Held.FLOAT32 : plan.held());
        session.adapter(plan == null ? null : adapter(stage, plan));
    }

    /** What a stage that trains nothing works with: the model as it stands, an adapter kept on it included. */
    private void receive(int stage) {
        int last = recipe.list().trainedBefore(stage);
        if (last < 0 || !kept(last)) {
            load(base(stage), Held.FLOAT32);
        } else if (session.adapter() == null) {
            load(base(stage), plans.get(last).adapter().held());
            session.adapter(PeftFiles.read(directory(last), session.config(), session.backend(), true));
        }
    }

    private LoraAdapter adapter(int stage, AdapterPlan plan) {
        AdapterSpec spec = plan.spec();
        if (spec.previous() || spec.init().isPresent()) {
            return PeftFiles.read(spec.previous() ? directory(recipe.list().trainedBefore(stage)) : spec.init().get(), session.config(), session.backend(), true);
        }
        return LoraAdapter.fresh(plan.lora(), session.config(), session.model().values(), Streams.of(recipe.seed(), "adapter", stage));
    }

    /** The last stage before this one that left a whole model. */
    private int base(int stage) {
        int b = stage - 1;
        while (b >= 0 && (kept(b) || !plans.get(b).stage().trains())) {
            b--;
        }
        return b;
    }

    private boolean kept(int stage) {
        return plans.get(stage).keepsAdapter();
    }

    private void load(int base, Held as) {
        if (base == standing && as == held) {
            return;
        }
        if (base == START) {
            session.load(recipe.model(), recipe.seed(), as);
        } else {
            session.reload(directory(base), as);
        }
        standing = base;
        held = as;
    }

    /** Makes a stage's result what the next one receives; {@link #publish} writes it down. */
    void finish(int stage) {
        if (!plans.get(stage).stage().trains()) {
            return;
        }
        if (session.adapter() != null && !kept(stage)) {
            merge(stage);
        }
        standing = kept(stage) ? standing : stage;
    }

    /** Into the model as it was read, for fewer bits would lose what is merged. */
    private void merge(int stage) {
        LoraAdapter adapter = session.detach();
        load(base(stage), Held.FLOAT32);
        session.adapter(adapter);
        session.merge();
    }

    /** Writes a finished stage's result, and then that it is finished. */
    void publish(int stage, Finished finished) {
        if (plans.get(stage).stage().trains()) {
            AtomicFiles.deleteTree(directory(stage)); // of a run killed before it could say that it was finished
            write(stage);
        }
        finished.record().write(record(stage));
    }

    private void write(int stage) {
        if (kept(stage)) {
            PeftFiles.publish(directory(stage), session.adapter(), baseName(stage));
        } else {
            ModelFiles.publish(directory(stage), session.config(), session.model().values(), DType.F32, null);
        }
    }

    private String baseName(int stage) {
        int base = base(stage);
        return base == START ? recipe.model().path().map(Path::toString).orElse(null) : directory(base).toString();
    }

    /** Writes the model of the run, and beside it the adapter if the last stage kept one. */
    void result() {
        int last = recipe.list().trainedBefore(plans.size());
        if (last < 0) {
            load(START, Held.FLOAT32);
        } else if (kept(last)) {
            if (session.adapter() == null) {
                load(base(last), Held.FLOAT32);
                session.adapter(PeftFiles.read(directory(last), session.config(), session.backend(), false));
            }
            PeftFiles.publish(files.adapter(), session.adapter(), baseName(last));
            merge(last);
        } else if (standing != last) {
            load(last, Held.FLOAT32);
        }
        session.publish(files.model());
    }
}
