package org.align4j.recipes.quickstart;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backends;
import org.align4j.core.train.Trainer;
import org.align4j.recipes.cli.Cancelled;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.quickstart.Attempts.Attempt;
import org.align4j.recipes.recipe.ModelSpec;
import org.align4j.recipes.recipe.Precision;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.run.ModelSession;
import org.align4j.recipes.run.RecipeRunner;
import org.align4j.recipes.run.StopSignal;

/**
 * The whole path in a few minutes, out of nothing: makes a task, pretrains a tiny Llama on text about it, finetunes it on demonstrations, lets it
 * answer problems by itself, prefers its right answers to its wrong ones with DPO, and measures every model on held-out problems.
 *
 * <p>Only the final number decides which answer is preferred. Half of the demonstrations state the answer at once and half work it out, and the finetuned
 * model does both; worked answers are right far more often, and that is what DPO finds out.
 */
public final class Quickstart {
    private static final QuickstartData.Sizes SIZES = new QuickstartData.Sizes(24_000, 300, 1_500, 1_000);
    private static final int ATTEMPTS = 4;

    private final QuickstartFiles files;
    private final long seed;
    private final QuickstartData.Sizes sizes;
    private final ProgressBar progress;
    private final BooleanSupplier stop;

    private Quickstart(QuickstartFiles files, long seed, QuickstartData.Sizes sizes, ProgressBar progress, BooleanSupplier stop) {
        this.files = files;
        this.seed = seed;
        this.sizes = sizes;
        this.progress = progress;
        this.stop = stop;
    }

    /**
     * Runs in an empty directory and prints the table.
     *
     * @throws UserException when the directory is not empty or cannot be written
     * @throws Cancelled     when a stop was asked for
     */
    public static void run(Path output, long seed, PrintWriter out) {
        run(output, seed, SIZES, out);
    }

    static List<Exam> run(Path output, long seed, QuickstartData.Sizes sizes, PrintWriter out) {
        long began = System.nanoTime();
        QuickstartFiles files = QuickstartFiles.create(output);
        try (StopSignal stop = new StopSignal(); ProgressBar progress = new ProgressBar(out)) {
            List<Exam> exams = new Quickstart(files, seed, sizes, progress, stop::requested).run();
            out.println();
            out.print(Exam.text(exams));
            out.println();
            out.println(summary(exams));
            out.println("Model   " + QuickstartReport.shown(files.run(QuickstartRecipes.DPO).resolve("model")));
            out.println("Report  " + QuickstartReport.shown(files.report()));
            out.println(String.format(Locale.ROOT, "Time    %.0f s", (System.nanoTime() - began) * 1e-9));
            out.flush();
            return exams;
        } catch (Trainer.Stopped e) {
            throw new Cancelled("Stopped. A quickstart always starts from its beginning: delete " + output + " before the next one, or choose another with --output.");
        }
    }

    private List<Exam> run() {
        QuickstartData data = QuickstartData.draw(sizes, seed);
        data.write(files);
        progress.message(String.format(Locale.ROOT, "Wrote %,d documents, %,d demonstrations and %,d held-out problems to %s. For example:%n  %s%n ",
                sizes.documents(), sizes.demonstrations(), sizes.test(), QuickstartReport.shown(files.data("")), data.test().get(0).prompt())
                + data.test().get(0).solution());
        train(QuickstartRecipes.sft(files, seed));
        List<Exam> exams = new ArrayList<>();
        Path sft = files.run(QuickstartRecipes.SFT);
        try (ModelSession session = open(sft.resolve("stages").resolve("1-pretrain"))) {
            exams.add(exam("base", session, data));
            session.reload(sft.resolve("model"));
            exams.add(exam("SFT", session, data));
            pairs(session, data);
        }
        train(QuickstartRecipes.dpo(files, seed));
        try (ModelSession session = open(files.run(QuickstartRecipes.DPO).resolve("model"))) {
            exams.add(exam("SFT + DPO", session, data));
        }
        QuickstartReport.write(files, data.test(), exams, summary(exams));
        return exams;
    }

    private void train(Recipe recipe) {
        new RecipeRunner(recipe, List.of("quickstart", "--seed", Long.toString(seed)), progress, stop).run(false);
    }

    private ModelSession open(Path model) {
        ModelSpec spec = new ModelSpec(Optional.of(model), Optional.empty(), Optional.of(files.tokenizer()), Optional.empty(), Optional.empty(), Precision.FP32,
                Backends.Choice.AUTO);
        return ModelSession.open(spec).load(spec, seed);
    }

    private Exam exam(String name, ModelSession session, QuickstartData data) {
        List<List<Attempt>> answers = new Attempts(session.model(), session.encoder(), progress).at(data.test(), 1, 0, seed, name + " exam");
        return new Exam(name, answers.stream().map(a -> a.get(0)).toList());
    }

    /** Lets the finetuned model try problems of the training split, and pairs its right answers with its wrong ones. */
    private void pairs(ModelSession session, QuickstartData data) {
        List<List<Attempt>> attempts = new Attempts(session.model(), session.encoder(), progress).at(data.practised(), ATTEMPTS, 1, seed, "own answers");
        List<Map<String, String>> rows = PreferencePairs.of(data.practised(), attempts);
        if (rows.size() < 2) {
            throw new UserException("The finetuned model answered only " + rows.size() + " of " + sizes.practised()
                    + " problems both rightly and wrongly, too few to prefer anything. Use another seed.");
        }
        files.write("pairs.jsonl", rows);
        long right = attempts.stream().flatMap(List::stream).filter(Attempt::correct).count();
        progress.message(String.format(Locale.ROOT, "%,d own answers, %.0f %% of them right; %,d problems have both a right and a wrong one, a pair each",
                data.practised().size() * ATTEMPTS, 100.0 * right / (data.practised().size() * ATTEMPTS), rows.size()));
    }

    private static String summary(List<Exam> exams) {
        Exam sft = exams.get(1);
        Exam dpo = exams.get(2);
        double points = 100 * (dpo.accuracy().value() - sft.accuracy().value());
        return String.format(Locale.ROOT, "DPO on the model's own right and wrong answers changed exact match by %+.1f points (%.1f standard errors).", points, dpo.risenBy(sft));
    }
}
