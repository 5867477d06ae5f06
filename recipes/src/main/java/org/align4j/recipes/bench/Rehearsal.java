package org.align4j.recipes.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.io.DType;
import org.align4j.recipes.cli.Main;
import org.align4j.recipes.cli.Terminal;
import org.align4j.recipes.recipe.Precision;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.run.AllCommands;

/**
 * Does once, with a tiny model, what most commands begin with: reads arguments, a recipe and weights, and makes an update. The launcher archives the
 * classes that are loaded here, so that later starts find them ready.
 */
final class Rehearsal {
    private static final BenchShape TINY = new BenchShape("tiny", 64, 2, 2, 2, 128, 512);
    private static final String RECIPE = "name: x\nmodel: {path: m}\ndata: {sft: {path: s.jsonl}}\nstages:\n  - sft: {}\n";

    private Rehearsal() {}

    public static void main(String[] args) throws IOException {
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        new Main(new AllCommands(), new Terminal(nowhere, nowhere, false)).execute("--help");
        RecipeReader.parse("rehearsal", RECIPE, List.of(), Path.of("."), false);
        Path directory = Files.createTempDirectory("align4j-rehearsal");
        try {
            BenchStartup.write(TINY, directory, DType.BF16);
            for (Precision p : Precision.values()) {
                StartupWorker.update(directory, p, new BenchData(BenchData.Work.SFT, 2, 1, 64, 32), () -> { });
            }
        } finally {
            BenchStartup.delete(directory);
        }
    }
}
