package org.align4j.recipes.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

@Command(name = "check", description = "Validates a recipe, its files and its data, prints the data report and the plan, and trains nothing.", mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {"  align4j check recipe.yaml", "  align4j check recipe.yaml --set data.preferences.on_overflow=drop"})
final class CheckCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Mixin
    private RecipeArguments recipe;

    @Override
    public Integer call() {
        main.commands().check(new Commands.CheckRequest(recipe.read(), recipe.file), main.terminal());
        return Main.OK;
    }
}
