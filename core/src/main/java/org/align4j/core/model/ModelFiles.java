package org.align4j.core.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.io.ModelWeights;
import org.align4j.core.io.ModelWriter;
import org.align4j.core.io.TensorEntry;
import org.align4j.core.model.ParameterLayout.Slot;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.model.config.WeightCheck;

/** Hugging Face model directories: read as they are, written back the same way. */
public final class ModelFiles {
    /** Weights beyond this go to several files. */
    public static final long SHARD = 5_000_000_000L;
    /** Whatever else a model directory holds that describes text. */
    private static final List<String> COMPANIONS = List.of("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
            "vocab.json", "merges.txt", "tokenizer.model", "chat_template.jinja", "generation_config.json");

    private ModelFiles() {}

    /** Reads a model's weights into fresh parameters of a backend. */
    public static Parameters load(Backend backend, ModelConfig config, Path directory) {
        return load(backend, config, directory, DType.F32);
    }

    public static Parameters load(Backend backend, ModelConfig config, Path directory, DType dtype) {
        return load(config, directory, () -> new Parameters(backend, new ParameterLayout(config), dtype));
    }

    /**
     * Reads a model's weights with linear layers in four bits, for a frozen base under an adapter.
     *
     * @param dtype type of embeddings and head
     */
    public static Parameters loadNf4(Backend backend, ModelConfig config, Path directory, DType dtype) {
        return load(config, directory, () -> Parameters.nf4(backend, new ParameterLayout(config), dtype));
    }

    private static Parameters load(ModelConfig config, Path directory, Supplier<Parameters> empty) {
        try (ModelWeights weights = ModelWeights.open(directory)) {
            Map<String, String> names = WeightCheck.match(config, weights);
            Parameters p = empty.get();
            WeightFiles.load(weights, p, names);
            return p;
        }
    }

    /** The type a configuration says its weights are stored in; float32 where it says nothing. */
    public static org.align4j.core.io.DType storedType(ModelConfig config) {
        Object name = config.raw().getOrDefault("dtype", config.raw().get("torch_dtype"));
        if ("bfloat16".equals(name)) {
            return org.align4j.core.io.DType.BF16;
        }
        return "float16".equals(name) ? org.align4j.core.io.DType.F16 : org.align4j.core.io.DType.F32;
    }

    /** Entries for writing parameters, names prefixed. */
    public static List<TensorEntry> entries(Parameters p, org.align4j.core.io.DType dtype, String prefix) {
        if (p.quantized()) {
            throw new IllegalStateException("Weights in four bits are not written: the model they came from is on disk already");
        }
        List<TensorEntry> list = new ArrayList<>();
        for (Slot s : p.layout().slots()) {
            list.add(TensorEntry.of(prefix + s.name(), dtype, s.parameter().shape(),
                    (offset, dst, count) -> WeightFiles.read(p, s.name(), offset, dst, count)));
        }
        return list;
    }

    /** Writes configuration and weights into an existing directory. */
    public static void write(Path directory, ModelConfig config, Parameters p, org.align4j.core.io.DType dtype) throws IOException {
        ModelWriter.write(directory, entries(p, dtype, ""), SHARD);
        String name = switch (dtype) {
            case BF16 -> "bfloat16";
            case F16 -> "float16";
            default -> "float32";
        };
        Files.writeString(directory.resolve("config.json"), config.withStoredType(name).toJson());
    }

    /**
     * Publishes a complete model directory at once.
     *
     * @param companions directory the tokenizer's files are copied from, or null
     */
    public static void publish(Path directory, ModelConfig config, Parameters p, org.align4j.core.io.DType dtype, Path companions) {
        AtomicFiles.replaceDirectory(directory, dir -> {
            write(dir, config, p, dtype);
            if (companions != null) {
                copyCompanions(companions, dir);
            }
        });
    }

    /** Copies whatever of a model directory describes text. */
    public static void copyCompanions(Path from, Path to) throws IOException {
        for (String name : COMPANIONS) {
            Path file = from.resolve(name);
            if (Files.isRegularFile(file)) {
                Files.copy(file, to.resolve(name), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
