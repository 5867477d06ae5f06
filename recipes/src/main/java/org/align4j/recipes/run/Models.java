package org.align4j.recipes.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backends;
import org.align4j.recipes.recipe.ModelSpec;
import org.align4j.recipes.recipe.Precision;

/** Models named on the command line. */
final class Models {
    private Models() {}

    static ModelSpec spec(Path directory, Optional<String> chatTemplate, Precision precision, Backends.Choice backend) {
        if (!Files.isDirectory(directory)) {
            throw new UserException("There is no model directory " + directory + ". --model must name a directory with config.json and safetensors weights.");
        }
        return new ModelSpec(Optional.of(directory), Optional.empty(), Optional.empty(), chatTemplate, Optional.empty(), precision, backend);
    }
}
