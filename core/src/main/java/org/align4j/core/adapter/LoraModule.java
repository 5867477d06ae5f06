package org.align4j.core.adapter;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.align4j.core.UserException;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.model.config.Parameter;
import org.align4j.core.model.config.Parameter.Kind;
import org.align4j.core.model.config.ParameterNames;

/** A linear layer that an adapter may add to: its Hugging Face name, inputs and outputs. */
record LoraModule(String name, int inputs, int outputs) {
    private static final String WEIGHT = ".weight";

    String a() {
        return name + ".lora_A.weight";
    }

    String b() {
        return name + ".lora_B.weight";
    }

    String magnitude() {
        return name + ".lora_magnitude_vector";
    }

    /** Every linear layer of the blocks, in the order of the model's file. */
    static List<LoraModule> all(ModelConfig config) {
        List<LoraModule> list = new ArrayList<>();
        for (Parameter p : ParameterNames.expected(config)) {
            if (p.kind() == Kind.MATRIX && !p.name().equals("lm_head.weight")) {
                int out = config.transposedWeights() ? p.shape()[1] : p.shape()[0];
                int in = config.transposedWeights() ? p.shape()[0] : p.shape()[1];
                list.add(new LoraModule(p.name().substring(0, p.name().length() - WEIGHT.length()), in, out));
            }
        }
        return list;
    }

    /** The layers that are meant; a target that means none is an error. */
    static List<LoraModule> targeted(ModelConfig config, List<String> targets) {
        List<LoraModule> all = all(config);
        if (targets.contains(LoraConfig.ALL_LINEAR)) {
            return all;
        }
        for (String t : targets) {
            if (all.stream().noneMatch(m -> m.is(t))) {
                TreeSet<String> known = new TreeSet<>();
                all.forEach(m -> known.add(m.name.substring(m.name.lastIndexOf('.') + 1)));
                throw new UserException("LoRA: the target '" + t + "' names no linear layer of this model; it has " + String.join(", ", known)
                        + ". Embeddings and head cannot be adapted.");
            }
        }
        return all.stream().filter(m -> targets.stream().anyMatch(m::is)).toList();
    }

    private boolean is(String target) {
        return name.equals(target) || name.endsWith("." + target);
    }

    /** The adapter's parameters for some layers. */
    static ParameterLayout layout(List<LoraModule> modules, int rank, boolean dora) {
        List<Parameter> list = new ArrayList<>();
        for (LoraModule m : modules) {
            list.add(new Parameter(m.a(), new int[] {rank, m.inputs}, Kind.MATRIX));
            list.add(new Parameter(m.b(), new int[] {m.outputs, rank}, Kind.MATRIX));
            if (dora) {
                list.add(new Parameter(m.magnitude(), new int[] {m.outputs}, Kind.NORM));
            }
        }
        return new ParameterLayout(list);
    }
}
