package org.align4j.examples;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.train.Streams;
import org.align4j.recipes.cli.Main;
import org.align4j.recipes.cli.Terminal;
import org.align4j.recipes.quickstart.ArithmeticTask;
import org.align4j.recipes.quickstart.ArithmeticTask.Split;
import org.align4j.recipes.quickstart.Problem;
import org.align4j.recipes.quickstart.TaskFiles;
import org.align4j.recipes.run.AllCommands;
import tools.jackson.databind.json.JsonMapper;

/**
 * Finetunes one base on two tasks, merges the two models in several ways, and measures all of them on held-out rows of both tasks: {@code MergeTwoModels OUT [SEED]}.
 *
 * <p>The base is the quickstart's, pretrained on text about arithmetic in many forms. One task is to work out a story ("Tom has 7 apples. …"), the other to work out a
 * chain of operations ("7 + 5 - 3"); the answers have the same form. Settings of the merges are those of their papers or plain halves, chosen before anything was measured.
 */
public final class MergeTwoModels {
    private static final Map<String, String> MERGES = new LinkedHashMap<>();

    static {
        MERGES.put("linear", "--method linear");
        MERGES.put("slerp", "--method slerp --t 0.5");
        MERGES.put("task_arithmetic", "--method task_arithmetic --lambda 0.8");
        MERGES.put("ties_20", "--method ties --density 0.2");
        MERGES.put("dare_linear_50", "--method dare_linear --density 0.5 --lambda 0.8");
        MERGES.put("dare_linear_10", "--method dare_linear --density 0.1 --lambda 0.8");
        MERGES.put("dare_ties_50", "--method dare_ties --density 0.5");
    }

    private final Path out;
    private final long seed;
    private final Collection<String> merges;

    /** How many documents, demonstrations and held-out rows of each task. */
    record Sizes(int documents, int demonstrations, int test) {}

    private MergeTwoModels(Path out, long seed, Collection<String> merges) {
        this.out = out.toAbsolutePath();
        this.seed = seed;
        this.merges = merges;
    }

    /** @return the directory of the evaluation */
    static Path run(Path out, long seed, Sizes sizes, Collection<String> merges) {
        return new MergeTwoModels(out, seed, merges).run(sizes);
    }

    private Path run(Sizes sizes) {
        TaskFiles.write(out.resolve("task"), sizes.documents(), 1, 1, 1, seed);
        // Both tasks are told apart by what is asked; no chain of operations that is held out is in the training rows of either.
        List<Problem> train = chained(Split.TRAIN, 2 * sizes.demonstrations(), "demonstrations");
        List<Problem> test = chained(Split.TEST, sizes.test(), "test");
        write("stories", train.subList(0, sizes.demonstrations()), test, Problem::prompt);
        write("chains", train.subList(sizes.demonstrations(), train.size()), test, MergeTwoModels::chain);
        recipe("base", "init: {hidden_size: 64, layers: 3, heads: 4, intermediate_size: 160, context_length: 128}, tokenizer: task/tokenizer", "pretrain", "task/data/pretrain.jsonl",
                "batch_size: 8, learning_rate: 3e-3, weight_decay: 0.01");
        recipe("stories", "path: base/model", "sft", "stories.jsonl", "epochs: 4, batch_size: 16, learning_rate: 1e-3");
        recipe("chains", "path: base/model", "sft", "chains.jsonl", "epochs: 4, batch_size: 16, learning_rate: 1e-3");
        List<String> models = new ArrayList<>(List.of("base", "stories", "chains"));
        for (String name : merges) {
            List<String> words = new ArrayList<>(List.of("merge"));
            words.addAll(List.of(MERGES.get(name).split(" ")));
            if (!name.equals("linear") && !name.equals("slerp")) {
                words.addAll(List.of("--base", model("base")));
            }
            words.addAll(List.of(model("stories"), model("chains"), "--out", model(name)));
            align4j(words);
            models.add(name);
        }
        AtomicFiles.writeString(out.resolve("suite.yaml"), "name: merges\nseed: " + seed + "\noutput: evaluation\nmodels:\n"
                + models.stream().map(m -> "  " + m + ": {path: " + m + "/model, precision: fp32}\n").collect(Collectors.joining()) + """
                evaluations:
                  - exact_match: {name: stories, prompts: stories-test.jsonl, verifier: {final_answer: {markers: "####"}}, max_new_tokens: 48}
                  - exact_match: {name: chains, prompts: chains-test.jsonl, verifier: {final_answer: {markers: "####"}}, max_new_tokens: 48}
                  - loss: {name: stories-loss, data: stories-test.jsonl}
                  - loss: {name: chains-loss, data: chains-test.jsonl}
                """);
        align4j(List.of("eval", out.resolve("suite.yaml").toString()));
        return out.resolve("evaluation");
    }

    private String model(String name) {
        return out.resolve(name).resolve("model").toString();
    }

    /** Problems of at least two operations: one alone is no chain. */
    private List<Problem> chained(Split split, int count, String stream) {
        return ArithmeticTask.problems(split, 3 * count, Streams.of(seed, stream, 0)).stream().filter(p -> p.operations().size() > 1).limit(count).toList();
    }

    private static String chain(Problem p) {
        return " " + p.start() + p.operations().stream().map(o -> " " + o.sign() + " " + o.operand()).collect(Collectors.joining()) + " ?";
    }

    private void write(String task, List<Problem> train, List<Problem> test, Function<Problem, String> prompt) {
        rows(task + ".jsonl", train, prompt);
        rows(task + "-test.jsonl", test, prompt);
    }

    private void rows(String file, List<Problem> problems, Function<Problem, String> prompt) {
        AtomicFiles.writeString(out.resolve(file), problems.stream().map(p -> {
            Map<String, String> row = new LinkedHashMap<>();
            row.put("prompt", prompt.apply(p));
            row.put("completion", p.solution());
            row.put("answer", Integer.toString(p.answer()));
            return JsonMapper.shared().writeValueAsString(row);
        }).distinct().collect(Collectors.joining("\n")) + "\n");
    }

    private void recipe(String name, String model, String stage, String data, String training) {
        Path file = out.resolve(name + ".yaml");
        AtomicFiles.writeString(file, """
                name: %s
                seed: %d
                output: %s
                model: {%s, precision: fp32}
                data: {%s: {path: %s}}
                stages:
                  - %s: {%s, schedule: cosine, warmup_ratio: 0.1, min_lr_ratio: 0.05, adam_beta2: 0.99, save_every: null}
                """.formatted(name, seed, name, model, stage, data, stage, training));
        align4j(List.of("run", file.toString()));
    }

    private static void align4j(List<String> words) {
        int code = new Main(new AllCommands(), Terminal.ofProcess()).execute(words.toArray(String[]::new));
        if (code != Main.OK) {
            throw new IllegalStateException("align4j " + String.join(" ", words) + " ended with " + code);
        }
    }

    public static void main(String[] args) {
        Path out = Path.of(args[0]);
        if (Files.exists(out)) {
            throw new IllegalArgumentException(out + " exists already; name a new directory");
        }
        run(out, args.length > 1 ? Long.parseLong(args[1]) : 17, new Sizes(12_000, 600, 400), MERGES.keySet());
    }
}
