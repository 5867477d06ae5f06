package org.align4j.recipes.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(name = "study", mixinStandardHelpOptions = true,
        description = {"Runs a recipe over a grid of budgets, splits between demonstrations and preferences, methods and seeds, and says what comes of it.",
            "What is done is never done again: give the same command to go on with a study that was stopped."},
        footerHeading = "%nExamples:%n",
        footer = {"  align4j study study.yaml --check", "  align4j study study.yaml --parallel 2", "  align4j study study.yaml --set seeds=[1] --set recipe.stages.sft.epochs=2 --output studies/small",
            "  align4j study study.yaml --report      # of what is done so far"})
final class StudyCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "STUDY", description = "YAML file; paths in it are relative to its directory.")
    private Path file;

    @Option(names = "--set", paramLabel = "PATH=VALUE", description = "Replace a setting of the study, such as budgets=[100,300], or of its recipe, such as recipe.stages.sft.epochs=2. May be repeated.")
    private List<String> overrides = List.of();

    @Option(names = "--output", paramLabel = "DIR", description = "Directory of the study, in place of the study's own.")
    private Optional<Path> output;

    @Option(names = "--parallel", paramLabel = "N", description = "Worker processes, in place of the study's own.")
    private Optional<Integer> parallel;

    @Option(names = "--check", description = "Read everything, print the plan, and do nothing.")
    private boolean check;

    @Option(names = "--report", description = "Write tables, pictures and advice from the cells that are done, and do nothing else.")
    private boolean report;

    @Override
    public Integer call() {
        if (check && report) {
            throw new ParameterException(spec.commandLine(), "Give --check or --report, not both.");
        }
        if (parallel.filter(n -> n < 1 || n > 256).isPresent()) {
            throw new ParameterException(spec.commandLine(), "--parallel must be between 1 and 256, found " + parallel.get() + ".");
        }
        main.commands().study(new Commands.StudyRequest(file, overrides, output, parallel, check, report), main.terminal());
        return Main.OK;
    }
}
