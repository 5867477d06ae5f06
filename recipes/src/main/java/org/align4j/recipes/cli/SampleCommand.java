package org.align4j.recipes.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.align4j.recipes.recipe.RecipeReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.json.JsonMapper;

@Command(name = "sample", mixinStandardHelpOptions = true,
        description = "Samples answers from a model, scores them, and makes training rows of them: what the sample stage of a recipe does, with the same settings.",
        footerHeading = "%nExamples:%n",
        footer = {"  align4j sample --model runs/sft/model --prompts questions.jsonl --reward final_answer --keep best_of_n --samples 16 --out data/best",
            "  align4j sample --model runs/sft/model --prompts q.jsonl --reward \"{model: {path: runs/rm/stages/1-reward}}\" --keep \"{rso: {accept: 8}}\" --samples 64 --out data/rso",
            "", "The same command again goes on where it was stopped; other settings need another --out. It writes train.jsonl, samples.jsonl and summary.json."})
final class SampleCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Option(names = "--model", paramLabel = "DIR", required = true, description = "Model directory.")
    private Path model;

    @Option(names = "--prompts", paramLabel = "FILE", required = true, description = "File of prompts, in any format the data may have.")
    private Path prompts;

    @Option(names = "--reward", paramLabel = "REWARD", description = "What scores the answers, as recipes write it: final_answer, or {judge: {path: DIR}}.")
    private String reward;

    @Option(names = "--keep", paramLabel = "KEEP", required = true, description = "What is made of them, as recipes write it: best_of_n, threshold, rso, pairs, lists, steps, grape or s3ft.")
    private String keep;

    @Option(names = "--samples", paramLabel = "N", description = "Answers to each prompt. Default: 8")
    private Integer samples;

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "Directory to write into.")
    private Path out;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "17", description = "Seed of sampling. Default: ${DEFAULT-VALUE}")
    private long seed;

    @Option(names = "--chat", description = "Take a prompt as a user's message and put it through the chat template.")
    private boolean chat;

    @Option(names = "--set", paramLabel = "PATH=VALUE", description = "Any other setting of the sample stage, such as temperature=1 or max_new_tokens=256. May be repeated.")
    private List<String> overrides = List.of();

    @Mixin
    private Compute compute;

    @Override
    public Integer call() {
        List<String> settings = new ArrayList<>(List.of("prompts.path=" + JsonMapper.shared().writeValueAsString(prompts.toString()), "keep=" + keep));
        if (chat) {
            settings.add("prompts.rendering=chat");
        }
        if (reward != null) {
            settings.add("reward=" + reward);
        }
        if (samples != null) {
            settings.add("samples=" + samples);
        }
        settings.addAll(overrides);
        main.commands().sample(new Commands.SampleRequest(model, RecipeReader.sample(settings), out, seed, Optional.ofNullable(compute.chatTemplate), compute.precision,
                compute.backend), main.terminal());
        return Main.OK;
    }
}
