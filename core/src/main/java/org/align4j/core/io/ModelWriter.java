package org.align4j.core.io;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.align4j.core.io.internal.IoFailures;
import org.align4j.core.io.internal.StrictJson;

/**
 * Writes the weights of a model into its directory under Hugging Face's names: {@code model.safetensors}, or, above the largest shard size,
 * {@code model-00001-of-0000N.safetensors} and {@code model.safetensors.index.json}.
 */
public final class ModelWriter {
    static final String SINGLE = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";
    private static final String SHARD = "model-\\d{5}-of-\\d{5}\\.safetensors";

    private ModelWriter() {}

    /**
     * Writes all tensors in the order given; weight files of an earlier model in the directory are removed once the new ones are complete.
     *
     * @param maxShardBytes largest sum of tensor bytes in one file; a tensor larger than that gets a file to itself
     * @throws org.align4j.core.UserException if a file cannot be written; what was in the directory is then unchanged, save for a failure among the last renames
     */
    public static void write(Path directory, List<TensorEntry> tensors, long maxShardBytes) {
        List<List<TensorEntry>> shards = split(tensors, maxShardBytes);
        if (shards.size() == 1) {
            SafeTensorsWriter.write(directory.resolve(SINGLE), tensors);
            removeOthers(directory, Set.of(SINGLE));
            return;
        }
        if (shards.size() > 99_999) {
            throw new IllegalArgumentException("shards of " + maxShardBytes + " bytes would make " + shards.size() + " files; choose larger ones");
        }
        // All shards are complete on the disk before the first takes the place of an older one.
        Path staging = AtomicFiles.temporaryFor(directory.resolve(SINGLE));
        try {
            Files.createDirectory(staging);
            Set<String> written = writeShards(staging, shards);
            for (String name : written) {
                Files.move(staging.resolve(name), directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            }
            AtomicFiles.syncDirectory(directory);
            AtomicFiles.writeString(directory.resolve(INDEX), index(shards, List.copyOf(written)));
            written.add(INDEX);
            removeOthers(directory, written);
        } catch (IOException e) {
            throw IoFailures.of("write", directory, e);
        } finally {
            AtomicFiles.deleteQuietly(staging);
        }
    }

    private static Set<String> writeShards(Path staging, List<List<TensorEntry>> shards) {
        Set<String> written = new LinkedHashSet<>();
        for (int i = 0; i < shards.size(); i++) {
            String name = String.format("model-%05d-of-%05d.safetensors", i + 1, shards.size());
            SafeTensorsWriter.write(staging.resolve(name), shards.get(i));
            written.add(name);
        }
        return written;
    }

    private static String index(List<List<TensorEntry>> shards, List<String> names) {
        Map<String, Object> weightMap = new TreeMap<>();
        long size = 0;
        for (int i = 0; i < shards.size(); i++) {
            for (TensorEntry tensor : shards.get(i)) {
                weightMap.put(tensor.name(), names.get(i));
                size += tensor.bytes();
            }
        }
        Map<String, Object> index = new LinkedHashMap<>();
        index.put("metadata", Map.of("total_size", size));
        index.put("weight_map", weightMap);
        return StrictJson.write(index, 2) + "\n";
    }

    private static List<List<TensorEntry>> split(List<TensorEntry> tensors, long maxShardBytes) {
        if (maxShardBytes < 1) {
            throw new IllegalArgumentException("maxShardBytes must be positive, found " + maxShardBytes);
        }
        List<List<TensorEntry>> shards = new ArrayList<>();
        shards.add(new ArrayList<>());
        long size = 0;
        for (TensorEntry tensor : tensors) {
            List<TensorEntry> last = shards.get(shards.size() - 1);
            if (!last.isEmpty() && tensor.bytes() > maxShardBytes - size) {
                last = new ArrayList<>();
                shards.add(last);
                size = 0;
            }
            last.add(tensor);
            size = Math.addExact(size, tensor.bytes());
        }
        return shards;
    }

    /** A reader takes model.safetensors before an index, so leftovers of another layout would shadow or contradict what was just written. */
    private static void removeOthers(Path directory, Set<String> keep) {
        List<Path> stale = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (!keep.contains(name) && (name.equals(SINGLE) || name.equals(INDEX) || name.matches(SHARD))) {
                    stale.add(entry);
                }
            }
        } catch (IOException e) {
            throw IoFailures.of("read directory", directory, e);
        }
        stale.forEach(AtomicFiles::deleteTree);
    }
}
