package org.align4j.recipes.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(name = "doctor", description = "Prints the backend and why it was chosen, CPU features, threads, memory and measured speed.", mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n", footer = {"  align4j doctor", "  align4j doctor --no-measure"})
final class DoctorCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Option(names = "--no-measure", description = "Leave out the matmul measurement, which takes some seconds.")
    private boolean noMeasure;

    @Override
    public Integer call() {
        main.commands().doctor(new Commands.DoctorRequest(!noMeasure), main.terminal());
        return Main.OK;
    }
}
