package org.align4j.recipes.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(name = "generate", description = "Generates text from prompts.", mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {"  align4j generate --model models/stories15M --prompt \"Once upon a time\"",
            "  align4j generate --model runs/x/model --prompts questions.jsonl --chat --temperature 0.7 --top-p 0.9 --samples 4 --seed 3",
            "  align4j generate --model m --prompts p.jsonl --temperature 1 --min-p 0.05 --repetition-penalty 1.1 --json > out.jsonl",
            "  align4j generate --model large --draft small --draft-tokens 4 --prompt \"def f(x):\" --stop \"\\n\\n\" --precision bf16"})
final class GenerateCommand implements Callable<Integer> {
    private static final int DRAFT_TOKENS = 4;

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "DIR", required = true, description = "Model directory.")
    private Path model;

    @ArgGroup(exclusive = true, multiplicity = "1")
    private Prompts prompts;

    static final class Prompts {
        @Option(names = "--prompt", paramLabel = "TEXT", required = true, description = "A prompt. May be repeated.")
        private List<String> texts;

        @Option(names = "--prompts", paramLabel = "FILE", required = true, description = "File of prompts, in any format the data may have.")
        private Path file;
    }

    @Option(names = "--max-new-tokens", paramLabel = "N", defaultValue = "128", description = "Longest response in tokens. Default: ${DEFAULT-VALUE}")
    private int maxNewTokens;

    @Option(names = "--temperature", paramLabel = "T", defaultValue = "0", description = "Sampling temperature; 0 takes the likeliest token. Default: ${DEFAULT-VALUE}")
    private double temperature;

    @Option(names = "--top-k", paramLabel = "K", defaultValue = "0", description = "Sample among the K likeliest tokens; 0 for all. Default: ${DEFAULT-VALUE}")
    private int topK;

    @Option(names = "--top-p", paramLabel = "P", defaultValue = "1", description = "Sample among the likeliest tokens that hold probability P. Default: ${DEFAULT-VALUE}")
    private double topP;

    @Option(names = "--min-p", paramLabel = "P", defaultValue = "0",
            description = "Sample among tokens at least P times as likely as the likeliest. Default: ${DEFAULT-VALUE}")
    private double minP;

    @Option(names = "--repetition-penalty", paramLabel = "X", defaultValue = "1",
            description = "Divide positive logits of tokens that occurred before by X and multiply negative ones; 1 for none. Default: ${DEFAULT-VALUE}")
    private double repetitionPenalty;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "17", description = "Seed of sampling. Default: ${DEFAULT-VALUE}")
    private long seed;

    @Option(names = "--stop", paramLabel = "TEXT", description = "Text that ends a response. May be repeated.")
    private List<String> stop = List.of();

    @Option(names = "--samples", paramLabel = "N", defaultValue = "1", description = "Responses to each prompt. Default: ${DEFAULT-VALUE}")
    private int samples;

    @Option(names = "--chat", description = "Take a prompt as a user's message and put it through the chat template.")
    private boolean chat;

    @Option(names = "--json", description = "Print a line of JSON for every response: prompt, sample, text, tokens, logprobs, finish_reason.")
    private boolean json;

    @Option(names = "--draft", paramLabel = "DIR", description = "A smaller model with the same vocabulary that proposes tokens: the responses have the same law, and come faster where it "
            + "often guesses right. The acceptance rate and the speed go to standard error.")
    private Path draft;

    @Option(names = "--draft-tokens", paramLabel = "N", description = "Tokens proposed at a time. Default: 4")
    private Integer draftTokens;

    @Mixin
    private Compute compute;

    @Override
    public Integer call() {
        require(maxNewTokens >= 1, "--max-new-tokens must be at least 1, found " + maxNewTokens);
        require(temperature >= 0 && Double.isFinite(temperature), "--temperature must be 0 or more, found " + temperature);
        require(topK >= 0, "--top-k must be 0 or more, found " + topK);
        require(topP > 0 && topP <= 1, "--top-p must be more than 0 and at most 1, found " + topP);
        require(minP >= 0 && minP < 1, "--min-p must be at least 0 and less than 1, found " + minP);
        require(repetitionPenalty > 0 && Double.isFinite(repetitionPenalty), "--repetition-penalty must be more than 0, found " + repetitionPenalty);
        require(draft != null || draftTokens == null, "--draft-tokens needs a draft model; give --draft");
        require(draftTokens == null || draftTokens >= 1, "--draft-tokens must be at least 1, found " + draftTokens);
        require(samples >= 1, "--samples must be at least 1, found " + samples);
        require(samples == 1 || temperature > 0, samples + " samples at temperature 0 would all be the same; give --temperature");
        require(stop.stream().noneMatch(String::isEmpty), "--stop must not be empty");
        List<String> texts = prompts.texts == null ? List.of() : List.copyOf(prompts.texts);
        Commands.Sampling sampling = new Commands.Sampling(maxNewTokens, temperature, topK, topP, minP, repetitionPenalty, seed, List.copyOf(stop), samples);
        Optional<Commands.Draft> proposals = Optional.ofNullable(draft).map(d -> new Commands.Draft(d, draftTokens == null ? DRAFT_TOKENS : draftTokens));
        main.commands().generate(new Commands.GenerateRequest(model, texts, Optional.ofNullable(prompts.file), sampling, chat, json, proposals,
                Optional.ofNullable(compute.chatTemplate), compute.precision, compute.backend), main.terminal());
        return Main.OK;
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), otherwise);
        }
    }
}
