package org.align4j.recipes.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(name = "run", description = {"Runs a recipe.", "Stages: pretrain, sft, distill, dpo, slic, orpo, cpo, simpo, alphapo, lipo, kto, unlikelihood, reward, ppo, grpo, rloo, reinforce, sample, select, merge, repeat. 'align4j schema' has their settings."}, mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {"  align4j run recipe.yaml", "  align4j run recipe.yaml --set seed=3 --set stages[0].sft.learning_rate=1e-4 --output runs/seed3", "  align4j run recipe.yaml --resume"})
final class RunCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Mixin
    private RecipeArguments recipe;

    @Option(names = "--resume", description = "Go on from the newest good checkpoint in the run directory.")
    private boolean resume;

    @Override
    public Integer call() {
        List<String> words = new ArrayList<>(List.of("run"));
        words.addAll(recipe.words());
        if (resume) {
            words.add("--resume");
        }
        main.commands().run(new Commands.RunRequest(recipe.read(), recipe.file, resume, words), main.terminal());
        return Main.OK;
    }
}
