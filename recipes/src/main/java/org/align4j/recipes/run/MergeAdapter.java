package org.align4j.recipes.run;

import java.nio.file.Files;
import org.align4j.core.UserException;
import org.align4j.core.adapter.MergedModel;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.Precision;
import org.align4j.recipes.cli.Commands;
import org.align4j.recipes.cli.Terminal;

/** Merges an adapter into its model, in float32. */
final class MergeAdapter {
    private MergeAdapter() {}

    static void run(Commands.MergeAdapterRequest request, Terminal terminal) {
        if (Files.exists(request.out())) {
            throw new UserException(request.out() + " exists already and would be lost. Choose another --out, or remove it.");
        }
        try (Backend backend = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend()) {
            int layers = MergedModel.publish(backend, request.model(), request.adapter(), request.out());
            terminal.out().printf("Added the adapter to %,d layers and wrote the model to %s%n", layers, request.out());
        }
    }
}
