package org.align4j.recipes.study;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.recipes.recipe.Budget;
import org.align4j.recipes.recipe.DataKind;
import org.align4j.recipes.recipe.DataSpec;
import org.align4j.recipes.recipe.LossStage;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.Reward;
import org.align4j.recipes.recipe.Select;
import org.align4j.recipes.recipe.Stage;

/**
 * The stages of a study's recipe, and the recipes its cells are.
 *
 * @param recipe         as the user wrote it
 * @param base           stages before the first that learns from demonstrations; they cost nothing
 * @param demonstrations stages that learn from demonstrations, and those that choose among them
 */
record Composition(Recipe recipe, List<Stage> base, List<Stage> demonstrations) {

    static Composition of(Recipe recipe) {
        List<Stage> base = new ArrayList<>();
        List<Stage> demonstrations = new ArrayList<>();
        for (Stage s : recipe.stages()) {
            boolean sft = s instanceof LossStage l && l.data() == DataKind.DEMONSTRATIONS || s instanceof Select c && c.kindOfRows() == DataKind.DEMONSTRATIONS;
            boolean paid = s instanceof Reward || s instanceof LossStage l && l.data().isPreference() || s instanceof Select c && c.kindOfRows().isPreference();
            if (paid || !sft && !demonstrations.isEmpty()) {
                throw new UserException("The recipe of a study has stages up to and including those that learn from demonstrations (sft, distill), found " + s.kind()
                        + (paid ? ", which learns from preferences" : " after them") + ". Move it to the study's methods.");
            }
            (sft ? demonstrations : base).add(s);
        }
        if (recipe.budget().isPresent()) {
            throw new UserException("The recipe of a study has no budget of its own: the study gives every cell one. Remove budget from it.");
        }
        return new Composition(recipe, List.copyOf(base), List.copyOf(demonstrations));
    }

    /** The recipe with other stages, seed and budget. */
    Recipe with(String name, long seed, Path output, DataSpec data, Optional<Budget> budget, List<Stage> stages) {
        return new Recipe(name, seed, output.toAbsolutePath().normalize(), recipe.model(), data, budget, stages, Optional.empty(), recipe.memory());
    }

    /** What the stages before methods read. */
    DataSpec prefixData() {
        DataSpec d = recipe.data();
        return new DataSpec(d.pretrain(), d.sft(), Optional.empty(), Optional.empty(), d.prompts());
    }
}
