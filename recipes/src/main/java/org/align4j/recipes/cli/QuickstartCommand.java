package org.align4j.recipes.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(name = "quickstart", description = "Takes a tiny model from nothing through SFT and DPO in a few minutes, on a task it makes itself.", mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {"  align4j quickstart", "  align4j quickstart --seed 5 --output runs/quickstart-5"})
final class QuickstartCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Option(names = "--output", paramLabel = "DIR", defaultValue = "runs/quickstart", description = "Run directory. Default: ${DEFAULT-VALUE}")
    private Path output;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "17", description = "The same seed gives the same model. Default: ${DEFAULT-VALUE}")
    private long seed;

    @Override
    public Integer call() {
        main.commands().quickstart(new Commands.QuickstartRequest(output.toAbsolutePath().normalize(), seed), main.terminal());
        return Main.OK;
    }
}
