package org.align4j.recipes.run;

import org.align4j.core.adapter.LoraAdapter;
import org.align4j.core.adapter.LoraConfig;
import org.align4j.core.adapter.PeftFiles;
import org.align4j.core.backend.MomentType;
import org.align4j.core.model.MemoryPlan;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.recipes.recipe.AdapterSpec;

/**
 * The adapter a stage trains, whichever way it comes by it.
 *
 * @param spec what the recipe says
 * @param lora its settings
 * @param held how the frozen model is held
 */
record AdapterPlan(AdapterSpec spec, LoraConfig lora, Held held) {
    /**
     * Of a stage.
     *
     * @param before that of the stage before, or null
     * @param bf16   whether products are made of bfloat16 operands
     */
    static AdapterPlan of(AdapterSpec spec, AdapterPlan before, boolean bf16) {
        if (spec.previous()) {
            return new AdapterPlan(spec, before.lora, before.held);
        }
        LoraConfig lora = spec.init().isPresent() ? PeftFiles.settings(spec.init().get())
                : new LoraConfig(spec.rank().orElseThrow(), spec.alpha().orElseThrow(), spec.dropout().orElseThrow(), spec.targets().orElseThrow(),
                        spec.rslora().orElseThrow(), spec.dora().orElseThrow());
        return new AdapterPlan(spec, lora, Held.underAdapter(spec.nf4(), bf16));
    }

    MemoryPlan memory(ModelConfig config, MomentType moments, long tokens, long longest) {
        MemoryPlan plan = MemoryPlan.ofAdapter(config, held.bytes(config), parameters(config), false, tokens, longest);
        // Each of the two matrices beside each of up to seven layers of a block ends in a row of packed moments that may not be full.
        long padding = 14L * config.layers() * moments.bytes(1);
        return moments.packed() ? plan.withWeights(held.bytes(config) + 8 * parameters(config) + 2 * (moments.bytes(parameters(config)) + padding)) : plan;
    }

    /** Values of the adapter. */
    long parameters(ModelConfig config) {
        return LoraAdapter.parameters(lora, config);
    }

    /** Bytes of the whole model in float32 and of the adapter with its gradients: what is held when the two are merged. */
    long merging(ModelConfig config) {
        return 4 * config.parameterCount() + 8 * parameters(config);
    }
}
