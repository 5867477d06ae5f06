package org.align4j.recipes.rundir;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.recipes.rundir.internal.AtomicText;
import org.align4j.recipes.rundir.internal.Json;

/**
 * A finished stage: {@code stages/NAME.json}. Paths are relative to the run directory.
 *
 * @param name        "2-dpo"
 * @param kind        "dpo"
 * @param updates     updates of weights it made
 * @param heldOut     rows its evaluation is over
 * @param made        rows it made for later stages, or null
 * @param madeHeldOut those kept for evaluation, or null
 * @param leaves      other things it left, by what they are
 * @param results     its own rows of the table of results
 */
public record StageRecord(String name, String kind, long updates, int heldOut, String made, String madeHeldOut, Map<String, String> leaves,
        List<RunResults.Result> results) {
    public StageRecord {
        leaves = leaves == null ? Map.of() : java.util.Collections.unmodifiableMap(new LinkedHashMap<>(leaves));
        results = results == null ? List.of() : List.copyOf(results);
    }

    public void write(Path file) {
        AtomicText.write(file, Json.pretty(this));
    }

    public static StageRecord read(Path file) {
        return Json.read(file, StageRecord.class);
    }
}
