package org.align4j.recipes.study;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.recipes.recipe.Budget;
import org.align4j.recipes.recipe.DataKind;
import org.align4j.recipes.recipe.DataSource;
import org.align4j.recipes.recipe.DataSpec;
import org.align4j.recipes.recipe.LossStage;
import org.align4j.recipes.recipe.OverlapPolicy;
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

    /** @param evaluated what models are measured on, which must not be trained on */
    static Composition of(Recipe recipe, List<DataSource> evaluated) {
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
        if (recipe.data().sft().filter(s -> s.overlap() == OverlapPolicy.DROP).isPresent()
                && Stream.of(recipe.data().preferences(), recipe.data().unpaired()).flatMap(Optional::stream).anyMatch(s -> !s.heldOut().isNone())) {
            throw new UserException("In a study, rows that preferences hold out cannot be left out of the demonstrations, which several methods share. Remove held_out from data.preferences"
                    + " (what models are measured on stands under evaluate), or overlap: drop from data.sft.");
        }
        return new Composition(recipe.withData(unseen(recipe, evaluated)), List.copyOf(base), List.copyOf(demonstrations));
    }

    /** The recipe with other stages, seed and budget. */
    Recipe with(String name, long seed, Path output, DataSpec data, Optional<Budget> budget, List<Stage> stages) {
        return new Recipe(name, seed, output.toAbsolutePath().normalize(), recipe.model(), data, budget, stages, Optional.empty(), recipe.memory());
    }

    private static DataSpec unseen(Recipe recipe, List<DataSource> evaluated) {
        DataSpec d = recipe.data();
        List<DataSource> all = new ArrayList<>(d.unseen().orElse(List.of()));
        recipe.evaluate().ifPresent(e -> all.add(DataSource.of(e.prompts())));
        all.addAll(evaluated);
        return new DataSpec(d.pretrain(), d.sft(), d.preferences(), d.unpaired(), d.prompts(), all.isEmpty() ? Optional.empty() : Optional.of(List.copyOf(all)));
    }

    /** What the stages of a cell read, and what none of them may train on or sample answers for. */
    DataSpec cellData() {
        return recipe.data();
    }

    /** What the stages before methods read. */
    DataSpec prefixData() {
        DataSpec d = cellData();
        return new DataSpec(d.pretrain(), d.sft(), Optional.empty(), Optional.empty(), d.prompts(), d.unseen());
    }
}
