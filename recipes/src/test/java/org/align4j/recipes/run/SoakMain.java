package org.align4j.recipes.run;

import java.nio.file.Path;
import org.align4j.recipes.recipe.Recipe;

/** The process that {@link KillSoakTest} kills: runs or resumes the tiny recipe, slowed down so that there is time to kill it. */
final class SoakMain {
    private SoakMain() {}

    /** Arguments: directory, name of the output, updates per stage, milliseconds to wait after each. */
    public static void main(String[] args) {
        Recipe recipe = TinyRun.recipe(Path.of(args[0]), args[1], new TinyRun.Settings(Integer.parseInt(args[2]), 3, "cached", "fp32"));
        long pause = Long.parseLong(args[3]);
        System.out.println("up");
        TinyRun.run(recipe, true, System.out, () -> {
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return false;
        });
        System.exit(0);
    }
}
