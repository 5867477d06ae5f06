package org.align4j.recipes.rundir;

import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.UserException;

/** Names of the files in a run directory; enough for whoever only reads one. */
public record RunFiles(Path root) {

    /** The files of a run that exists. */
    public static RunFiles existing(Path root) {
        RunFiles files = new RunFiles(root);
        if (!Files.exists(files.recipe())) {
            throw new UserException(root + " must be a run directory, found no recipe.resolved.yaml in it; give the output directory of a run.");
        }
        return files;
    }

    public Path recipe() {
        return root.resolve("recipe.resolved.yaml");
    }

    public Path provenance() {
        return root.resolve("provenance.json");
    }

    public Path dataReport() {
        return root.resolve("data-report.json");
    }

    public Path metrics() {
        return root.resolve("metrics.jsonl");
    }

    public Path results() {
        return root.resolve("results.json");
    }

    /** What the stages left. */
    public Path stages() {
        return root.resolve("stages");
    }

    /** What can be computed again, at a cost. */
    public Path cache() {
        return root.resolve("cache");
    }

    public Path checkpoints() {
        return root.resolve("checkpoints");
    }

    public Path model() {
        return root.resolve("model");
    }

    /** The adapter the last stage kept, if it did. */
    public Path adapter() {
        return root.resolve("adapter");
    }

    public Path report() {
        return root.resolve("report.html");
    }
}
