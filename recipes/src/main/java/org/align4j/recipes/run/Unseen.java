package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.align4j.core.UserException;
import org.align4j.core.data.DataLoader;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.data.PromptKey;
import org.align4j.core.data.TaskKind;
import org.align4j.core.data.TextGroup;
import org.align4j.recipes.recipe.DataKind;
import org.align4j.recipes.recipe.DataSource;
import org.align4j.recipes.recipe.LossStage;
import org.align4j.recipes.recipe.OverlapPolicy;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.Reward;
import org.align4j.rewardmodels.sampling.Prompt;

/**
 * Prompts that must not be trained on: those of {@code evaluate.prompts} and {@code data.unseen}, and of rows that the source of another stage holds out.
 * Prompts are compared by content, whatever the file: runs of white space count as one space, a single user message counts as its text. Prompts given as
 * token ids are compared with such prompts alone.
 */
final class Unseen {
    private static final int EXAMPLES = 5;

    /** Where a prompt is evaluated on. */
    private final Map<PromptKey, Location> prompts = new HashMap<>();

    private Unseen() {}

    /** Prompts that a stage asks may not be evaluated on either; what other sources hold out is not looked at. */
    static List<Prompt> asked(Recipe recipe, List<Prompt> prompts, DataSource source, ModelSession session, String where) {
        Unseen all = new Unseen();
        all.files(recipe, session);
        if (all.prompts.isEmpty() || source.overlap() == OverlapPolicy.ALLOW) {
            return prompts;
        }
        List<Prompt> left = prompts.stream().filter(p -> !all.prompts.containsKey(PromptKey.of(p.text()))).toList();
        if (left.size() < prompts.size() && source.overlap() == OverlapPolicy.ERROR) {
            List<Location> first = prompts.stream().map(p -> all.prompts.get(PromptKey.of(p.text()))).filter(Objects::nonNull).limit(EXAMPLES).toList();
            throw new UserException((prompts.size() - left.size()) + " of " + prompts.size() + " " + where + ", which answers are sampled for, are evaluated on, so that the"
                    + " evaluation would measure memory: " + first + ". Remove them from one of the files, or set overlap: drop on their source (allow: to train on them all the same).");
        }
        if (left.isEmpty()) {
            throw new UserException("All " + prompts.size() + " " + where + " are evaluated on, so that none is left to sample answers for. Give other prompts.");
        }
        return left;
    }

    /** What a recipe's stage must not train on. */
    static Unseen of(Recipe recipe, DataSource own, ModelSession session) {
        Unseen all = new Unseen();
        all.files(recipe, session);
        Set<DataSource> seen = new HashSet<>(Set.of(own));
        recipe.list().entries().forEach(e -> {
            if (e.stage() instanceof LossStage other && other.data() != DataKind.TEXT) {
                other.data().source(recipe.data()).filter(s -> !s.heldOut().isNone() && seen.add(s)).ifPresent(s -> all.held(
                        StageData.split(StageData.rows(recipe, other, session), s, recipe.seed()).heldOut(), keys(s, StageData.task(other), session)));
            } else if (e.stage() instanceof Reward other) {
                recipe.data().preferences().filter(s -> !s.heldOut().isNone() && seen.add(s)).ifPresent(s -> all.held(
                        RewardData.heldOut(recipe, other, session), keys(s, RewardData.task(other), session)));
            }
        });
        return all;
    }

    private void files(Recipe recipe, ModelSession session) {
        recipe.evaluate().ifPresent(e -> file(e.prompts(), DataSettings.of(TaskKind.PROMPT)));
        recipe.data().unseen().ifPresent(list -> list.forEach(s -> s.path().forEach(file -> file(file, StageData.settings(TaskKind.PROMPT, s, session)))));
    }

    private void held(List<Group> groups, Map<Location, Set<PromptKey>> keys) {
        groups.forEach(g -> keys.getOrDefault(g.at(), Set.of()).forEach(k -> prompts.putIfAbsent(k, g.at())));
    }

    private void file(Path file, DataSettings settings) {
        new DataLoader(settings).read(file).groups().forEach(g -> prompts.putIfAbsent(PromptKey.of(g), g.at()));
    }

    /** The prompts of every row. */
    private static Map<Location, Set<PromptKey>> keys(DataSource source, TaskKind task, ModelSession session) {
        Map<Location, Set<PromptKey>> all = new HashMap<>();
        for (Path file : source.path()) {
            for (TextGroup g : new DataLoader(StageData.settings(task, source, session)).read(file).groups()) {
                all.computeIfAbsent(g.at(), k -> new HashSet<>()).add(PromptKey.of(g));
            }
        }
        return all;
    }

    /**
     * Leaves out rows that are evaluated on, or refuses them, as their source says.
     *
     * @param where setting with the source: {@code data.sft}
     * @throws UserException where it says error and there is one
     */
    StageData.Pool check(List<Group> train, DataSource source, TaskKind task, ModelSession session, String where) {
        if (prompts.isEmpty() || source.overlap() == OverlapPolicy.ALLOW) {
            return new StageData.Pool(train, 0);
        }
        Map<Location, Set<PromptKey>> keys = keys(source, task, session);
        int shared = 0;
        List<Group> left = new ArrayList<>();
        Map<String, String> examples = new LinkedHashMap<>();
        for (Group g : train) {
            Optional<PromptKey> hit = keys.getOrDefault(g.at(), Set.of()).stream().filter(prompts::containsKey).findFirst();
            if (hit.isEmpty()) {
                left.add(g);
            } else {
                shared++;
                if (examples.size() < EXAMPLES) {
                    examples.putIfAbsent(g.at().toString(), g.at() + " is also " + prompts.get(hit.get()));
                }
            }
        }
        if (shared > 0 && source.overlap() == OverlapPolicy.ERROR) {
            throw new UserException(shared + " of " + train.size() + " training rows of " + where + " have prompts that are evaluated on, so that the evaluation would measure memory: "
                    + String.join("; ", examples.values()) + (shared > examples.size() ? "; …" : "") + ". Remove them from one of the files, or set overlap: drop under " + where
                    + " to leave them out of training (allow: to train on them all the same).");
        }
        return new StageData.Pool(List.copyOf(left), shared);
    }
}
