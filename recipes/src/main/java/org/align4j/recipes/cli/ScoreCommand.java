package org.align4j.recipes.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.align4j.recipes.recipe.FormatChoice;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(name = "score", mixinStandardHelpOptions = true, description = "Scores responses with a reward model or a rule: more is better.",
        footerHeading = "%nExamples:%n",
        footer = {"  align4j score --model runs/rm/model --prompt \"What is 2 + 2?\" --response 4 --response 5",
            "  align4j score --model runs/rm/model --chat --prompt \"What is 2 + 2?\" --response 4 --json",
            "  align4j score --model runs/rm/model --data pairs.jsonl --out scores.jsonl",
            "  align4j score --verifier final_answer --prompt \"What is 2 + 2?\" --response \"#### 4\" --reference \"#### 4\"",
            "", "Of a file, every prompt gives a line of JSON with its row and the scores of its responses in order (of a pair: chosen, rejected)."})
final class ScoreCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Mixin
    private RewardChoice reward;

    @ArgGroup(exclusive = true, multiplicity = "1")
    private What what;

    static final class What {
        @Option(names = "--prompt", paramLabel = "TEXT", required = true, description = "A prompt; with --response.")
        private String prompt;

        @Option(names = "--data", paramLabel = "FILE", required = true, description = "File of prompts and responses, in any shape training data may have.")
        private Path data;
    }

    @Option(names = "--response", paramLabel = "TEXT", description = "A response to --prompt. May be repeated.")
    private List<String> responses = List.of();

    @Option(names = "--reference", paramLabel = "TEXT", description = "The correct answer to --prompt, for rules that compare with one.")
    private Optional<String> reference = Optional.empty();

    @Option(names = "--chat", description = "Take --prompt as a user's message and put it through the chat template.")
    private boolean chat;

    @Option(names = "--json", description = "Write scores, ranking and probabilities of --prompt as one line of JSON.")
    private boolean json;

    @Option(names = "--out", paramLabel = "FILE", description = "With --data: JSON Lines file to write. Default: standard output.")
    private Path out;

    @Option(names = "--format", paramLabel = "NAME", defaultValue = "auto", description = "Shape of the rows of --data, as data.*.format in a recipe. Default: ${DEFAULT-VALUE}")
    private FormatChoice format;

    @Override
    public Integer call() {
        boolean file = what.data != null;
        require(file || !responses.isEmpty(), "--prompt needs at least one --response");
        require(!file || responses.isEmpty() && reference.isEmpty() && !chat && !json, "--response, --reference, --chat and --json belong to --prompt; rows of --data have their own responses");
        require(file || out == null && format == FormatChoice.AUTO, "--out and --format belong to --data");
        main.commands().score(new Commands.ScoreRequest(reward.request(), Optional.ofNullable(what.prompt), List.copyOf(responses), reference, chat, json,
                Optional.ofNullable(what.data), Optional.ofNullable(out), format), main.terminal());
        return Main.OK;
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), otherwise);
        }
    }
}
