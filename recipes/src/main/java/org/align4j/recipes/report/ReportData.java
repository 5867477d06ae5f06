package org.align4j.recipes.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.recipes.rundir.MetricsLog;
import org.align4j.recipes.rundir.RunFiles;
import org.align4j.recipes.rundir.RunResults;
import org.align4j.recipes.rundir.internal.AtomicText;
import org.align4j.recipes.rundir.internal.Json;

/**
 * All that a report shows, as plain values.
 *
 * @param results    title, stages, final table, samples and warnings
 * @param metrics    lines of {@code metrics.jsonl}, in order
 * @param dataReport what happened to the data, as nested maps and lists
 * @param settings   the resolved recipe, YAML
 * @param provenance versions, machine and digests, as nested maps and lists
 */
public record ReportData(RunResults results, List<MetricsLog.Line> metrics, Map<String, Object> dataReport, String settings,
        Map<String, Object> provenance) {

    public ReportData {
        metrics = List.copyOf(metrics);
    }

    /** Reads what is there in a run directory; of an unfinished run some files may be missing. */
    public static ReportData of(RunFiles files) {
        RunResults results = Files.exists(files.results()) ? RunResults.read(files.results())
                : new RunResults(name(files), "This run has not finished.", List.of(), List.of(), List.of(), List.of());
        return new ReportData(results, MetricsLog.read(files.metrics()), object(files.dataReport()), text(files.recipe()), object(files.provenance()));
    }

    private static String name(RunFiles files) {
        Path name = files.root().toAbsolutePath().normalize().getFileName();
        return name == null ? "run" : name.toString();
    }

    private static Map<String, Object> object(Path file) {
        return Files.exists(file) ? Json.readObject(file) : Map.of();
    }

    private static String text(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new UserException("Cannot read " + file + ": " + AtomicText.reason(e), e);
        }
    }
}
