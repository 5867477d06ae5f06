package org.align4j.recipes.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.align4j.recipes.recipe.FormatChoice;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(name = "logprobs", mixinStandardHelpOptions = true,
        description = "Writes the log-probabilities a model gives to responses: one JSON line each with token ids, token log-probabilities, sum and mean.",
        footerHeading = "%nExamples:%n",
        footer = {"  align4j logprobs --model models/stories15M --data pairs.jsonl --out logprobs.jsonl",
            "  align4j logprobs --model models/random --data ids.jsonl --out logprobs.jsonl --precision bf16",
            "", "Rows hold text, or prompt_ids and response_ids for a model without a tokenizer."})
final class LogProbsCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Option(names = "--model", paramLabel = "DIR", required = true, description = "Model directory.")
    private Path model;

    @Option(names = "--data", paramLabel = "FILE", required = true, description = "JSON Lines or JSON file of prompts and responses.")
    private Path data;

    @Option(names = "--out", paramLabel = "FILE", required = true, description = "JSON Lines file to write.")
    private Path out;

    @Option(names = "--format", paramLabel = "NAME", defaultValue = "auto",
            description = "Shape of the rows, as data.*.format in a recipe. Default: ${DEFAULT-VALUE}")
    private FormatChoice format;

    @Mixin
    private Compute compute;

    @Override
    public Integer call() {
        main.commands().logProbs(new Commands.LogProbsRequest(model, data, out, format, Optional.ofNullable(compute.chatTemplate), compute.precision, compute.backend), main.terminal());
        return Main.OK;
    }
}
