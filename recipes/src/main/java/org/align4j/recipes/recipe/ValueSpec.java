package org.align4j.recipes.recipe;

import java.nio.file.Path;
import java.util.Optional;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.MustExist;
import org.align4j.recipes.yaml.OneWord;
import org.align4j.recipes.yaml.Synonyms;

/** On what PPO's value function stands. Written as a word ({@code own}) or with settings ({@code reward_model: {path: …}}). */
@OneWord
public sealed interface ValueSpec {
    /** In a few words. */
    String words();

    /** A copy of the policy as the stage begins, trained by itself, and a new head. */
    @Doc("A copy of the policy as the stage begins, trained by itself, and a new head.")
    record Own() implements ValueSpec {
        @Override
        public String words() {
            return "values on a copy of the policy";
        }
    }

    /** The policy's own hidden states and a new head: one model fewer, but both losses pull at it. */
    @Doc("The policy's own hidden states and a new head: one model fewer, but both losses pull at it.")
    record Shared() implements ValueSpec {
        @Override
        public String words() {
            return "values on the policy's trunk";
        }
    }

    /** A reward model, which knows already what is good: trunk and head are copied and trained. */
    @Doc("A reward model, which knows already what is good: trunk and head are copied and trained.")
    record RewardModel(
            @Doc("Directory of a reward model with one output and the policy's tokenizer; the one that the last reward stage before left, unless given.") @MustExist(directory = true)
                    @Synonyms({"model", "model_name_or_path"}) Optional<Path> path)
            implements ValueSpec {
        @Override
        public String words() {
            return "values from " + path.map(p -> "the reward model " + p.getFileName()).orElse("the reward model of the reward stage before");
        }
    }
}
