package org.align4j.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.align4j.core.backend.Backends;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.DataLoader;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.Dataset;
import org.align4j.core.data.Group;
import org.align4j.core.data.TaskKind;
import org.align4j.core.data.Text;
import org.align4j.core.generate.Generator;
import org.align4j.core.generate.Request;
import org.align4j.core.generate.Result;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.core.model.Transformer;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.quickstart.TaskFiles;
import org.align4j.recipes.recipe.ModelSpec;
import org.align4j.recipes.recipe.Precision;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.run.ModelSession;
import org.align4j.recipes.run.RecipeRunner;
import org.align4j.recipes.rundir.MetricsLog;
import org.align4j.rewardmodels.evaluate.Interval;
import org.align4j.rewardmodels.verifier.FinalAnswerVerifier;

/**
 * PPO, GRPO, RLOO and PPO against a soup of two finetuned models (SALSA) on the quickstart's word problems, whose answers are known: a right answer is worth 1,
 * an answer with a step worked out half a point more.
 * Makes its task and two finetuned models in a directory, trains every method with several seeds from the first of them, and prints tables in Markdown; what is
 * there already is not made again. Curves go to {@code curves.svg} there.
 */
public final class OnlineMethods {
    private static final String[] STAGES = {
        "ppo: {%s, batch_size: 64, samples: 1, kl_coef: 0.01, value_learning_rate: 1e-3, cliprange_value: 0.5, vf_coef: 0.5}",
        "grpo: {%s, batch_size: 8, samples: 8, loss: dr_grpo, beta: 0.01, reference: frozen}",
        "rloo: {%s, batch_size: 16, samples: 4, kl_coef: 0.01}",
        "ppo: {%s, batch_size: 64, samples: 1, kl_coef: 0.01, value_learning_rate: 1e-3, cliprange_value: 0.5, vf_coef: 0.5, reference: {soup: {models: [sft-1/model, sft-2/model]}}}"};
    private static final String[] NAMES = {"PPO", "GRPO", "RLOO", "SALSA"};
    private static final int MAX_TOKENS = 40;
    private static final Pattern WORKED = Pattern.compile("[0-9]+ [-+*] [0-9]+ = [0-9]+");

    private final Path root;
    private final int iterations;

    private OnlineMethods(Path root, int iterations) {
        this.root = root;
        this.iterations = iterations;
    }

    /** What a trained model does on test problems when sampling: gold reward, share of right answers, nats per response from the model training began with. */
    record Exam(double gold, double right, double kl, double length) {}

    private Recipe recipe(String name, String text) throws IOException {
        Path file = root.resolve(name + ".yaml");
        Files.writeString(file, "name: " + name + "\noutput: " + name + "\n" + text);
        return RecipeReader.read(file, List.of());
    }

    private void run(Recipe recipe, Appendable out) {
        if (!Files.exists(recipe.output().resolve("report.html"))) {
            try (ProgressBar bar = new ProgressBar(out)) {
                new RecipeRunner(recipe, List.of("run", recipe.name()), bar, () -> false).run(Files.exists(recipe.output()));
            }
        }
    }

    private void prepare(int documents, Appendable out) throws IOException {
        if (!Files.exists(root.resolve("data"))) {
            TaskFiles.write(root, documents, 300, 1500, 400, 7);
        }
        String sft = "  - sft: {epochs: 4, batch_size: 16, learning_rate: 1e-3, schedule: cosine, warmup_ratio: 0.1, adam_beta2: 0.99, save_every: null}\n";
        run(recipe("sft-1", "seed: 1\nmodel: {init: {hidden_size: 64, layers: 3, heads: 4, intermediate_size: 160, context_length: 128}, tokenizer: tokenizer, precision: fp32}\n"
                + "data: {pretrain: {path: data/pretrain.jsonl}, sft: {path: data/demonstrations.jsonl}}\nstages:\n"
                + "  - pretrain: {batch_size: 8, learning_rate: 3e-3, schedule: cosine, warmup_ratio: 0.05, weight_decay: 0.01, adam_beta2: 0.99, logging_every: 100}\n" + sft), out);
        // Not 2: the seed of a recipe's second stage is one more than the recipe's.
        run(recipe("sft-2", "seed: 12\nmodel: {path: sft-1/stages/1-pretrain, tokenizer: tokenizer, precision: fp32}\ndata: {sft: {path: data/demonstrations.jsonl}}\nstages:\n" + sft), out);
    }

    private Recipe method(int m, int seed) throws IOException {
        String common = "reward: {ensemble: {combine: sum, of: [{final_answer: {right: 1, wrong: 0, not_ended: 0}}, {regex: {pattern: '[0-9]+ [-+*] [0-9]+ = [0-9]+', right: 0.5, wrong: 0, not_ended: 0}}]}}, max_new_tokens: " + MAX_TOKENS + ", update_epochs: 2, mini_batches: 2, max_steps: " + 4 * iterations
                + ", learning_rate: 3e-4, schedule: linear, min_lr_ratio: 0.1, save_every: null";
        String name = NAMES[m].toLowerCase(Locale.ROOT) + "-" + seed;
        return recipe(name, "seed: " + seed + "\nmodel: {path: sft-1/model, precision: fp32}\ndata: {prompts: {path: data/practice.jsonl}}\nstages:\n  - "
                + STAGES[m].formatted(common) + "\n");
    }

