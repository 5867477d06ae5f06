package org.align4j.recipes.run;

import java.nio.file.Path;
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
            plan(suite, terminal);
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

    private static void plan(EvalSuite suite, Terminal terminal) {
        try (ProgressBar progress = new ProgressBar(terminal.out())) {
            new EvalRunner(suite, progress, () -> false).plan();
            progress.message("output      " + shown(suite.output()));
            progress.message("The suite is sound.");
        }
    }

    /** Relative to the working directory where it lies in it. */
    private static Path shown(Path path) {
        Path here = Path.of("").toAbsolutePath();
        return path.startsWith(here) && !path.equals(here) ? here.relativize(path) : path;
    }
}
