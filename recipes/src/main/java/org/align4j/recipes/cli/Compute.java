package org.align4j.recipes.cli;

import org.align4j.core.backend.Backends;
import org.align4j.recipes.recipe.Precision;
import picocli.CommandLine.Option;

/** How to compute, for commands that run a model without a recipe. */
final class Compute {
    @Option(names = "--precision", paramLabel = "TYPE", defaultValue = "fp32", description = "Operands of matrix multiplications: fp32, bf16 or auto. Default: ${DEFAULT-VALUE}")
    Precision precision;

    @Option(names = "--backend", paramLabel = "NAME", defaultValue = "auto", description = "auto, onednn or nd4j. Default: ${DEFAULT-VALUE}")
    Backends.Choice backend;

    @Option(names = "--chat-template", paramLabel = "NAME|FILE", description = "Chat template in place of the model's own: alpaca, chatml, plain, or a file.")
    String chatTemplate;
}
