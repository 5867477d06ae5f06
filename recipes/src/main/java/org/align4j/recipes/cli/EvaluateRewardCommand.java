package org.align4j.recipes.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.align4j.core.backend.Backends;
import org.align4j.recipes.recipe.FormatChoice;
import org.align4j.recipes.recipe.Precision;
import org.align4j.rewardmodels.evaluate.PreferenceItems;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(name = "evaluate-reward", mixinStandardHelpOptions = true,
        description = "Says how well a reward orders answers that people have ordered: accuracy, calibration, length bias, agreement with annotators; with pictures.",
        footerHeading = "%nExamples:%n",
        footer = {"  align4j evaluate-reward --model runs/rm/stages/1-reward --data pairs.jsonl --subset-field subset --out evaluations/rm",
            "  align4j evaluate-reward --judge models/judge --chat --data pairs.jsonl",
            "  align4j evaluate-reward --verifier final_answer --data sums.jsonl --reference-field answer",
            "  align4j evaluate-reward --verifier '{\"kind\": \"regex\", \"pattern\": \"^[A-D]$\"}' --data pairs.jsonl",
            "", "Rows are pairs, or lists with scores or ranks, in any format that training takes."})
final class EvaluateRewardCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @ArgGroup(exclusive = true, multiplicity = "1")
    private Source source;

    static final class Source {
        @Option(names = "--model", paramLabel = "DIR", required = true, description = "Directory of a reward model.")
        private Path model;

        @Option(names = "--judge", paramLabel = "DIR", required = true, description = "Directory of a language model, asked which of two answers is better, in both orders.")
        private Path judge;

        @Option(names = "--verifier", paramLabel = "KIND|JSON", required = true,
                description = "exact_match, final_answer, regex, json_schema, length or ifeval; as a JSON object with kind and settings where it has any.")
        private String verifier;
    }

    @Option(names = "--template", paramLabel = "FILE", description = "Text that asks the judge, with {prompt}, {first} and {second}; the answer is A or B.")
    private Path template;

    @Option(names = "--chat", description = "Ask the judge by a user's message, put through its chat template.")
    private boolean chat;

    @Option(names = "--data", paramLabel = "FILE", required = true, description = "JSON Lines or JSON file of preferences.")
    private Path data;

    @Option(names = "--format", paramLabel = "NAME", defaultValue = "auto",
            description = "Shape of the rows, as data.*.format in a recipe. Default: ${DEFAULT-VALUE}")
    private FormatChoice format;

    @Option(names = "--subset-field", paramLabel = "NAME", description = "Field that names the part of the data a row belongs to; a dot leads into an object.")
    private String subset;

    @Option(names = "--reference-field", paramLabel = "NAME", description = "Field with the correct answer, for verifiers.")
    private String reference;

    @Option(names = "--votes-field", paramLabel = "NAME", description = "Field with an object from annotator to chosen, rejected or tie.")
    private String votes;

    @Option(names = "--out", paramLabel = "DIR", description = "Directory for evaluation.json and report.html.")
    private Path out;

    @Option(names = "--precision", paramLabel = "TYPE", defaultValue = "fp32", description = "Operands of matrix multiplications: fp32, bf16 or auto. Default: ${DEFAULT-VALUE}")
    private Precision precision;

    @Option(names = "--backend", paramLabel = "NAME", defaultValue = "auto", description = "auto, onednn or nd4j. Default: ${DEFAULT-VALUE}")
    private Backends.Choice backend;

    @Override
    public Integer call() {
        PreferenceItems.Columns columns = new PreferenceItems.Columns(Optional.ofNullable(subset), Optional.ofNullable(reference), Optional.ofNullable(votes));
        Commands.RewardSource from = new Commands.RewardSource(Optional.ofNullable(source.model), Optional.ofNullable(source.judge), Optional.ofNullable(source.verifier),
                Optional.ofNullable(template), chat);
        main.commands().evaluateReward(new Commands.EvaluateRewardRequest(from, data, format, columns, Optional.ofNullable(out), precision, backend), main.terminal());
        return Main.OK;
    }
}
