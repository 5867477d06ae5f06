package org.align4j.recipes.run;

import java.lang.management.ManagementFactory;
import java.util.List;
import org.align4j.core.UserException;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.recipes.recipe.Recipe;

/** Stops a run that cannot fit before any work. */
final class MemoryLimit {
    private MemoryLimit() {}

    static void require(Recipe recipe, ModelConfig config, List<StagePlan> plans) {
        long physical = ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean os ? os.getTotalMemorySize()
                : Long.MAX_VALUE;
        long limit = recipe.memory().map(m -> m.bytes()).orElse(physical);
        String more = "more than " + (recipe.memory().isPresent() ? "memory: " : "this machine's ") + mib(limit);
        for (StagePlan p : plans) {
            if (p.memory().total() > limit) {
                throw new UserException("The stage " + p.name() + " would need about " + mib(p.memory().total()) + " (" + p.memory().describe() + "), " + more
                        + ". Lower micro_batch_tokens or max_length, use a cached reference, or take a smaller model.");
            }
            if (p.adapter() != null && p.adapter().merging(config) > limit) {
                throw new UserException("The adapter of the stage " + p.name() + " is in the end added to the whole model in float32, which would need about "
                        + mib(p.adapter().merging(config)) + ", " + more + ". Take a smaller model.");
            }
        }
    }

    private static String mib(long bytes) {
        return (bytes >> 20) + " MiB";
    }
}
