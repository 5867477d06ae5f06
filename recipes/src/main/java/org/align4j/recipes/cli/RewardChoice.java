package org.align4j.recipes.cli;

import java.nio.file.Path;
import org.align4j.core.backend.Backends;
import org.align4j.recipes.recipe.Precision;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What gives the scores, for commands that score. */
final class RewardChoice {
    @ArgGroup(exclusive = true, multiplicity = "1")
    private Which which;

    static final class Which {
        @Option(names = "--model", paramLabel = "DIR", required = true, description = "Directory of a reward model.")
        private Path model;

        @Option(names = "--verifier", paramLabel = "KIND|JSON", required = true,
                description = "A rule in place of a model: exact_match, final_answer, regex, json_schema, length or ifeval, or JSON such as {\"kind\": \"regex\", \"pattern\": \"[0-9]+\"}.")
        private String verifier;
    }

    @Option(names = "--precision", paramLabel = "TYPE", defaultValue = "fp32", description = "Operands of matrix multiplications: fp32, bf16 or auto. Default: ${DEFAULT-VALUE}")
    private Precision precision;

    @Option(names = "--backend", paramLabel = "NAME", defaultValue = "auto", description = "auto, onednn or nd4j. Default: ${DEFAULT-VALUE}")
    private Backends.Choice backend;

    Commands.RewardRequest request() {
        return new Commands.RewardRequest(java.util.Optional.ofNullable(which.model), java.util.Optional.ofNullable(which.verifier), precision, backend);
    }
}