    private ModelSession open(Path model) {
        ModelSpec spec = new ModelSpec(Optional.of(model), Optional.empty(), Optional.of(root.resolve("tokenizer")), Optional.empty(), Optional.empty(), Precision.FP32, Backends.Choice.AUTO);
        return ModelSession.open(spec).load(spec, 1);
    }

    /** Samples an answer to every test problem, with the same random numbers for every model. */
    private Exam exam(Path model) {
        try (ModelSession session = open(model); ModelSession start = open(root.resolve("sft-1/model"))) {
            Dataset data = new DataLoader(DataSettings.of(TaskKind.PROMPT).withColumns(Map.of("completion", "answer"))).load(root.resolve("data/test.jsonl"), session.encoder());
            List<String> answers = new DataLoader(DataSettings.of(TaskKind.DEMONSTRATION).withColumns(Map.of("completion", "answer"))).read(root.resolve("data/test.jsonl")).groups().stream()
                    .map(g -> ((Text.Plain) g.responses().get(0).text()).text()).toList();
            List<Request> requests = new ArrayList<>();
            data.prompts().forEach(p -> requests.add(Request.of(p.ids(), 1000L + requests.size())));
            List<Result> results = new Generator(session.model(), SamplingOptions.plain(MAX_TOKENS)).generate(requests);
            int right = 0;
            int worked = 0;
            double kl = 0;
            double length = 0;
            for (Result r : results) {
                Group g = new Group(data.prompts().get(r.request()).at(), requests.get(r.request()).prompt(), List.of(new Group.Response(r.tokens(), Double.NaN, null, r.ended())));
                kl += sum(session.model(), g) - sum(start.model(), g);
                length += r.tokens().length;
                worked += r.ended() && WORKED.matcher(session.encoder().decode(r.content())).find() ? 1 : 0;
                right += r.ended() && new FinalAnswerVerifier().verify("", session.encoder().decode(r.content()), answers.get(r.request())).correct() ? 1 : 0;
            }
            return new Exam((right + 0.5 * worked) / results.size(), (double) right / results.size(), kl / results.size(), length / results.size());
        }
    }

    private static double sum(Transformer model, Group g) {
        double s = 0;
        for (double lp : model.logProbs(PackedBatch.of(List.of(g)))) {
            s += lp;
        }
        return s;
    }

    private String table(int seeds, Appendable out) throws IOException {
        StringBuilder text = new StringBuilder("| | gold reward | right answers | nats from SFT 1 per response | tokens |\n|---|---|---|---|---|\n");
        Exam start = exam(root.resolve("sft-1/model"));
        text.append(String.format(Locale.ROOT, "| SFT 1 | %.3f | %.3f | 0 | %.1f |%n", start.gold, start.right, start.length));
        Exam second = exam(root.resolve("sft-2/model"));
        text.append(String.format(Locale.ROOT, "| SFT 2 | %.3f | %.3f | %.2f | %.1f |%n", second.gold, second.right, second.kl, second.length));
        Map<String, List<List<MetricsLog.Line>>> curves = new LinkedHashMap<>();
        for (int m = 0; m < NAMES.length; m++) {
            List<Exam> exams = new ArrayList<>();
            for (int seed = 1; seed <= seeds; seed++) {
                Recipe r = method(m, seed);
                run(r, out);
                curves.computeIfAbsent(NAMES[m], k -> new ArrayList<>()).add(MetricsLog.read(r.output().resolve("metrics.jsonl")).stream()
                        .filter(l -> l.values().containsKey("objective/scores")).toList());
                exams.add(exam(r.output().resolve("model")));
            }
            text.append(String.format(Locale.ROOT, "| %s | %s | %s | %s | %s |%n", NAMES[m], interval(exams.stream().mapToDouble(Exam::gold).toArray(), 3), interval(exams.stream().mapToDouble(Exam::right).toArray(), 3),
                    interval(exams.stream().mapToDouble(Exam::kl).toArray(), 2), interval(exams.stream().mapToDouble(Exam::length).toArray(), 1)));
        }
        Files.writeString(root.resolve("curves.svg"), OnlineCurves.draw(curves));
        return text.append('\n').append(OnlineCurves.table(curves)).toString();
    }

    /** Mean and the half width of its 95 % interval by Student's t over seeds. */
    static String interval(double[] x, int digits) {
        Interval i = Interval.ofMean(x);
        return String.format(Locale.ROOT, x.length < 2 ? "%." + digits + "f" : "%." + digits + "f ± %." + digits + "f", i.value(), i.half());
    }

    /** @param args directory, seeds (5), iterations (40), documents to pretrain on (12000) */
    public static void main(String[] args) throws IOException {
        OnlineMethods methods = new OnlineMethods(Path.of(args[0]).toAbsolutePath(), args.length > 2 ? Integer.parseInt(args[2]) : 40);
        Files.createDirectories(methods.root);
        methods.prepare(args.length > 3 ? Integer.parseInt(args[3]) : 12_000, System.err);
        System.out.print(methods.table(args.length > 1 ? Integer.parseInt(args[1]) : 5, System.err));
    }
}
