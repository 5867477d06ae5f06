package org.align4j.recipes.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.align4j.core.UserException;
import org.align4j.recipes.eval.EvalSuite;
import org.align4j.recipes.recipe.RecipeSchema;
import org.align4j.recipes.study.StudyReader;
import org.align4j.recipes.yaml.JsonSchema;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(name = "schema", description = "Prints the JSON Schema of recipes, studies or evaluation suites, for editors that complete and check YAML.", mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {"  align4j schema --out recipe.schema.json", "  align4j schema study --out study.schema.json",
            "  Then begin a recipe with:  # yaml-language-server: $schema=recipe.schema.json"})
final class SchemaCommand implements Callable<Integer> {
    /** What files may hold. */
    enum Kind { RECIPE, STUDY, EVAL }

    @ParentCommand
    private Main main;

    @Parameters(arity = "0..1", paramLabel = "KIND", defaultValue = "recipe", description = "recipe, study or eval. Default: ${DEFAULT-VALUE}")
    private Kind kind;

    @Option(names = "--out", paramLabel = "FILE", description = "Write it there instead.")
    private Path out;

    @Override
    public Integer call() {
        String text = switch (kind) {
            case RECIPE -> RecipeSchema.text();
            case STUDY -> StudyReader.schema();
            case EVAL -> JsonSchema.text(EvalSuite.class, "Align4J evaluation suite");
        };
        if (out == null) {
            main.terminal().out().print(text);
            return Main.OK;
        }
        try {
            Files.writeString(out, text);
        } catch (IOException e) {
            throw new UserException("The schema cannot be written to " + out + ": " + e + ". Give a file in a directory that exists and is writable.", e);
        }
        return Main.OK;
    }
}
