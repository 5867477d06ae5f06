package org.align4j.recipes.run;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.backend.Precision;
import org.align4j.recipes.recipe.LossStage;
import org.align4j.recipes.recipe.Merge;
import org.align4j.recipes.recipe.OnlineStage;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.Sample;
import org.align4j.recipes.recipe.Select;
import org.align4j.recipes.recipe.Reward;
import org.align4j.recipes.recipe.Stage;
import org.align4j.recipes.recipe.StageList;

/** Which work belongs to which kind of stage. */
final class Works {
    private Works() {}

    /** Plans every stage; trains nothing and writes nothing. */
    static List<Planned> plan(Recipe recipe, ModelSession session) {
        return plan(recipe, session, 0);
    }

    /** As {@link #plan(Recipe, ModelSession)}, where another run has done the first stages: their data is not read. */
    static List<Planned> plan(Recipe recipe, ModelSession session, int given) {
        List<Planned> all = new ArrayList<>();
        StageList stages = recipe.list();
        boolean bf16 = session.backend().precision() == Precision.BF16;
        for (int i = 0; i < stages.size(); i++) {
            Stage stage = stages.get(i);
            int before = stages.trainedBefore(i);
            AdapterPlan adapter = stage.adapter().map(a -> AdapterPlan.of(a, before < 0 ? null : all.get(before).adapter(), bf16)).orElse(null);
            all.add(new Planned(i, Planned.name(i, stage), stage, adapter, i < given ? new GivenWork(Planned.name(i, stage)) : work(recipe, stage, i, adapter, session)));
        }
        return all;
    }

    private static StageWork work(Recipe recipe, Stage stage, int index, AdapterPlan adapter, ModelSession session) {
        if (stage instanceof LossStage loss) {
            return new LossWork(recipe, loss, index, adapter, session);
        }
        if (stage instanceof Sample sample) {
            return new SampleWork(recipe, sample, index, session);
        }
        if (stage instanceof Merge merge) {
            return new MergeWork(recipe, merge, index, session);
        }
        if (stage instanceof Select select) {
            return new SelectWork(recipe, select, index, session);
        }
        if (stage instanceof OnlineStage online) {
            return new OnlineWork(recipe, online, index, adapter, session);
        }
        if (stage instanceof Reward reward) {
            return new RewardWork(recipe, reward, index, session);
        }
        throw new IllegalStateException("No work is known for the stage " + stage.kind());
    }
}
