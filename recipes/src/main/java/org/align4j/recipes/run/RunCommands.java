package org.align4j.recipes.run;

import java.nio.file.Files;
import java.util.List;
import org.align4j.core.train.Trainer;
import org.align4j.recipes.cli.Cancelled;
import org.align4j.recipes.cli.Commands;
import org.align4j.recipes.cli.Terminal;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.rundir.RunFiles;

/** The commands that work on recipes. */
final class RunCommands {
    private RunCommands() {}

    static void run(Commands.RunRequest request, Terminal terminal) {
        try (StopSignal stop = new StopSignal(); ProgressBar progress = new ProgressBar(terminal.out())) {
            RunFiles files = new RecipeRunner(request.recipe(), request.words(), progress, stop::requested).run(request.resume());
            progress.message("Model   " + files.model());
            if (Files.isDirectory(files.adapter())) {
                progress.message("Adapter " + files.adapter());
            }
            progress.message("Report  " + files.report());
        } catch (Trainer.Stopped e) {
            throw new Cancelled("Stopped; everything is saved in " + request.recipe().output() + ". Go on with: align4j run " + request.file() + " --resume");
        }
    }

    static void check(Commands.CheckRequest request, Terminal terminal) {
        Recipe recipe = request.recipe();
        try (ModelSession session = ModelSession.open(recipe.model())) {
            terminal.out().println("Backend  " + session.backendReason());
            session.warnings().forEach(terminal.out()::println);
            List<Planned> plans = Works.plan(recipe, session);
            for (Planned p : plans) {
                p.work().reports().forEach((file, report) -> terminal.out().println(report.toText()));
                terminal.out().println(p.work().describe());
            }
            BudgetTotal.of(recipe, plans).ifPresent(b -> terminal.out().println(b.words()));
            terminal.out().println("The recipe is sound. Run it with: align4j run " + request.file());
        }
    }
}
