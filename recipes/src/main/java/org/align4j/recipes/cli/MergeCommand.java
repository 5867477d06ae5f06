package org.align4j.recipes.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.align4j.core.merge.MergeTask;
import org.align4j.recipes.recipe.MergeReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

@Command(name = "merge", mixinStandardHelpOptions = true,
        description = "Merges the weights of models: means, SLERP, task arithmetic, TIES, DARE, breadcrumbs, LiNeS, ExPO and transfer; language models, reward models, models with"
                + " adapters, or adapters alone. Memory does not depend on their size.",
        footerHeading = "%nExamples:%n",
        footer = {"  align4j merge merge.yaml --out models/merged",
            "  align4j merge merge.yaml --check",
            "  align4j merge --method slerp --t 0.5 models/a models/b --out models/slerp",
            "  align4j merge --method linear --weights 0.7,0.3 models/a models/b+adapters/c --out models/soup",
            "  align4j merge --method dare_ties --base models/base --density 0.1 models/chat models/math --out models/both",
            "  align4j merge --method expo --base runs/sft/model --alpha 1.3 runs/dpo/model --out models/expo",
            "  align4j merge --method transfer --base models/old --onto models/new models/old-chat --out models/new-chat",
            "", "A configuration has mergekit's keys: merge_method, models, base_model, parameters, dtype, tokenizer_source."})
final class MergeCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "CONFIG.yaml | MODEL…", description = "A configuration; or, with --method, models: directories, each with an adapter as DIR+ADAPTER.")
    private List<String> inputs;

    @Option(names = "--method", paramLabel = "METHOD", description = "linear, slerp, task_arithmetic, ties, dare_linear, dare_ties, breadcrumbs, expo, transfer, or cat for adapters.")
    private String method;

    @Option(names = "--weights", paramLabel = "W,W,…", split = ",", description = "Weight of each model. Default: 1")
    private List<Double> weights;

    @Option(names = "--base", paramLabel = "MODEL", description = "What task vectors are measured from.")
    private String base;

    @Option(names = "--onto", paramLabel = "MODEL", description = "With transfer: what the task vectors are added to.")
    private String onto;

    @Option(names = "--t", paramLabel = "T", description = "With slerp: 0 is the first model, 1 the second.")
    private String t;

    @Option(names = "--density", paramLabel = "D", description = "Part of each task vector that is kept.")
    private String density;

    @Option(names = "--lambda", paramLabel = "N", description = "Factor on the merged task vector. Default: 1")
    private String lambda;

    @Option(names = "--alpha", paramLabel = "N", description = "With expo: how far to go; 0 is the base, 1 the model, 1.1 to 2 is usual.")
    private String alpha;

    @Option(names = "--lines", paramLabel = "ALPHA[,BETA]",
            description = "LiNeS: scale task vectors by ALPHA in the first block up to ALPHA + BETA in the last. Default: BETA = 1 - ALPHA")
    private String lines;

    @Option(names = "--dtype", paramLabel = "TYPE", description = "Type of the result: float32, bfloat16 or float16. Default: as the base, or the first model")
    private String dtype;

    @Option(names = "--tokenizer-source", paramLabel = "MODEL", description = "Whose tokenizer goes with the result, where they differ.")
    private String tokenizer;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of what is drawn. Default: 17")
    private String seed;

    @Option(names = "--set", paramLabel = "PATH=VALUE", description = "Any other setting, such as parameters.normalize=false. May be repeated.")
    private List<String> overrides = List.of();

    @Option(names = "--out", paramLabel = "DIR", description = "Directory to write; it must not exist.")
    private Path out;

    @Option(names = "--check", description = "Check that everything fits and say what would be done; write nothing.")
    private boolean check;

    @Override
    public Integer call() {
        if (out == null && !check) {
            throw new ParameterException(spec.commandLine(), "Give --out, or --check to only look.");
        }
        main.commands().merge(new Commands.MergeRequest(task(), Optional.ofNullable(out), check), main.terminal());
        return Main.OK;
    }

    private MergeTask task() {
        List<String> settings = settings();
        if (method != null) {
            return MergeReader.settings(settings);
        }
        if (inputs.size() > 1 || Files.isDirectory(Path.of(inputs.get(0)))) {
            throw new ParameterException(spec.commandLine(), "To merge models named on the command line, give --method, such as --method linear.");
        }
        return MergeReader.read(Path.of(inputs.get(0)), settings);
    }

    /** What was given, as {@code --set} would have it. */
    private List<String> settings() {
        List<String> s = new ArrayList<>();
        if (method != null) {
            s.add("merge_method=" + method);
            s.add("models=" + models());
        } else if (weights != null) {
            throw new ParameterException(spec.commandLine(), "--weights belongs to models named on the command line; write them into the configuration.");
        }
        add(s, "base_model", base == null ? null : quoted(base));
        add(s, "onto", onto == null ? null : quoted(onto));
        add(s, "parameters.t", t);
        add(s, "parameters.density", density);
        add(s, "parameters.lambda", lambda);
        add(s, "parameters.alpha", alpha);
        if (lines != null) {
            String[] parts = lines.split(",", 2);
            add(s, "parameters.lines", "{alpha: " + parts[0] + (parts.length > 1 ? ", beta: " + parts[1] : "") + "}");
        }
        add(s, "dtype", dtype);
        add(s, "tokenizer_source", tokenizer == null ? null : quoted(tokenizer));
        add(s, "seed", seed);
        s.addAll(overrides);
        return s;
    }

    private String models() {
        if (weights != null && weights.size() != inputs.size()) {
            throw new ParameterException(spec.commandLine(), "--weights needs one number per model: " + inputs.size() + " models, found " + weights.size());
        }
        List<String> list = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            list.add("{model: " + quoted(inputs.get(i)) + (weights == null ? "" : ", parameters: {weight: " + weights.get(i) + "}") + "}");
        }
        return list.stream().collect(Collectors.joining(", ", "[", "]"));
    }

    private static void add(List<String> settings, String path, String value) {
        if (value != null) {
            settings.add(path + "=" + value);
        }
    }

    private static String quoted(String text) {
        return JsonMapper.shared().writeValueAsString(text);
    }
}
