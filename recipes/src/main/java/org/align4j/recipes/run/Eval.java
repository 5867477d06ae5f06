package org.align4j.recipes.run;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import org.align4j.recipes.cli.Cancelled;
import org.align4j.recipes.cli.Commands;
import org.align4j.recipes.cli.Terminal;
import org.align4j.recipes.eval.EvalResult;
import org.align4j.recipes.eval.EvalRunner;
import org.align4j.recipes.eval.EvalSuite;
import org.align4j.recipes.eval.EvalTable;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.report.EvaluationReport;
import org.align4j.rewardmodels.sampling.SamplingStopped;

/** Does what a suite says, prints the table and writes the files. */
final class Eval {
    private Eval() {}

    static void run(Commands.EvalRequest request, Terminal terminal) {
        EvalSuite suite = request.suite();
        if (request.check()) {
            plan(suite, terminal.out());
            return;
        }
        EvalResult result;
        try (StopSignal stop = new StopSignal(); ProgressBar progress = new ProgressBar(terminal.err())) {
            result = new EvalRunner(suite, progress, stop::requested).run();
        } catch (SamplingStopped e) {
            throw new Cancelled("Stopped; what is finished is in " + suite.output() + ". The same command goes on from there.");
        }
        result.write();
        EvaluationReport.write(result);
        terminal.out().print(EvalTable.text(result));
        terminal.out().println();
        terminal.out().println("Figures  " + shown(suite.output().resolve("evaluation.json")));
        terminal.out().println("Report   " + shown(suite.output().resolve("report.html")));
    }

    private static void plan(EvalSuite suite, PrintWriter out) {
        suite.models().forEach((name, model) -> {
            try (ModelSession session = model.open()) {
                out.printf(Locale.ROOT, "model        %-16s %s%s, %,d parameters, %s%s%n", name, shown(model.path()), model.adapter().map(a -> " + " + shown(a)).orElse(""),
                        session.config().parameterCount(), session.backendReason(), suite.baseline().filter(name::equals).isPresent() && suite.models().size() > 1
                        ? "; the others are compared with it" : "");
            }
        });
        for (int i = 0; i < suite.evaluations().size(); i++) {
            out.printf(Locale.ROOT, "evaluation   %-16s %s%n", suite.names().get(i), suite.evaluations().get(i).words());
        }
        out.println("output       " + shown(suite.output()));
        out.println("The suite is sound.");
    }

    /** Relative to the working directory where it lies in it. */
    private static Path shown(Path path) {
        Path here = Path.of("").toAbsolutePath();
        return path.startsWith(here) && !path.equals(here) ? here.relativize(path) : path;
    }
}
