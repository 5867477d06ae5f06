package org.align4j.rewardmodels.sampling;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.align4j.core.UserException;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.io.Digests;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Rows of JSON in numbered shards, in a directory named by the digest of everything they depend on: what was made from the same inputs is found again and
 * never made twice. A shard is a file of JSON Lines that appears whole or not at all; {@code manifest.json} lists the finished ones with their SHA-256, and
 * is replaced after each. So a killed process loses the shard it was at. {@code provenance.json} says what the rows were made from and by what.
 *
 * <p>A shard that is missing or not what the manifest says is made again, said aloud.
 */
public final class ShardStore {
    static final String MANIFEST = "manifest.json";
    static final String PROVENANCE = "provenance.json";
    private static final int FORMAT = 1;
    private static final JsonMapper COMPACT = JsonMapper.builder().build();
    private static final JsonMapper PRETTY = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final Path directory;
    private final String digest;
    private final Map<String, Object> inputs;
    private final int shards;
    private final SamplingListener listener;
    private final TreeMap<String, Entry> finished = new TreeMap<>();

    /** What the manifest knows of a finished shard. */
    private record Entry(int rows, long bytes, String sha256) {}

    private ShardStore(Path directory, String digest, Map<String, Object> inputs, int shards, SamplingListener listener) {
        this.directory = directory;
        this.digest = digest;
        this.inputs = inputs;
        this.shards = shards;
        this.listener = listener;
    }

    /**
     * Opens or begins a store.
     *
     * @param parent   where stores are kept; made where it is missing
     * @param kind     what the rows are: {@code samples}, {@code scores} …; begins the directory's name
     * @param inputs   everything the rows depend on: texts, numbers, lists and maps of them
     * @param notes    what else to say of their origin; changes nothing
     * @param shards   how many there will be
     * @param listener told of damaged shards
     */
    public static ShardStore open(Path parent, String kind, Map<String, Object> inputs, Map<String, Object> notes, int shards, SamplingListener listener) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("kind", kind);
        all.put("format", FORMAT);
        all.put("shards", shards);
        all.putAll(inputs);
        String digest = Digests.sha256(COMPACT.writeValueAsString(all).getBytes(StandardCharsets.UTF_8));
        Path directory = parent.resolve(kind + "-" + digest.substring(0, 16));
        AtomicFiles.createDirectories(directory);
        AtomicFiles.deleteLeftovers(directory);
        ShardStore store = new ShardStore(directory, digest, all, shards, listener);
        store.readManifest();
        if (!Files.exists(directory.resolve(PROVENANCE))) {
            AtomicFiles.writeString(directory.resolve(PROVENANCE), PRETTY.writeValueAsString(store.provenance(notes)) + "\n");
        }
        return store;
    }

    /** SHA-256 of everything the rows depend on. */
    public String digest() {
        return digest;
    }

    /** Where it is. */
    public Path directory() {
        return directory;
    }

    /** How many shards there are or will be. */
    public int shards() {
        return shards;
    }

    /** How many shards are finished. */
    public int finished() {
        return finished.size();
    }

    /**
     * Makes the shards that are not finished, in order.
     *
     * @param make     the rows of a shard: maps, records, lists, texts and numbers
     * @param reached  told of every shard that is there, before the first one that is made and after each
     * @throws SamplingStopped when the listener asks to stop
     */
    public void complete(IntFunction<List<?>> make, Runnable reached) {
        reached.run();
        for (int i = 0; i < shards; i++) {
            if (finished.containsKey(name(i))) {
                continue;
            }
            write(i, make.apply(i));
            reached.run();
            if (finished.size() < shards && listener.stop()) {
                throw new SamplingStopped(directory, finished.size(), shards);
            }
        }
    }

    private void write(int shard, List<?> rows) {
        StringBuilder text = new StringBuilder();
        rows.forEach(row -> text.append(COMPACT.writeValueAsString(row)).append('\n'));
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        AtomicFiles.write(directory.resolve(name(shard)), out -> out.write(bytes));
        finished.put(name(shard), new Entry(rows.size(), bytes.length, Digests.sha256(bytes)));
        writeManifest();
    }

    /**
     * The rows of a finished shard.
     *
     * @throws UserException when it changed on disk since it was verified
     */
    public List<JsonNode> read(int shard) {
        Path file = directory.resolve(name(shard));
        Entry entry = finished.get(name(shard));
        if (entry == null) {
            throw new IllegalStateException(file + " is not finished");
        }
        try {
            byte[] bytes = Files.readAllBytes(file);
            if (!Digests.sha256(bytes).equals(entry.sha256)) {
                throw new UserException(file + " changed while it was in use. Run again: what is damaged is made again.");
            }
            List<JsonNode> rows = new ArrayList<>(entry.rows);
            for (String line : new String(bytes, StandardCharsets.UTF_8).split("\n")) {
                if (!line.isEmpty()) {
                    rows.add(COMPACT.readTree(line));
                }
            }
            return rows;
        } catch (IOException e) {
            throw new UserException("Cannot read " + file + ": " + e.getMessage() + ". Run again: what is missing is made again.", e);
        }
    }

    static String name(int shard) {
        return String.format(Locale.ROOT, "shard-%05d.jsonl", shard);
    }

    private Map<String, Object> provenance(Map<String, Object> notes) {
        Map<String, Object> p = new LinkedHashMap<>();
        String version = ShardStore.class.getPackage().getImplementationVersion();
        p.put("align4j", version == null ? "development" : version);
        p.put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.version"));
        p.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        p.put("digest", digest);
        p.put("inputs", inputs);
        p.putAll(notes);
        return p;
    }

    private void writeManifest() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("digest", digest);
        m.put("shards", shards);
        m.put("finished", finished);
        AtomicFiles.writeString(directory.resolve(MANIFEST), PRETTY.writeValueAsString(m) + "\n");
    }

    private void readManifest() {
        Path file = directory.resolve(MANIFEST);
        if (!Files.exists(file)) {
            return;
        }
        try {
            JsonNode m = COMPACT.readTree(Files.readAllBytes(file));
            if (!m.path("digest").asString("").equals(digest)) {
                throw new IOException("it belongs to other inputs");
            }
            for (var e : m.required("finished").properties()) {
                JsonNode v = e.getValue();
                verify(e.getKey(), new Entry(v.required("rows").asInt(), v.required("bytes").asLong(), v.required("sha256").asString()));
            }
        } catch (IOException | JacksonException | IllegalArgumentException e) {
            finished.clear();
            listener.message("The list of finished shards " + file + " is damaged (" + first(e.getMessage()) + "); all of them are made again.");
        }
    }

    private void verify(String name, Entry entry) {
        Path file = directory.resolve(name);
        String why;
        try {
            why = !name.matches("shard-\\d{5,}\\.jsonl") ? "no shard has this name" : !Files.isRegularFile(file) ? "it is missing"
                    : Files.size(file) != entry.bytes ? "it has " + Files.size(file) + " bytes and should have " + entry.bytes
                    : !Digests.sha256(file).equals(entry.sha256) ? "its SHA-256 is another" : null;
        } catch (IOException e) {
            why = first(e.getMessage());
        }
        if (why == null) {
            finished.put(name, entry);
        } else {
            listener.message("The shard " + file + " is damaged (" + why + "); it is made again.");
        }
    }

    private static String first(String message) {
        return message == null ? "unreadable" : message.lines().findFirst().orElse("unreadable");
    }
}
