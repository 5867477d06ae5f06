package org.align4j.recipes.rundir;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.recipes.rundir.internal.GitState;
import org.align4j.recipes.rundir.internal.Machine;

/**
 * Where a result comes from: {@code provenance.json}.
 *
 * @param values nested maps, lists, strings and numbers: {@code align4j}, {@code started}, {@code command}, {@code directory}, {@code java}, {@code os},
 *               {@code cpu}, {@code memory} (bytes), {@code backend}, {@code data} and {@code models} (digest by path), {@code git} where there is a repository; a run adds {@code memory_plan} (by stage)
 */
public record Provenance(Map<String, Object> values) {
    public Provenance {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /**
     * Looks around.
     *
     * @param command          the command line
     * @param backend          name of the backend in use
     * @param data             SHA-256 digest by data file
     * @param models           SHA-256 digest by model file or directory
     * @param workingDirectory whose git commit is recorded
     * @param started          when the run began
     */
    public static Provenance collect(List<String> command, String backend, Map<String, String> data, Map<String, String> models,
            Path workingDirectory, Instant started) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("align4j", version());
        m.put("started", started.toString());
        m.put("command", List.copyOf(command));
        m.put("java", Machine.java());
        m.put("os", Machine.os());
        m.put("cpu", Machine.cpu(Path.of("/proc/cpuinfo")));
        m.put("memory", Machine.memory());
        m.put("backend", backend);
        m.put("data", new LinkedHashMap<>(data));
        m.put("models", new LinkedHashMap<>(models));
        GitState.of(workingDirectory).ifPresent(g -> m.put("git", g));
        return new Provenance(m);
    }

    /** Version of Align4J from the jar's manifest; "development" when run from class files. */
    public static String version() {
        String v = Provenance.class.getPackage().getImplementationVersion();
        return v == null ? "development" : v;
    }
}
