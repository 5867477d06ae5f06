package org.align4j.core.io;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.align4j.core.UserException;
import org.align4j.core.io.internal.IoFailures;
import org.align4j.core.io.internal.StrictJson;

/**
 * The weights of a Hugging Face model directory: {@code model.safetensors}, or the shards that {@code model.safetensors.index.json} lists.
 * Where both are there, the single file is taken, as the reference implementation does.
 */
public final class ModelWeights implements TensorSource {
    private static final long MAX_INDEX_BYTES = 100_000_000;
    private final Path directory;
    private final Map<String, SafeTensorsFile> files;
    private final Map<String, SafeTensorsFile> owner = new LinkedHashMap<>();
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    private Map<String, String> digests;

    private ModelWeights(Path directory, Map<String, SafeTensorsFile> files) {
        this.directory = directory;
        this.files = files;
    }

    /**
     * Opens the weights of a model; every header is checked, and with shards that index and files agree on every tensor.
     *
     * @throws UserException naming the file and the tensor
     */
    public static ModelWeights open(Path directory) {
        if (Files.exists(directory.resolve(ModelWriter.SINGLE))) {
            return open(directory, null);
        }
        Path index = directory.resolve(ModelWriter.INDEX);
        if (Files.exists(index)) {
            return open(directory, readIndex(index));
        }
        if (!Files.isDirectory(directory)) {
            throw new UserException(directory + (Files.exists(directory) ? " is not a directory" : " does not exist")
                    + "; a Hugging Face model directory is required, check the path");
        }
        boolean pickled = Files.exists(directory.resolve("pytorch_model.bin")) || Files.exists(directory.resolve("pytorch_model.bin.index.json"));
        boolean adapter = Files.exists(directory.resolve("adapter_model.safetensors"));
        throw new UserException(directory + " has neither " + ModelWriter.SINGLE + " nor " + ModelWriter.INDEX
                + (pickled ? "; it has pytorch_model.bin, which can run code when read, so save the model with safe_serialization=True"
                : adapter ? "; it holds an adapter, so give the directory of its base model" : "; check the path or finish the download"));
    }

    private static ModelWeights open(Path directory, Map<String, String> weightMap) {
        ModelWeights weights = new ModelWeights(directory, new TreeMap<>());
        boolean done = false;
        try {
            Iterable<String> names = weightMap == null ? List.of(ModelWriter.SINGLE) : new TreeSet<>(weightMap.values());
            for (String name : names) {
                SafeTensorsFile file = SafeTensorsFile.open(directory.resolve(name));
                weights.files.put(name, file);
                for (TensorInfo tensor : file.tensors().values()) {
                    weights.add(tensor, file, name, weightMap);
                }
            }
            if (weightMap != null) {
                weights.requireAll(weightMap);
            }
            done = true;
            return weights;
        } finally {
            if (!done) {
                weights.close();
            }
        }
    }

    private void add(TensorInfo tensor, SafeTensorsFile file, String fileName, Map<String, String> weightMap) {
        String name = tensor.name();
        SafeTensorsFile other = owner.putIfAbsent(name, file);
        if (other != null) {
            throw new UserException(directory + ": tensor \"" + name + "\" is in both " + other.path().getFileName() + " and " + fileName
                    + "; shards of different models seem to be mixed, fetch or write the model again");
        }
        if (weightMap != null && !fileName.equals(weightMap.get(name))) {
            throw new UserException(file.path() + ": tensor \"" + name + "\" is here, but " + ModelWriter.INDEX
                    + (weightMap.containsKey(name) ? " places it in " + weightMap.get(name) : " does not list it")
                    + "; shards of different models seem to be mixed, fetch or write the model again");
        }
        tensors.put(name, tensor);
    }

    private void requireAll(Map<String, String> weightMap) {
        weightMap.forEach((name, file) -> {
            if (!tensors.containsKey(name)) {
                throw new UserException(directory.resolve(file) + ": tensor \"" + name + "\" is missing here, though " + ModelWriter.INDEX
                        + " lists it; fetch or write the model again");
            }
        });
    }

    private static Map<String, String> readIndex(Path index) {
        Map<String, Object> json;
        try {
            long size = Files.size(index);
            if (size > MAX_INDEX_BYTES) {
                throw new UserException(index + " has " + size + " bytes, more than the " + MAX_INDEX_BYTES + " an index may have; fetch it again");
            }
            json = StrictJson.object(Files.readAllBytes(index), index.toString());
        } catch (IOException e) {
            throw IoFailures.of("read", index, e);
        }
        if (!(json.get("weight_map") instanceof Map<?, ?> map) || map.isEmpty()) {
            throw new UserException(index + ": weight_map, an object from tensor name to file name, is missing or empty; fetch or write the model again");
        }
        Map<String, String> result = new LinkedHashMap<>();
        map.forEach((name, value) -> {
            // A name from the file must not lead out of the directory.
            if (!(value instanceof String file) || !file.matches("[A-Za-z0-9_][A-Za-z0-9_.-]*\\.safetensors")) {
                throw new UserException(index + ": weight_map[\"" + name + "\"] = " + value
                        + ": the plain name of a .safetensors file in the same directory is required; fetch or write the model again");
            }
            result.put((String) name, file);
        });
        return result;
    }

    @Override
    public Path path() {
        return directory;
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public void read(String name, long elementOffset, float[] dst, int dstOffset, int count) {
        SafeTensorsFile file = owner.get(name);
        if (file == null) {
            throw new UserException(directory + ": there is no tensor \"" + name + "\" in this model; it has " + tensors.size() + " others");
        }
        file.read(name, elementOffset, dst, dstOffset, count);
    }

    /** SHA-256 of every weight file by file name, in the order of names; read once, then remembered. */
    public synchronized Map<String, String> fileDigests() {
        if (digests == null) {
            Map<String, String> result = new LinkedHashMap<>();
            files.forEach((name, file) -> result.put(name, Digests.sha256(file.path())));
            digests = Collections.unmodifiableMap(result);
        }
        return digests;
    }

    /** SHA-256 of the weights: of the file itself where there is one, of the lines "digest  name" where there are several. */
    public String digest() {
        List<String> lines = new ArrayList<>();
        fileDigests().forEach((name, digest) -> lines.add(digest + "  " + name + "\n"));
        return lines.size() == 1 ? fileDigests().values().iterator().next() : Digests.sha256(String.join("", lines).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        files.values().forEach(SafeTensorsFile::close);
    }
}
