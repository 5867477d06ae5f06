package org.align4j.recipes.run;

import java.nio.file.Files;
import org.align4j.core.UserException;
import org.align4j.recipes.cli.Commands;
import org.align4j.recipes.cli.Terminal;
import org.align4j.rewardmodels.model.Extrapolation;

/** Goes on past a model, in the type its weights are stored in. */
final class Extrapolate {
    private Extrapolate() {}

    static void run(Commands.ExtrapolateRequest request, Terminal terminal) {
        if (Files.exists(request.out())) {
            throw new UserException(request.out() + " exists already and would be lost. Choose another --out, or remove it.");
        }
        Extrapolation.write(request.weak(), request.strong(), request.alpha(), request.out());
        terminal.out().printf("Wrote %s + %s · (%s − %s) to %s%n", request.weak(), request.alpha(), request.strong(), request.weak(), request.out());
    }
}
