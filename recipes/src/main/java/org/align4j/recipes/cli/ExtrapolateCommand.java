package org.align4j.recipes.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(name = "extrapolate", mixinStandardHelpOptions = true,
        description = "Weight extrapolation (ExPO): writes weak + alpha * (strong - weak), past a model in the direction it was trained in. For language models and reward models.",
        footerHeading = "%nExamples:%n",
        footer = {"  align4j extrapolate --weak runs/reg/stages/1-reward --strong runs/bt/stages/1-reward --alpha 1.5 --out models/reward-expo",
            "  align4j extrapolate --weak runs/sft/model --strong runs/dpo/model --alpha 1.3 --out models/expo"})
final class ExtrapolateCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = "--weak", paramLabel = "DIR", required = true, description = "Directory of the model that training began with.")
    private Path weak;

    @Option(names = "--strong", paramLabel = "DIR", required = true, description = "Directory of the model that was trained from it.")
    private Path strong;

    @Option(names = "--alpha", paramLabel = "N", required = true, description = "How far to go: 0 is the first model, 1 the second; 1.1 to 2 is usual.")
    private double alpha;

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "Directory to write; it must not exist.")
    private Path out;

    @Override
    public Integer call() {
        if (!Double.isFinite(alpha)) {
            throw new ParameterException(spec.commandLine(), "--alpha must be a finite number, found " + alpha);
        }
        main.commands().extrapolate(new Commands.ExtrapolateRequest(weak, strong, alpha, out), main.terminal());
        return Main.OK;
    }
}
