package org.align4j.recipes.run;

import org.align4j.core.adapter.LoraAdapter;
import org.align4j.core.adapter.LoraConfig;
import org.align4j.core.adapter.PeftFiles;
import org.align4j.core.model.MemoryPlan;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.model.config.Parameter;
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

    MemoryPlan memory(ModelConfig config, boolean copied, long tokens, long longest) {
        double base = 0;
        for (ParameterLayout.Slot s : new ParameterLayout(config).slots()) {
            boolean linear = s.parameter().kind() == Parameter.Kind.MATRIX && !s.name().equals("lm_head.weight");
            base += s.size() * (linear ? held.linear() : held.others());
        }
        return MemoryPlan.ofAdapter(config, (long) base, LoraAdapter.parameters(lora, config), copied, tokens, longest);
    }
}
