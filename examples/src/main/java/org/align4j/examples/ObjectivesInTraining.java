package org.align4j.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.run.RecipeRunner;
import org.align4j.recipes.rundir.RunFiles;
import org.align4j.recipes.rundir.RunResults;

/** Runs the recipes of a directory one after the other, and prints how the held-out metrics of their last stage moved, as a table in Markdown. */
public final class ObjectivesInTraining {
    private static final List<String> METRICS = List.of("eval_loss", "eval_rewards/margins", "eval_rewards/accuracies", "eval_rank_correlation", "eval_logps/chosen",
            "eval_logps/rejected", "eval_deviation");

    private ObjectivesInTraining() {}

    /** The rows of the table. */
    static String table(List<Path> recipes, Appendable progress) {
        StringBuilder out = new StringBuilder("| recipe | loss | margin | accuracy | rank correlation | log π(chosen) | log π(rejected) | deviation | seconds |\n|---|---|---|---|---|---|---|---|---|\n");
        for (Path file : recipes) {
            Recipe recipe = RecipeReader.read(file, List.of());
            try (ProgressBar bar = new ProgressBar(progress)) {
                long began = System.nanoTime();
                RunFiles files = new RecipeRunner(recipe, List.of("run", file.toString()), bar, () -> false).run(false);
                out.append(row(recipe.name(), RunResults.read(files.results()), (System.nanoTime() - began) * 1e-9)).append('\n');
            }
        }
        return out.toString();
    }

    private static String row(String name, RunResults results, double seconds) {
        String last = results.stages().get(results.stages().size() - 1).name();
        StringBuilder row = new StringBuilder("| ").append(name).append(" |");
        for (String metric : METRICS) {
            String cell = results.results().stream().filter(r -> r.metric().equals(last + ": " + metric)).findFirst().map(ObjectivesInTraining::change).orElse("");
            row.append(' ').append(cell).append(" |");
        }
        return row.append(String.format(Locale.ROOT, " %.0f |", seconds)).toString();
    }

    private static String change(RunResults.Result r) {
        double before = r.values().get(0).value();
        double after = r.values().get(r.values().size() - 1).value();
        return String.format(Locale.ROOT, "%.3f → %.3f", before, after);
    }

    public static void main(String[] args) throws IOException {
        try (var list = Files.list(Path.of(args.length == 0 ? "examples/recipes/objectives" : args[0]))) {
            System.out.print(table(list.filter(f -> f.toString().endsWith(".yaml")).sorted().toList(), System.err));
        }
    }
}
