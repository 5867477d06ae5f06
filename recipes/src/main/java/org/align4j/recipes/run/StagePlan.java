package org.align4j.recipes.run;

import org.align4j.core.UserException;
import org.align4j.core.model.MemoryPlan;
import org.align4j.core.data.Group;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.train.AdamW;
import org.align4j.core.train.Lisa;
import org.align4j.core.train.LrSchedule;
import org.align4j.core.train.TrainSettings;
import org.align4j.losses.Loss;
import org.align4j.recipes.recipe.LisaSpec;
import org.align4j.recipes.recipe.ReferenceSpec;
import org.align4j.recipes.recipe.Stage;
import org.align4j.recipes.recipe.Training;

/**
 * What a stage will do.
 *
 * @param index     its place in the recipe, from 0
 * @param name      "1-sft": how it is called in metrics, checkpoints and directories
 * @param adapter   the adapter it trains, or null
 * @param tokens    tokens it will process, as the user counts them
 * @param memory    what it will hold
 */
record StagePlan(int index, String name, Stage stage, StageData data, AdapterPlan adapter, TrainSettings settings, long tokens, MemoryPlan memory) {

    static StagePlan of(int index, Stage stage, StageData data, AdapterPlan adapter, ModelConfig config, long seed, long firstStep, boolean bf16) {
        Training t = stage.training();
        long total = TrainSettings.steps(data.train().size(), t.batchSize(), t.epochs().orElse(null), t.maxSteps().orElse(null));
        LrSchedule schedule = new LrSchedule(LrSchedule.Shape.valueOf(t.schedule().name()), t.learningRate(), t.warmup((int) total), total, t.minLrRatio());
        AdamW.Settings optimizer = new AdamW.Settings(t.adamBeta1(), t.adamBeta2(), t.adamEpsilon(), t.weightDecay(), false, t.maxGradNorm().orElse(0.0));
        TrainSettings settings = new TrainSettings(total, t.batchSize(), t.microBatchTokens(), schedule, optimizer, t.evalEvery().orElse(0),
                t.saveEvery().orElse(0), t.keepCheckpoints(), t.loggingEvery(), seed + index, firstStep, t.lisa().map(l -> lisa(l, config, name(index, stage))).orElse(null));
        double perStep = data.train().stream().mapToLong(Group::tokensUnshared).average().orElse(0) * Math.min(t.batchSize(), data.train().size());
        int longest = data.train().stream().mapToInt(Group::tokens).max().orElse(0);
        long batch = Math.max(longest, Math.min(t.microBatchTokens(), (long) t.batchSize() * longest));
        return new StagePlan(index, name(index, stage), stage, data, adapter, settings, (long) (perStep * total),
                memory(stage, adapter, settings, config, bf16, batch, longest));
    }

    private static MemoryPlan memory(Stage stage, AdapterPlan adapter, TrainSettings settings, ModelConfig config, boolean bf16, long batch, int longest) {
        ReferenceSpec reference = stage.reference().orElse(null);
        long teacher = Beside.teacherBytes(stage);
        if (adapter != null) {
            boolean copied = teacher == 0 && (reference instanceof ReferenceSpec.Frozen || reference instanceof ReferenceSpec.Sync);
            MemoryPlan m = adapter.memory(config, copied, batch, longest);
            long soup = reference instanceof ReferenceSpec.Soup ? referenceBytes(reference, bf16) * config.parameterCount() : 0;
            return new MemoryPlan(m.weights(), m.reference() + soup + teacher, m.activations(), m.scratch());
        }
        MemoryPlan of = MemoryPlan.of(config, teacher > 0 ? 0 : referenceBytes(reference, bf16), batch, longest);
        MemoryPlan m = new MemoryPlan(of.weights(), of.reference() + teacher, of.activations(), of.scratch());
        return settings.lisa() == null ? m : m.withWeights(settings.lisa().bytes(config));
    }

    private static String name(int index, Stage stage) {
        return (index + 1) + "-" + stage.kind();
    }

    private static Lisa lisa(LisaSpec spec, ModelConfig config, String stage) {
        if (spec.layers() > config.layers()) {
            throw new UserException("The stage " + stage + " is to train " + spec.layers() + " blocks at a time, but the model has " + config.layers()
                    + ". Lower lisa.layers, or remove lisa.");
        }
        return new Lisa(spec.layers(), spec.every(), spec.keepMoments());
    }

    /** Bytes per weight of what a reference holds in memory. A reference that moves is float32, for bfloat16 would swallow small moves. */
    private static int referenceBytes(ReferenceSpec reference, boolean bf16) {
        return reference instanceof ReferenceSpec.Sync ? 4 : reference instanceof ReferenceSpec.Frozen || reference instanceof ReferenceSpec.Soup ? bf16 ? 2 : 4 : 0;
    }

    Loss loss() {
        return stage.objective();
    }

    String describe() {
        String what = adapter == null ? "" : String.format(java.util.Locale.ROOT, " a %s of rank %d on a %s model,", adapter.lora().dora() ? "DoRA adapter" : "LoRA adapter",
                adapter.lora().rank(), adapter.nf4() ? "4-bit" : "frozen");
        return String.format(java.util.Locale.ROOT, "%-12s%s %,d groups (%,d held out), %,d updates of %d, about %,d tokens, learning rate %s %s; memory: %s", name, what,
                data.train().size(), data.heldOut().size(), settings.totalSteps(), settings.batchSize(), tokens,
                settings.schedule().peak(), stage.training().schedule().name().toLowerCase(java.util.Locale.ROOT), memory.describe());
    }
}
