package org.align4j.recipes.run;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.UserException;
import org.align4j.core.backend.MomentType;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.recipes.recipe.Recipe;

/** How much memory a run may plan to use; stops one that cannot fit before any work. */
final class MemoryLimit {
    private MemoryLimit() {}

    /** What the recipe says, or all this machine has. */
    static long bytes(Recipe recipe) {
        long physical = ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean os ? os.getTotalMemorySize()
                : Long.MAX_VALUE;
        return recipe.memory().map(m -> m.bytes()).orElse(physical);
    }

    static void require(Recipe recipe, ModelConfig config, StagePlan p) {
        long limit = bytes(recipe);
        String more = "more than " + (recipe.memory().isPresent() ? "memory: " : "this machine's ") + mib(limit);
        if (p.memory().total() > limit) {
            throw new UserException("The stage " + p.name() + " would need about " + mib(p.memory().total()) + " (" + p.memory().describe() + "), " + more
                    + (p.settings().recompute() >= config.layers() - 1 ? " though no block keeps more than its input" : "") + ". " + advice(p, config));
        }
        if (p.adapter() != null && p.adapter().merging(config) > limit) {
            throw new UserException("The adapter of the stage " + p.name() + " is in the end added to the whole model in float32, which would need about "
                    + mib(p.adapter().merging(config)) + ", " + more + ". Take a smaller model.");
        }
    }

    /** What would help, the cheapest first. */
    private static String advice(StagePlan p, ModelConfig config) {
        List<String> ways = new ArrayList<>();
        if (p.settings().recompute() < config.layers() - 1) {
            ways.add("remove gradient_checkpointing, so that blocks are computed again");
        }
        if (p.settings().optimizer().moments() != MomentType.INT8) {
            ways.add("set adam_moments: int8");
        }
        ways.add("lower micro_batch_tokens (" + p.settings().microBatchTokens() + ") or max_length");
        if (p.memory().reference() > 0) {
            ways.add("use a cached reference");
        }
        if (p.adapter() == null) {
            ways.add("train few blocks at a time (lisa) or an adapter");
        } else if (!p.adapter().held().fourBits()) {
            ways.add("hold the model in four bits (quantize: nf4)");
        }
        ways.add("take a smaller model");
        String all = String.join(", ", ways.subList(0, ways.size() - 1)) + ", or " + ways.get(ways.size() - 1) + ".";
        return Character.toUpperCase(all.charAt(0)) + all.substring(1);
    }

    private static String mib(long bytes) {
        return (bytes >> 20) + " MiB";
    }
}
