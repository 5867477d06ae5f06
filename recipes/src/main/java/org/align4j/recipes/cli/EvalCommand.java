package org.align4j.recipes.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.align4j.recipes.eval.EvalSuite;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

@Command(name = "eval", mixinStandardHelpOptions = true,
        description = {"Measures models, each figure with its 95 %% interval, and how they differ from the first one on the same items.",
            "A suite names models and evaluations: loss, preferences, exact_match, win_rate, judgements, human_rank, multiple_choice, kl, ifeval. Without a file the options below say what is measured."},
        footerHeading = "%nExamples:%n",
        footer = {"  align4j eval suite.yaml", "  align4j eval suite.yaml --check", "  align4j eval suite.yaml --model new=runs/new/model --set seed=3 --output evaluations/new",
            "  align4j eval --model sft=runs/sft/model --model dpo=runs/dpo/model --prompts test.jsonl --verifier final_answer",
            "  align4j eval --model base=models/base --model sft=runs/sft/model --data heldout.jsonl --pairs pairs.jsonl",
            "  align4j eval --model sft=runs/sft/model --model dpo=runs/dpo/model --prompts questions.jsonl --judge \"{model: {path: runs/rm/stages/1-reward}}\"",
            "  align4j eval --judgements annotations.csv --instruction-difficulty difficulty.csv --gamed-rows gamed.csv",
            "", "It prints a table and writes evaluation.json, items/*/*.jsonl and report.html. The same command again goes on where it was stopped."})
