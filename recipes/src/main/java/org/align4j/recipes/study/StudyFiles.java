package org.align4j.recipes.study;

import java.nio.file.Path;

/** Names of the files in the directory of a study. */
record StudyFiles(Path root) {

    Path study() {
        return root.resolve("study.resolved.yaml");
    }

    Path recipe() {
        return root.resolve("recipe.resolved.yaml");
    }

    Path plan() {
        return root.resolve("plan.json");
    }

    Path base() {
        return root.resolve("base.json");
    }

    Path cells() {
        return root.resolve("cells");
    }

    /** What a cell came to; its presence says that the cell is done. */
    Path cell(String name) {
        return cells().resolve(name + ".json");
    }

    /** Why a cell failed. */
    Path failed(String name) {
        return cells().resolve(name + ".failed.json");
    }

    /** The recipes that cells and shared stages are runs of. */
    Path recipes() {
        return root.resolve("recipes");
    }

    /** The run of a cell. */
    Path run(String name) {
        return root.resolve("runs").resolve(name);
    }

    /** The run of shared stages, by the digest of what they come from. */
    Path prefix(String digest) {
        return root.resolve("prefix").resolve(digest);
    }

    /** Says that shared stages are done. */
    Path prefixDone(String digest) {
        return root.resolve("prefix").resolve(digest + ".json");
    }

    /** What worker processes print. */
    Path log(int worker) {
        return root.resolve("logs").resolve("worker-" + worker + ".log");
    }
}
