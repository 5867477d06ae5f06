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
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(name = "schema", description = "Prints the JSON Schema of recipes, evaluation suites or studies, for editors that complete and check YAML.", mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {"  align4j schema --out recipe.schema.json", "  align4j schema --eval --out eval.schema.json", "  align4j schema --study --out study.schema.json",
            "  Then begin a recipe with:  # yaml-language-server: $schema=recipe.schema.json"})
final class SchemaCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Option(names = "--out", paramLabel = "FILE", description = "Write it there instead.")
    private Path out;

    @ArgGroup(exclusive = true)
    private Kind kind = new Kind();

    /** Whose schema it is, where it is not that of recipes. */
    private static final class Kind {
        @Option(names = "--eval", description = "Of evaluation suites, not of recipes.")
        private boolean eval;

        @Option(names = "--study", description = "Of studies, not of recipes.")
        private boolean study;
    }

    @Override
    public Integer call() {
        String text = kind.study ? StudyReader.schema() : kind.eval ? JsonSchema.text(EvalSuite.class, "Align4J evaluation suite") : RecipeSchema.text();
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
