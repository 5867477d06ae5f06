package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.align4j.core.checkpoint.Checkpoint;
import org.align4j.core.checkpoint.CheckpointStore;
import org.align4j.core.io.AtomicFiles;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.rundir.RunFiles;

/**
 * What a stage works with.
 *
 * @param plan       which stage
 * @param session    the model it received, with its adapter if it has one
 * @param files      the run directory
 * @param store      where it saves checkpoints, numbered from {@code firstStep} on
 * @param checkpoint its newest checkpoint, where an earlier run was interrupted in it
 * @param firstStep  updates made by the stages before
 * @param earlier    what they came to, in order
 * @param log        metrics and progress
 * @param stop       asked after every piece of work; true saves and ends the run
 */
record StageRun(Recipe recipe, Planned plan, ModelSession session, RunFiles files, CheckpointStore store, Optional<Checkpoint> checkpoint, long firstStep,
        List<Finished> earlier, RunLog log, ProgressBar progress, BooleanSupplier stop) {

    String name() {
        return plan.name();
    }

    /** A directory of the stage's own for what it makes, there from one run to its continuation: {@code stages/NAME.work}. */
    Path work() {
        Path directory = files.stages().resolve(name() + ".work");
        AtomicFiles.createDirectories(directory);
        return directory;
    }

    /** The rows that an earlier stage made for this one. */
    Optional<Made> made() {
        int from = recipe.list().madeBefore(plan.index());
        return from < 0 ? Optional.empty() : earlier.get(from).made(files);
    }
}