final class EvalCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", arity = "0..1", paramLabel = "SUITE", description = "YAML file; paths in it are relative to its directory.")
    private Path file;

    @Option(names = "--set", paramLabel = "PATH=VALUE", description = "Replace a setting, such as seed=3 or evaluations.exact_match.samples=8. May be repeated.")
    private List<String> overrides = List.of();

    @Option(names = "--model", paramLabel = "NAME=DIR", description = "A model; the others are compared with the first one. May be repeated; joins the models of a suite.")
    private Map<String, Path> models = new LinkedHashMap<>();

    @Option(names = "--output", paramLabel = "DIR", description = "Directory to write into, in place of evaluations/NAME.")
    private Path output;

    @Option(names = "--check", description = "Read everything, print what would be done, and do nothing.")
    private boolean check;

    @Option(names = "--data", paramLabel = "FILE", description = "Measure the loss on the responses of a file.")
    private Path data;

    @Option(names = "--pairs", paramLabel = "FILE", description = "Measure how often the chosen answer is the likelier one.")
    private Path pairs;

    @Option(names = "--prompts", paramLabel = "FILE", description = "Let the models answer these prompts.")
    private Path prompts;

    @Option(names = "--verifier", paramLabel = "RULE", description = "What is right, as suites write it: final_answer (the default), exact_match, {regex: {pattern: …}} …")
    private String verifier;

    @Option(names = "--judge", paramLabel = "JUDGE", description = "Compare the answers with those of the first model by a judge, as suites write it: {model: {path: …}}, {ranker: {path: …}} …")
    private String judge;

    @Option(names = "--judgements", paramLabel = "FILE", description = "Win rates, raw and length-controlled, and a ranking out of a file; needs no model.")
    private Path judgements;

    @Option(names = "--instruction-difficulty", paramLabel = "FILE", description = "With --judgements: CSV of index or instruction, and instruction_difficulty, a term of AlpacaEval 2's length control.")
    private Path difficulty;

    @Option(names = "--gamed-rows", paramLabel = "FILE", description = "With --judgements: CSV of preference, std_delta_len and instruction_difficulty of AlpacaEval 2's gamed baselines.")
    private Path gamed;

    @Option(names = "--ifeval", paramLabel = "FILE", description = "Instructions that a program can verify, as IFEval's input_data.jsonl has them.")
    private Path ifeval;

    @Option(names = "--human-rank", paramLabel = "FILE", description = "How likelihoods go with votes: rows of topic, question and answers, or lists with scores.")
    private Path humanRank;

    @Option(names = "--max-new-tokens", paramLabel = "N", description = "Longest answer in tokens. Default: 256")
    private Integer maxNewTokens;

    @Option(names = "--chat", description = "Put prompts through the chat template, as a user's message.")
    private boolean chat;

    @Override
    public Integer call() {
        EvalSuite suite = file != null ? fromFile() : fromOptions();
        main.commands().eval(new Commands.EvalRequest(output == null ? suite : suite.withOutput(output), Optional.ofNullable(file), check), main.terminal());
        return Main.OK;
    }

    private EvalSuite fromFile() {
        if (data != null || pairs != null || prompts != null || judge != null || judgements != null || ifeval != null || humanRank != null || verifier != null || maxNewTokens != null || chat
                || difficulty != null || gamed != null) {
            throw new ParameterException(spec.commandLine(), "With a suite, what is measured stands in the file: give --set in place of --data, --pairs, --prompts, --ifeval, --human-rank,"
                    + " --judgements, --instruction-difficulty, --gamed-rows, --verifier, --judge, --max-new-tokens and --chat.");
        }
        return EvalSuite.read(file, overrides, models);
    }

    private EvalSuite fromOptions() {
        if (judge != null && verifier != null) {
            throw new ParameterException(spec.commandLine(), "Give --verifier to say what is right, or --judge to compare answers, not both.");
        }
        if (judgements == null && (difficulty != null || gamed != null)) {
            throw new ParameterException(spec.commandLine(), "--instruction-difficulty and --gamed-rows belong to --judgements FILE.");
        }
        List<Map<String, Object>> evaluations = new ArrayList<>();
        List<String> settings = new ArrayList<>();
        if (data != null) {
            evaluations.add(Map.of("loss", Map.of("data", source(data))));
        }
        if (pairs != null) {
            evaluations.add(Map.of("preferences", Map.of("data", source(pairs))));
        }
        if (prompts != null) {
            String kind = judge != null ? "win_rate" : "exact_match";
            if (judge != null || verifier != null) {
                settings.add("evaluations[" + evaluations.size() + "]." + kind + (judge != null ? ".judge=" + judge : ".verifier=" + verifier));
            }
            evaluations.add(Map.of(kind, answers(prompts)));
        }
        if (ifeval != null) {
            evaluations.add(Map.of("ifeval", answers(ifeval)));
        }
        if (humanRank != null) {
            evaluations.add(Map.of("human_rank", Map.of("data", source(humanRank))));
        }
        if (judgements != null) {
            Map<String, Object> m = new LinkedHashMap<>();
            m.put("path", judgements.toString());
            if (difficulty != null) {
                m.put("instruction_difficulty", difficulty.toString());
            }
            if (gamed != null) {
                m.put("gamed_rows", gamed.toString());
            }
            evaluations.add(Map.of("judgements", m));
        }
        if (evaluations.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "Give a suite, or what to measure: --data, --pairs, --prompts, --ifeval, --human-rank or --judgements.");
        }
        settings.addAll(overrides);
        Map<String, Object> suite = new LinkedHashMap<>();
        suite.put("name", "eval");
        Map<String, Object> named = new LinkedHashMap<>();
        models.forEach((name, path) -> named.put(name, path.toString()));
        suite.put("models", named);
        suite.put("evaluations", evaluations);
        return EvalSuite.parse("the command line", JsonMapper.shared().writeValueAsString(suite), settings, Path.of("").toAbsolutePath());
    }

    private Map<String, Object> source(Path path) {
        return chat ? Map.of("path", path.toString(), "rendering", "chat") : Map.of("path", path.toString());
    }

    private Map<String, Object> answers(Path path) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("prompts", source(path));
        if (maxNewTokens != null) {
            m.put("max_new_tokens", maxNewTokens);
        }
        return m;
    }
}
