package org.align4j.recipes.rundir;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.recipes.rundir.internal.AtomicText;
import org.align4j.recipes.rundir.internal.Json;

/**
 * A run directory held by this process: the source of truth about one run.
 *
 * <pre>
 *   recipe.resolved.yaml   the recipe with every default written out; its presence makes a directory a run directory
 *   provenance.json        versions, machine, digests; gets the key "finished" when the run is done
 *   data-report.json       what happened to every row
 *   metrics.jsonl          see {@link MetricsLog}
 *   results.json           see {@link RunResults}
 *   checkpoints/  model/  report.html
 * </pre>
 *
 * <p>An operating system lock on {@code .lock} keeps two processes from sharing a directory; it vanishes with its process, however that ends.
 */
public final class RunDirectory implements AutoCloseable {
    private static final String RECIPE = "recipe.resolved.yaml";
    private static final String PROVENANCE = "provenance.json";
    private static final String LOCK = ".lock";

    private final RunFiles files;
    private final boolean resumed;
    private final FileChannel lockChannel;

    private RunDirectory(RunFiles files, boolean resumed, FileChannel lockChannel) {
        this.files = files;
        this.resumed = resumed;
        this.lockChannel = lockChannel;
    }

    /**
     * Opens a directory for a run, making it when it is missing.
     *
     * @param directory where; missing, empty, or with {@code resume} that of the same recipe
     * @param recipe    the resolved recipe
     * @param resume    whether to go on with a run that is already there; where there is none yet the run starts from its beginning
     * @throws UserException when the directory holds something else, a run that must not be overwritten, another recipe's run, is in use, or is unwritable
     */
    public static RunDirectory open(Path directory, String recipe, boolean resume) {
        check(directory, recipe, resume);
        FileChannel channel;
        try {
            Files.createDirectories(directory);
            channel = FileChannel.open(directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw AtomicText.unwritable(directory, e);
        }
        try {
            lock(directory, channel);
            // Another process may have been quicker between the first look and the lock.
            boolean exists = check(directory, recipe, resume);
            RunFiles files = new RunFiles(directory);
            if (!exists) {
                AtomicText.write(files.recipe(), recipe);
            }
            Files.createDirectories(files.checkpoints());
            return new RunDirectory(files, exists, channel);
        } catch (IOException e) {
            closeQuietly(channel);
            throw AtomicText.unwritable(directory, e);
        } catch (RuntimeException e) {
            closeQuietly(channel);
            throw e;
        }
    }

    /** Where everything is. */
    public RunFiles files() {
        return files;
    }

    /** Whether an earlier run is being continued. */
    public boolean resumed() {
        return resumed;
    }

    /** Whether the run that is here has come to its end. */
    public boolean finished() {
        return finished(files.provenance());
    }

    /**
     * Writes {@code provenance.json}; a resumed run keeps the first start and lists the later ones under "resumed".
     *
     * @throws UserException when data or a model is no longer what the run began with
     */
    public void write(Provenance provenance) {
        Map<String, Object> map = new LinkedHashMap<>(provenance.values());
        if (resumed && Files.exists(files.provenance())) {
            Map<String, Object> before = Json.readObject(files.provenance());
            requireUnchanged(before.get("data"), map.get("data"));
            requireUnchanged(before.get("models"), map.get("models"));
            List<Object> starts = new java.util.ArrayList<>(before.get("resumed") instanceof List<?> l ? l : List.of());
            starts.add(map.get("started"));
            map.put("started", before.getOrDefault("started", map.get("started")));
            map.put("resumed", starts);
        }
        AtomicText.write(files.provenance(), Json.pretty(map));
    }

    /** The same bits can only come from the same data and models. */
    private static void requireUnchanged(Object before, Object now) {
        if (before instanceof Map<?, ?> b && now instanceof Map<?, ?> n) {
            b.forEach((path, digest) -> {
                if (n.get(path) != null && !n.get(path).equals(digest)) {
                    throw new UserException("A run can be resumed only with the data and models it was started with, and " + path + " has changed since: its SHA-256 was "
                            + digest + " and is " + n.get(path) + ". Put the old file back, or start a new run in another output directory.");
                }
            });
        }
    }

    /** Writes {@code data-report.json} from maps, lists, records, strings and numbers; a resumed run keeps what it says of rows made before. */
    public void writeDataReport(Map<String, Object> report) {
        Map<String, Object> all = new LinkedHashMap<>(resumed && Files.exists(files.dataReport()) ? Json.readObject(files.dataReport()) : Map.of());
        all.putAll(report);
        AtomicText.write(files.dataReport(), Json.pretty(all));
    }

    /** Writes {@code results.json}. */
    public void write(RunResults results) {
        results.write(files.results());
    }

    /** Marks the run as finished, so that it is not overwritten by accident. */
    public void finish(Instant when) {
        Map<String, Object> map = Files.exists(files.provenance())
                ? new LinkedHashMap<>(Json.readObject(files.provenance())) : new LinkedHashMap<>();
        map.put("finished", when.toString());
        AtomicText.write(files.provenance(), Json.pretty(map));
    }

    /** Lets go of the directory. */
    @Override
    public void close() {
        closeQuietly(lockChannel);
    }

    private static void lock(Path directory, FileChannel channel) throws IOException {
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            throw new UserException("The run directory " + directory + " is in use by another run; wait for it to end, or choose another output directory.");
        }
    }

