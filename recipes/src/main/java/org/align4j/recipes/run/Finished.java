package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.recipes.rundir.RunFiles;
import org.align4j.recipes.rundir.RunResults;
import org.align4j.recipes.rundir.StageRecord;

/**
 * What a stage came to: {@code stages/NAME.json}, whose presence says that the stage is done.
 *
 * @param record as it is written, paths relative to the run directory
 */
record Finished(StageRecord record) {

    /** A stage that made updates. */
    static Finished updates(String name, String kind, long updates, int heldOut) {
        return new Finished(new StageRecord(name, kind, updates, heldOut, null, null, Map.of(), List.of()));
    }

    /** The same with rows for later stages. */
    Finished making(RunFiles files, Made made) {
        return new Finished(new StageRecord(record.name(), record.kind(), record.updates(), record.heldOut(), relative(files, made.train()),
                made.heldOut().map(p -> relative(files, p)).orElse(null), record.leaves(), record.results()));
    }

    /** The same with something else it leaves, a reward model for instance. */
    Finished leaving(RunFiles files, String what, Path where) {
        Map<String, String> all = new LinkedHashMap<>(record.leaves());
        all.put(what, relative(files, where));
        return new Finished(new StageRecord(record.name(), record.kind(), record.updates(), record.heldOut(), record.made(), record.madeHeldOut(), all, record.results()));
    }

    /** The same with rows for the table of results. */
    Finished with(List<RunResults.Result> results) {
        List<RunResults.Result> all = new ArrayList<>(record.results());
        all.addAll(results);
        return new Finished(new StageRecord(record.name(), record.kind(), record.updates(), record.heldOut(), record.made(), record.madeHeldOut(), record.leaves(), all));
    }

    /** The same seen from another run: its paths are absolute. */
    Finished movedFrom(RunFiles files) {
        Map<String, String> all = new LinkedHashMap<>();
        record.leaves().forEach((what, where) -> all.put(what, absolute(files, where)));
        return new Finished(new StageRecord(record.name(), record.kind(), record.updates(), record.heldOut(), absolute(files, record.made()),
                absolute(files, record.madeHeldOut()), all, record.results()));
    }

    private static String absolute(RunFiles files, String path) {
        return path == null ? null : files.root().resolve(path).toAbsolutePath().toString();
    }

    Optional<Made> made(RunFiles files) {
        return record.made() == null ? Optional.empty()
                : Optional.of(new Made(files.root().resolve(record.made()), Optional.ofNullable(record.madeHeldOut()).map(files.root()::resolve)));
    }

    /** Where something is that the stage left, a {@code reward_model} for instance. */
    Optional<Path> left(RunFiles files, String what) {
        return Optional.ofNullable(record.leaves().get(what)).map(files.root()::resolve);
    }

    private static String relative(RunFiles files, Path path) {
        return files.root().toAbsolutePath().relativize(path.toAbsolutePath()).toString();
    }
}
