package org.align4j.recipes.run;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.backend.MomentType;
import org.align4j.core.data.Group;
import org.align4j.core.model.MemoryPlan;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.train.AdamW;
import org.align4j.core.train.Lisa;
import org.align4j.core.train.LrSchedule;
import org.align4j.core.train.TrainSettings;
import org.align4j.losses.Loss;
import org.align4j.recipes.recipe.Distill;
import org.align4j.recipes.recipe.GradientCheckpointing;
import org.align4j.recipes.recipe.LisaSpec;
import org.align4j.recipes.recipe.LossStage;
import org.align4j.recipes.recipe.ReferenceSpec;
import org.align4j.recipes.recipe.Training;

/**
 * What a stage will do.
 *
 * @param index     its place in the recipe, from 0
 * @param name      "1-sft": how it is called in metrics, checkpoints and directories
 * @param adapter   the adapter it trains, or null
 * @param tokens    tokens it will process, as the user counts them
 * @param memory    what it will hold, with as many blocks computed again as the settings say
 */
record StagePlan(int index, String name, LossStage stage, StageData data, AdapterPlan adapter, TrainSettings settings, long tokens, MemoryPlan memory) {

    static StagePlan of(int index, LossStage stage, StageData data, AdapterPlan adapter, ModelConfig config, long seed, boolean bf16, long limit) {
        Training t = stage.training();
        TrainSettings settings = settings(t, data.train().size(), seed + index).with(t.lisa().map(l -> lisa(l, config, Planned.name(index, stage))).orElse(null));
        double perStep = data.train().stream().mapToLong(Group::tokensUnshared).average().orElse(0) * Math.min(t.batchSize(), data.train().size());
        int longest = data.train().stream().mapToInt(Group::tokens).max().orElse(0);
        long batch = Math.max(longest, Math.min(t.microBatchTokens(), (long) t.batchSize() * longest));
        MemoryPlan memory = memory(stage, adapter, settings, config, bf16, batch, longest);
        int blocks = recomputed(t.gradientCheckpointing(), memory, config, batch, limit, Planned.name(index, stage));
        return new StagePlan(index, Planned.name(index, stage), stage, data, adapter, settings.recomputing(blocks), (long) (perStep * settings.totalSteps()),
                memory.recomputing(config, blocks, batch));
    }

    /** Updates, rates and optimiser of a stage on so many groups, nothing computed again. */
    static TrainSettings settings(Training t, int groups, long seed) {
        long total = TrainSettings.steps(groups, t.batchSize(), t.epochs().orElse(null), t.maxSteps().orElse(null));
        LrSchedule schedule = new LrSchedule(t.schedule(), t.learningRate(), t.warmup((int) total), total, t.minLrRatio());
        AdamW.Settings optimizer = new AdamW.Settings(t.adamBeta1(), t.adamBeta2(), t.adamEpsilon(), t.weightDecay(), false, t.maxGradNorm().orElse(0.0),
                t.adamMoments());
        return new TrainSettings(total, t.batchSize(), t.microBatchTokens(), schedule, optimizer, t.evalEvery().orElse(0), t.saveEvery().orElse(0), t.keepCheckpoints(),
                t.loggingEvery(), seed, 0);
    }

    private static MemoryPlan memory(LossStage stage, AdapterPlan adapter, TrainSettings settings, ModelConfig config, boolean bf16, long batch, int longest) {
        MomentType moments = settings.optimizer().moments();
        MemoryPlan m = adapter == null ? MemoryPlan.of(config, 0, batch, longest) : adapter.memory(config, moments, batch, longest);
        MemoryPlan alone = new MemoryPlan(m.weights(), reference(stage, adapter, config, bf16), m.activations(), m.scratch());
        MemoryPlan whole = bf16 ? alone.halfProducts(config) : alone;
        if (settings.lisa() != null) {
            return whole.withWeights(settings.lisa().bytes(config, settings.optimizer()));
        }
        return adapter == null ? whole.withWeights(8 * config.parameterCount() + settings.optimizer().bytes(new ParameterLayout(config))) : whole;
    }

    /** How many blocks are computed again: what the recipe says, or as few as let the stage fit; all but the last where that is still too much. */
    static int recomputed(GradientCheckpointing wanted, MemoryPlan memory, ModelConfig config, long batch, long limit, String stage) {
        int layers = config.layers();
        if (!wanted.auto()) {
            if (!wanted.all() && wanted.blocks() > layers) {
                throw new UserException("The stage " + stage + " is to compute " + wanted.blocks() + " blocks again, but the model has " + layers
                        + ". Lower gradient_checkpointing, or write all.");
            }
            return wanted.of(layers);
        }
        int blocks = 0;
        while (blocks < layers - 1 && memory.recomputing(config, blocks, batch).total() > limit) {
            blocks++;
        }
        return blocks;
    }

    /** The same after so many updates of earlier stages. */
    StagePlan startingAt(long firstStep) {
        return new StagePlan(index, name, stage, data, adapter, settings.startingAt(firstStep), tokens, memory);
    }

    /** The blocks that are computed again, for people; empty where none are. */
    private String again() {
        int blocks = settings.recompute();
        return blocks == 0 ? "" : "; " + blocks + (blocks == 1 ? " block is" : " blocks are") + " computed again in the backward pass"
                + (stage.training().gradientCheckpointing().auto() ? ", to fit" : "");
    }

    /** What was decided about memory, for the record. */
    Map<String, Object> chosen() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("recomputed_blocks", settings.recompute());
        m.put("planned_bytes", memory.total());
        return m;
    }

    private static Lisa lisa(LisaSpec spec, ModelConfig config, String stage) {
        if (spec.layers() > config.layers()) {
            throw new UserException("The stage " + stage + " is to train " + spec.layers() + " blocks at a time, but the model has " + config.layers()
                    + ". Lower lisa.layers, or remove lisa.");
        }
        return new Lisa(spec.layers(), spec.every(), spec.keepMoments());
    }

    /** Bytes of what a reference holds in memory. A reference that moves is float32, for bfloat16 would swallow small moves; so are a teacher and adapters. */
    private static long reference(LossStage stage, AdapterPlan adapter, ModelConfig config, boolean bf16) {
        if (stage instanceof Distill d) {
            return 4 * ModelConfig.read(d.teacher()).parameterCount();
        }
        ReferenceSpec spec = stage.reference().orElse(null);
        boolean copy = spec instanceof ReferenceSpec.Frozen || spec instanceof ReferenceSpec.Sync;
        if (adapter != null && copy) {
            return 4 * adapter.parameters(config);
        }
        return !copy && !(spec instanceof ReferenceSpec.Soup) ? 0 : (bf16 && !(spec instanceof ReferenceSpec.Sync) ? 2 : 4) * config.parameterCount();
    }

    Loss loss() {
        return stage.objective();
    }

    String describe() {
        StringBuilder what = new StringBuilder(loss().name());
        stage.reference().ifPresent(r -> what.append(" against ").append(r.words()));
        if (adapter != null) {
            what.append(String.format(Locale.ROOT, ", a %s adapter of rank %d on a %s model", adapter.lora().dora() ? "DoRA" : "LoRA", adapter.lora().rank(),
                    adapter.held().words()));
        }
        return String.format(Locale.ROOT, "%-12s %s: %,d groups (%,d held out), %,d updates of %d, about %,d tokens, learning rate %s %s; memory: %s", name, what,
                data.train().size(), data.heldOut().size(), settings.totalSteps(), settings.batchSize(), tokens, settings.schedule().peak(),
                stage.training().schedule().name().toLowerCase(Locale.ROOT), memory.describe()) + again();
    }
}