    /** Says whether a run is there that may be continued. */
    private static boolean check(Path directory, String recipe, boolean resume) {
        if (!Files.exists(directory)) {
            return false;
        }
        if (!Files.isDirectory(directory)) {
            throw new UserException("The output " + directory + " must be a directory, found a file; choose another output directory.");
        }
        Path marker = directory.resolve(RECIPE);
        if (!Files.exists(marker)) {
            String other = firstForeignEntry(directory);
            if (other != null) {
                throw new UserException("The output directory " + directory + " must be empty or hold an earlier run, found other files (" + other
                        + ", for one) and no " + RECIPE + "; choose another output directory.");
            }
            return false;
        }
        if (!resume) {
            throw new UserException(finished(directory.resolve(PROVENANCE))
                    ? "The output directory " + directory + " holds a finished run, which is not overwritten; choose another output directory or delete this one."
                    : "The output directory " + directory + " holds an unfinished run, which is not overwritten; add --resume to continue it,"
                            + " choose another output directory, or delete this one.");
        }
        sameRecipe(marker, recipe);
        return true;
    }

    private static void sameRecipe(Path marker, String recipe) {
        String[] before;
        try {
            before = Files.readString(marker).strip().split("\\R", -1);
        } catch (IOException e) {
            throw new UserException("Cannot read " + marker + ": " + AtomicText.reason(e), e);
        }
        String[] now = recipe.strip().split("\\R", -1);
        for (int i = 0; i < Math.max(before.length, now.length); i++) {
            String a = i < before.length ? before[i] : "(end)";
            String b = i < now.length ? now[i] : "(end)";
            if (!a.equals(b)) {
                throw new UserException("A run can be resumed only with the recipe it was started with. " + marker + ":" + (i + 1) + " has \""
                        + a.strip() + "\", the recipe given now resolves to \"" + b.strip()
                        + "\"; undo the change, or start a new run in another output directory.");
            }
        }
    }

    private static boolean finished(Path provenance) {
        return Files.exists(provenance) && Json.readObject(provenance).get("finished") != null;
    }

    /** What a run killed before it wrote its recipe leaves behind is not foreign. */
    private static String firstForeignEntry(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(p -> p.getFileName().toString()).filter(n -> !n.equals(LOCK) && !n.equals(RECIPE + ".tmp")).sorted().findFirst().orElse(null);
        } catch (IOException e) {
            throw new UserException("Cannot read the output directory " + directory + ": " + AtomicText.reason(e), e);
        }
    }

    private static void closeQuietly(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException ignored) {
            // Nothing was buffered; the lock goes with the process at the latest.
        }
    }
}
