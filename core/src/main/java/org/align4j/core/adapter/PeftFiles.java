package org.align4j.core.adapter;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backend;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.io.DType;
import org.align4j.core.io.SafeTensorsFile;
import org.align4j.core.io.SafeTensorsWriter;
import org.align4j.core.io.TensorEntry;
import org.align4j.core.io.TensorInfo;
import org.align4j.core.model.ParameterLayout.Slot;
import org.align4j.core.model.WeightFiles;
import org.align4j.core.model.config.ModelConfig;

/**
 * Adapter directories in the layout of Hugging Face's PEFT: {@code adapter_config.json} and {@code adapter_model.safetensors}, whose names are
 * {@code base_model.model.<layer>.lora_A.weight} [rank, in], {@code .lora_B.weight} [out, rank] and, with DoRA,
 * {@code .lora_magnitude_vector} [out]. Values are written as float32, so that reading gives back the same bits.
 */
public final class PeftFiles {
    /** The tensors of an adapter directory. */
    public static final String WEIGHTS = "adapter_model.safetensors";
    private static final String PREFIX = "base_model.model.";

    private PeftFiles() {}

    /**
     * Writes both files into an existing directory.
     *
     * @param baseModel name or path of the base model, or null
     */
    public static void write(Path directory, LoraAdapter adapter, String baseModel) throws IOException {
        SafeTensorsWriter.write(directory.resolve(WEIGHTS), entries(adapter));
        String json = new PeftConfig(adapter.named(), adapter.transposed(), baseModel).toJson();
        Files.write(directory.resolve(PeftConfig.NAME), json.getBytes(StandardCharsets.UTF_8));
    }

    /** Publishes a complete adapter directory at once. */
    public static void publish(Path directory, LoraAdapter adapter, String baseModel) {
        AtomicFiles.replaceDirectory(directory, dir -> write(dir, adapter, baseModel));
    }

    /**
     * Reads an adapter of a model.
     *
     * @param trainable whether it is to have gradients
     * @throws UserException naming the field, or the tensor and what is wrong with it
     */
    public static LoraAdapter read(Path directory, ModelConfig model, Backend backend, boolean trainable) {
        PeftConfig config = config(directory);
        LoraAdapter adapter = LoraAdapter.empty(config.lora(), model, backend, trainable);
        boolean done = false;
        try {
            load(directory.resolve(WEIGHTS), adapter);
            done = true;
            return adapter;
        } finally {
            if (!done) {
                adapter.close();
            }
        }
    }

    /** The settings an adapter directory holds. */
    public static LoraConfig settings(Path directory) {
        return config(directory).lora();
    }

    private static PeftConfig config(Path directory) {
        Path file = directory.resolve(PeftConfig.NAME);
        if (!Files.isRegularFile(file) || !Files.isRegularFile(directory.resolve(WEIGHTS))) {
            throw new UserException(directory + " is no adapter: " + PeftConfig.NAME + " and " + WEIGHTS + " are required. Name a directory as PEFT writes it.");
        }
        try {
            return PeftConfig.parse(Files.readAllBytes(file), file);
        } catch (IOException e) {
            throw new UserException("Cannot read " + file + ": " + e.getMessage() + ". Grant access, or fetch it again.", e);
        }
    }

    /** Fills an adapter from a file of its own tensors. */
    public static void load(Path file, LoraAdapter into) {
        try (SafeTensorsFile source = SafeTensorsFile.open(file)) {
            Map<String, String> stored = new HashMap<>();
            for (Slot slot : into.values().layout().slots()) {
                String name = PREFIX + slot.name();
                TensorInfo found = source.tensors().get(name);
                int[] shape = slot.parameter().shape();
                if (found == null) {
                    throw new UserException(file + ": tensor " + name + " is missing; its configuration asks for it. Fetch or write the adapter again.");
                }
                if (!found.hasShape(shape)) {
                    throw new UserException(file + ": tensor " + found + " must have the shape " + java.util.Arrays.toString(shape)
                            + " for this model and rank; the adapter belongs to another model, or its configuration to another adapter.");
                }
                stored.put(slot.name(), name);
            }
            for (String name : source.tensors().keySet()) {
                if (!stored.containsValue(name)) {
                    throw new UserException(file + ": tensor " + name + " is none of this adapter's: its configuration does not lead to it, or this model has no"
                            + " such layer. Adapters of embeddings and heads are not supported.");
                }
            }
            WeightFiles.load(source, into.values(), stored);
        }
    }

    /** What the tensor file holds, in the order of the model's layers. */
    static List<TensorEntry> entries(LoraAdapter adapter) {
        List<TensorEntry> list = new ArrayList<>();
        for (Slot s : adapter.values().layout().slots()) {
            list.add(TensorEntry.of(PREFIX + s.name(), DType.F32, s.parameter().shape(),
                    (offset, dst, count) -> WeightFiles.read(adapter.values(), s.name(), offset, dst, count)));
        }
        return list;
    }
}
