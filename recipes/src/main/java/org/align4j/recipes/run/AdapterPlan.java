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
 * @param nf4  whether the frozen model is in four bits
 */
record AdapterPlan(AdapterSpec spec, LoraConfig lora, boolean nf4) {
    /** A code, a part of a scale and a part of the scales' scale. */
    private static final double NF4_BYTES = 0.5 + 1.0 / 64 + 4.0 / (64 * 256);

    /**
     * Of a stage.
     *
     * @param before that of the stage before, or null
     */
    static AdapterPlan of(AdapterSpec spec, AdapterPlan before) {
        if (spec.previous()) {
            return new AdapterPlan(spec, before.lora, before.nf4);
        }
        LoraConfig lora = spec.init().isPresent() ? PeftFiles.settings(spec.init().get())
                : new LoraConfig(spec.rank().orElseThrow(), spec.alpha().orElseThrow(), spec.dropout().orElseThrow(), spec.targets().orElseThrow(),
                        spec.rslora().orElseThrow(), spec.dora().orElseThrow());
        return new AdapterPlan(spec, lora, spec.nf4());
    }

    MemoryPlan memory(ModelConfig config, boolean copied, long tokens, long longest) {
        double base = 0;
        for (ParameterLayout.Slot s : new ParameterLayout(config).slots()) {
            boolean four = nf4 && s.parameter().kind() == Parameter.Kind.MATRIX && !s.name().equals("lm_head.weight");
            base += s.size() * (four ? NF4_BYTES : 4);
        }
        return MemoryPlan.ofAdapter(config, (long) base, LoraAdapter.parameters(lora, config), copied, tokens, longest);
    }
}
