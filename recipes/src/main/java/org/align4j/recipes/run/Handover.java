package org.align4j.recipes.run;

import java.nio.file.Files;
import java.nio.file.Path;
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
    private final List<StagePlan> plans;
    private final RunFiles files;
    /** The stage whose model is in memory. */
    private int standing = NOTHING;
    private Held held = Held.FLOAT32;

    Handover(Recipe recipe, ModelSession session, List<StagePlan> plans, RunFiles files) {
        this.recipe = recipe;
        this.session = session;
        this.plans = plans;
        this.files = files;
        AtomicFiles.createDirectories(files.root().resolve("stages"));
        AtomicFiles.deleteLeftovers(files.root().resolve("stages"));
    }

    private Path directory(int stage) {
        return files.root().resolve("stages").resolve(plans.get(stage).name());
    }

    /** The first stage that is not finished. */
    int next() {
        int i = 0;
        while (i < plans.size() && (Files.exists(directory(i).resolve("config.json")) || Files.exists(directory(i).resolve("adapter_config.json")))) {
            i++;
        }
        return i;
    }

    /** Loads what the run begins with. */
    void start() {
        load(START, Held.FLOAT32);
    }

    /** Brings the session to where a stage starts. */
    void before(int stage) {
        AdapterPlan plan = plans.get(stage).adapter();
        if (plan != null && plan.spec().previous() && session.adapter() != null) {
            return; // as the stage before left it
        }
        load(base(stage), plan == null ? Held.FLOAT32 : plan.held());
        session.adapter(plan == null ? null : adapter(stage, plan));
    }

    private LoraAdapter adapter(int stage, AdapterPlan plan) {
        AdapterSpec spec = plan.spec();
        if (spec.previous() || spec.init().isPresent()) {
            return PeftFiles.read(spec.previous() ? directory(stage - 1) : spec.init().get(), session.config(), session.backend(), true);
        }
        return LoraAdapter.fresh(plan.lora(), session.config(), session.model().values(), Streams.of(recipe.seed(), "adapter", stage));
    }

    /** The last stage before this one that left a whole model. */
    private int base(int stage) {
        int b = stage - 1;
        while (b >= 0 && kept(b)) {
            b--;
        }
        return b;
    }

    private boolean kept(int stage) {
        AdapterPlan plan = plans.get(stage).adapter();
        return plan != null && plan.spec().kept();
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

    /** Writes a finished stage's result. */
    void publish(int stage) {
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
        int last = plans.size() - 1;
        if (kept(last)) {
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
