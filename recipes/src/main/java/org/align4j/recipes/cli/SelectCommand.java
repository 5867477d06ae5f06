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

@Command(name = "select", mixinStandardHelpOptions = true,
        description = "Chooses among the rows of a data file by length, quality, likeness, spread and likelihood: what the select stage of a recipe does, with the same settings.",
        footerHeading = "%nExamples:%n",
        footer = {"  align4j select --model models/base --data sft.jsonl --step \"{length: {max_response: 512}}\" --step near_duplicates --out data/clean",
            "  align4j select --model models/base --data sft.jsonl --step \"{diversity: {clusters: 20, keep: 0.2}}\" --out data/spread",
            "  align4j select --model models/base --data pairs.jsonl --rows preferences --step \"{quality: {reward: {model: {path: rm}}, of: margin, keep: 0.5}}\" --out data/clear",
            "", "The same command again goes on where it was stopped; other settings need another --out. It writes train.jsonl, selected.jsonl, dropped.jsonl and summary.json."})
final class SelectCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Option(names = "--model", paramLabel = "DIR", required = true, description = "Model directory; its tokenizer reads the rows.")
    private Path model;

    @Option(names = "--data", paramLabel = "FILE", required = true, description = "File of rows, in any format the data may have.")
    private Path data;

    @Option(names = "--rows", paramLabel = "KIND", description = "What they are: sft or preferences. Default: sft")
    private String rows;

    @Option(names = "--step", paramLabel = "STEP", required = true, description = "A step as recipes write it: length, quality, near_duplicates, decontaminate, diversity, perplexity,"
            + " instruction_mining or random, with its settings. May be repeated; done in order.")
    private List<String> steps = List.of();

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "Directory to write into.")
    private Path out;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "17", description = "Seed of everything random. Default: ${DEFAULT-VALUE}")
    private long seed;

    @Option(names = "--set", paramLabel = "PATH=VALUE", description = "Any other setting of the select stage, such as source.held_out=100 or answer_field=gold. May be repeated.")
    private List<String> overrides = List.of();

    @Mixin
    private Compute compute;

    @Override
    public Integer call() {
        List<String> settings = new ArrayList<>(List.of("source.path=" + JsonMapper.shared().writeValueAsString(data.toString()), "steps=[" + String.join(", ", steps) + "]"));
        if (rows != null) {
            settings.add("rows=" + rows);
        }
        settings.addAll(overrides);
        main.commands().select(new Commands.SelectRequest(model, RecipeReader.select(settings), out, seed, Optional.ofNullable(compute.chatTemplate), compute.precision,
                compute.backend), main.terminal());
        return Main.OK;
    }
}
