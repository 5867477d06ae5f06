package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.data.DataReport;
import org.align4j.core.train.Trainer;

/**
 * What a stage of a recipe does. Made while the recipe is planned, before any work, when it reads what data there is and refuses what cannot be done; run
 * once, or not at all when an earlier run has finished it.
 */
interface StageWork {

    /** One line: what will be done, with how much of what. */
    String describe();

    /** What happened to the rows of every file read so far. */
    default Map<Path, DataReport> reports() {
        return Map.of();
    }

    /** What the recipe's budget bought of its rows; empty where it buys none, and while they are not read. */
    default Optional<Budgets.Bought> bought() {
        return Optional.empty();
    }

    /** What is written into data-report.json beside a file's report. */
    default Map<String, Object> rows() {
        return Map.of();
    }

    /** SHA-256 of what it reads beside the model it receives, by directory or file. */
    default Map<String, String> models() {
        return Map.of();
    }

    /** What was decided about memory, for provenance.json; empty where there was nothing to decide. */
    default Map<String, Object> chosen() {
        return Map.of();
    }

    /**
     * Does it. Afterwards the session holds what the next stage receives.
     *
     * @throws Trainer.Stopped after saving, when {@link StageRun#stop} asks for it
     */
    Finished run(StageRun run);
}
