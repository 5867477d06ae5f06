package org.align4j.recipes.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The stages of a recipe as they are done, one after the other: what is to be repeated stands there as often.
 *
 * @param entries never a {@link Repeat}
 */
public record StageList(List<Entry> entries) {

    /**
     * A stage.
     *
     * @param path where it stands in the recipe: {@code stages[1].dpo}
     */
    public record Entry(String path, Stage stage) {}

    static StageList of(List<Stage> stages) {
        List<Entry> all = new ArrayList<>();
        add(all, stages, "");
        return new StageList(List.copyOf(all));
    }

    private static void add(List<Entry> all, List<Stage> stages, String within) {
        for (int i = 0; i < stages.size(); i++) {
            Stage stage = stages.get(i);
            String path = within + "stages[" + i + "]." + stage.kind();
            if (stage instanceof Repeat r) {
                for (int n = 0; n < r.times(); n++) {
                    add(all, r.stages(), path + ".");
                }
            } else {
                all.add(new Entry(path, stage));
            }
        }
    }

    public int size() {
        return entries.size();
    }

    public Stage get(int i) {
        return entries.get(i).stage();
    }

    /** The last stage before one that leaves another model, or −1. */
    public int trainedBefore(int i) {
        int b = i - 1;
        while (b >= 0 && !get(b).trains()) {
            b--;
        }
        return b;
    }

    /** The last stage before one that makes rows the stage can learn from, or −1. */
    public int madeBefore(int i) {
        int b = i - 1;
        while (b >= 0 && !(get(b).makes().isPresent() && get(b).makes().equals(get(i).learnsFrom()))) {
            b--;
        }
        return b;
    }

    /** Where a stage's rows come from: what it says, or else from a stage right before it that made some. */
    public DataFrom from(int i) {
        Optional<DataFrom> said;
        if (get(i) instanceof LossStage stage) {
            said = stage.training().data();
        } else if (get(i) instanceof Select select) {
            said = select.source().isPresent() ? Optional.of(DataFrom.RECIPE) : select.data();
        } else {
            return DataFrom.RECIPE;
        }
        return said.orElse(i > 0 && madeBefore(i) == i - 1 ? DataFrom.SAMPLED : DataFrom.RECIPE);
    }
}
