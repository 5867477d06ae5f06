package org.align4j.recipes.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A recipe and what replaces its settings. */
final class RecipeArguments {
    @Parameters(index = "0", paramLabel = "RECIPE", description = "YAML file; paths in it are relative to its directory.")
    Path file;

    @Option(names = "--set", paramLabel = "PATH=VALUE", description = "Replace a setting, such as seed=3 or stages.dpo.beta=0.2. May be repeated.")
    List<String> overrides = List.of();

    @Option(names = "--output", paramLabel = "DIR", description = "Run directory, in place of the recipe's.")
    Path output;

    Recipe read() {
        Recipe recipe = RecipeReader.read(file, overrides);
        return output == null ? recipe : recipe.withOutput(output);
    }

    /** As it was typed. */
    List<String> words() {
        List<String> words = new ArrayList<>(List.of(file.toString()));
        overrides.forEach(o -> words.addAll(List.of("--set", o)));
        if (output != null) {
            words.addAll(List.of("--output", output.toString()));
        }
        return words;
    }
}
