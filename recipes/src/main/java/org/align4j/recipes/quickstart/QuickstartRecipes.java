package org.align4j.recipes.quickstart;

import java.util.List;
import org.align4j.core.io.AtomicFiles;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;

/** The two recipes of a quickstart: ordinary recipe files, which {@code align4j run} takes as well. */
final class QuickstartRecipes {
    static final String SFT = "1-sft";
    static final String DPO = "2-dpo";

    private QuickstartRecipes() {}

    /** A tiny Llama from nothing: pretrained on the corpus, finetuned on the demonstrations. */
    static Recipe sft(QuickstartFiles files, long seed) {
        return written(files, SFT, """
                name: quickstart-sft
                seed: %d
                output: %s
                model:
                  init: {hidden_size: 64, layers: 3, heads: 4, intermediate_size: 160, context_length: 128}
                  tokenizer: tokenizer
                  precision: fp32
                data:
                  pretrain: {path: data/pretrain.jsonl}
                  sft: {path: data/demonstrations.jsonl}
                stages:
                  - pretrain:
                      batch_size: 8
                      learning_rate: 3e-3
                      schedule: cosine
                      warmup_ratio: 0.05
                      min_lr_ratio: 0.05
                      weight_decay: 0.01
                      adam_beta2: 0.99
                      save_every: 1000
                      logging_every: 50
                  - sft:
                      epochs: 4
                      batch_size: 16
                      learning_rate: 1e-3
                      schedule: cosine
                      warmup_ratio: 0.1
                      min_lr_ratio: 0.05
                      adam_beta2: 0.99
                      logging_every: 5
                evaluate: {prompts: data/test.jsonl, max_new_tokens: 48}
                """.formatted(seed, SFT));
    }

    /** DPO on the pairs, from the finetuned model. */
    static Recipe dpo(QuickstartFiles files, long seed) {
        return written(files, DPO, """
                name: quickstart-dpo
                seed: %d
                output: %s
                model: {path: %s/model, precision: fp32}
                data:
                  preferences: {path: data/pairs.jsonl, held_out: 0.1}
                stages:
                  - dpo:
                      beta: 0.1
                      batch_size: 32
                      learning_rate: 2e-4
                      schedule: cosine
                      warmup_ratio: 0.1
                      min_lr_ratio: 0.05
                      adam_beta2: 0.99
                      logging_every: 2
                evaluate: {prompts: data/test.jsonl, max_new_tokens: 48}
                """.formatted(seed, DPO, SFT));
    }

    private static Recipe written(QuickstartFiles files, String run, String yaml) {
        AtomicFiles.writeString(files.recipe(run), yaml);
        return RecipeReader.read(files.recipe(run), List.of());
    }
}
