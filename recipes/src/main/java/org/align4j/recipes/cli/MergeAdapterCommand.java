package org.align4j.recipes.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(name = "merge-adapter", mixinStandardHelpOptions = true,
        description = "Adds a LoRA, rsLoRA or DoRA adapter to its model's weights and writes a plain Hugging Face model, in the type the weights are stored in.",
        footerHeading = "%nExamples:%n",
        footer = {"  align4j merge-adapter --model models/stories15M --adapter adapters/dpo --out models/stories15M-dpo"})
final class MergeAdapterCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Option(names = "--model", paramLabel = "DIR", required = true, description = "Directory of the model the adapter was trained on.")
    private Path model;

    @Option(names = "--adapter", paramLabel = "DIR", required = true, description = "Directory with adapter_config.json and adapter_model.safetensors, as PEFT writes them.")
    private Path adapter;

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "Directory to write; it must not exist.")
    private Path out;

    @Override
    public Integer call() {
        main.commands().mergeAdapter(new Commands.MergeAdapterRequest(model, adapter, out), main.terminal());
        return Main.OK;
    }
}
