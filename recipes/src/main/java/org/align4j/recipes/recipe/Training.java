package org.align4j.recipes.recipe;

import java.util.Optional;
import org.align4j.core.backend.MomentType;
import org.align4j.core.train.LrSchedule;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;

/** Settings every training stage has. A step is one update of the weights; AdamW with decoupled weight decay makes it. */
public record Training(
        @Doc("Passes over the data. Null with max_steps to repeat the data as often as it takes; 1 when neither is given.") @Range(above = 0, max = 100000)
                @Synonyms({"num_train_epochs", "num_epochs", "n_epochs"}) Optional<Double> epochs,
        @Doc("Most updates of the weights, whatever epochs says.") @Range(min = 1) @Synonyms({"steps", "max_iters", "total_steps"}) Optional<Integer> maxSteps,
        @Doc("Groups (a prompt with its responses) per update, however they are cut into micro-batches.") @Default("16") @Range(min = 1, max = 1 << 20)
                @Synonyms({"per_device_train_batch_size", "train_batch_size", "global_batch_size", "gradient_accumulation_steps"}) int batchSize,
        @Doc("Most tokens computed at once; decides memory and speed, changes results by rounding only.") @Default("4096") @Range(min = 16, max = 1 << 24)
                @Synonyms({"micro_batch_size", "tokens_per_batch", "max_tokens"}) int microBatchTokens,
        @Doc("Highest learning rate, reached after warm-up.") @Range(min = 0, max = 10) @Synonyms("lr") double learningRate,
        @Doc("Learning rate over the steps after warm-up.") @Default("linear") @Synonyms({"lr_scheduler_type", "lr_scheduler", "lr_schedule"}) LrSchedule.Shape schedule,
        @Doc("Updates during which the learning rate rises from 0.") @Range(min = 0) @Synonyms({"warmup", "num_warmup_steps"}) Optional<Integer> warmupSteps,
        @Doc("The same as a part of all updates.") @Range(min = 0, max = 1) Optional<Double> warmupRatio,
        @Doc("Part of the learning rate left at the end.") @Default("0.0") @Range(min = 0, max = 1) @Synonyms({"min_lr", "min_lr_rate", "end_lr"}) double minLrRatio,
        @Doc("Decoupled weight decay of matrices.") @Default("0.0") @Range(min = 0, max = 10) double weightDecay,
        @Doc("Decay of AdamW's mean of gradients.") @Default("0.9") @Range(min = 0, below = 1) @Synonyms({"beta1", "betas"}) double adamBeta1,
        @Doc("Decay of AdamW's mean of squared gradients.") @Default("0.999") @Range(min = 0, below = 1) @Synonyms("beta2") double adamBeta2,
        @Doc("Added to AdamW's denominator.") @Default("1e-8") @Range(above = 0, max = 1) @Synonyms({"eps", "adam_eps"}) double adamEpsilon,
        @Doc("Gradients of a greater norm are scaled down to it. Null for no clipping.") @Default("1.0") @Range(above = 0) @Synonyms({"grad_clip", "clip_grad_norm", "gradient_clipping"})
                Optional<Double> maxGradNorm,
        @Doc("What AdamW's moments of matrices are kept in: float32 (8 bytes for both moments of a value), bfloat16 (4) or int8 (2). The narrow ones are rounded at random.")
                @Default("float32") @Synonyms({"optim", "optimizer", "use_8bit_adam", "adam_8bit", "optim_bits", "moments_dtype"}) MomentType adamMoments,
        @Doc("How many blocks keep their input alone and are computed again in the backward pass: auto (as few as fit into memory), none, all or a number. Changes time and memory, not a bit of the results.")
                @Default("auto") @Synonyms({"activation_checkpointing", "recompute", "use_gradient_checkpointing"}) GradientCheckpointing gradientCheckpointing,
        @Doc("Updates between evaluations on the held-out rows. Null for before and after only.") @Range(min = 1) @Synonyms({"eval_steps", "eval_strategy"}) Optional<Integer> evalEvery,
        @Doc("Updates between checkpoints. Null for none but at the end.") @Default("500") @Range(min = 1) @Synonyms({"save_steps", "save_strategy"}) Optional<Integer> saveEvery,
        @Doc("Checkpoints kept; older ones are deleted.") @Default("2") @Range(min = 1, max = 100000) @Synonyms("save_total_limit") int keepCheckpoints,
        @Doc("Updates between lines of metrics.") @Default("10") @Range(min = 1) @Synonyms({"logging_steps", "log_every"}) int loggingEvery,
        @Doc("Where the rows come from: recipe (the files under data), sampled (the last sample or select stage before) or both. Null for sampled right after such a stage, else recipe.")
                @Synonyms({"dataset", "data_source", "train_on"}) Optional<DataFrom> data,
        @Doc("Trains few blocks at a time. Null for all of them.") @Synonyms({"lisa_activated_layers", "lisa_interval_steps"}) Optional<LisaSpec> lisa,
        @Doc("Trains a low-rank adapter in place of the weights. Null for the weights.") @Synonyms({"lora", "peft", "use_peft", "finetuning_type"}) Optional<AdapterSpec> adapter)
        implements Checked {

    public Training {
        epochs = epochs.isEmpty() && maxSteps.isEmpty() ? Optional.of(1.0) : epochs;
    }

    /** Updates of warm-up out of so many in all. */
    public int warmup(int totalSteps) {
        return Math.min(totalSteps, warmupSteps.orElseGet(() -> (int) Math.ceil(warmupRatio.orElse(0.0) * totalSteps)));
    }

    @Override
    public void check(Findings f) {
        if (lisa.isPresent() && adapter.isPresent()) {
            f.problem("lisa", "lisa chooses which weights are trained, and with adapter none is", "remove one of them");
        }
        if (warmupSteps.isPresent() && warmupRatio.isPresent()) {
            f.problem("warmup_ratio", "warmup_steps and warmup_ratio are both given", "keep one");
        }
        if (warmupSteps.isPresent() && maxSteps.isPresent() && warmupSteps.get() > maxSteps.get()) {
            f.problem("warmup_steps", "warmup_steps " + warmupSteps.get() + " is more than max_steps " + maxSteps.get(), "");
        }
        if (schedule == LrSchedule.Shape.CONSTANT && minLrRatio > 0) {
            f.problem("min_lr_ratio", "min_lr_ratio has no effect on a constant schedule", "remove it, or choose linear or cosine");
        }
    }
}
