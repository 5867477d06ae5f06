package org.align4j.core.merge;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.UserException;
import org.align4j.core.adapter.LoraConfig;
import org.align4j.core.adapter.PeftFiles;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.io.Digests;
import org.align4j.core.io.SafeTensorsFile;
import org.align4j.core.io.SafeTensorsWriter;
import org.align4j.core.io.TensorInfo;
import org.align4j.core.io.internal.StrictJson;

/**
 * Low-rank adapters of one model made one adapter, with s_i the factor on adapter i's B·A:
 *
 * <ul>
 * <li>by concatenation the exact weighted sum Σ c_i·s_i·B_i·A_i, at the sum of the ranks: the rows of all c_i·s_i·A_i, the columns of all B_i; c_i = w_i, with
 * normalize w_i/Σ w_j;
 * <li>linearly, A = Σ c_i·√s_i·A_i and B = Σ c_i·√s_i·B_i at the same rank. Their product has cross terms B_i·A_j, so it is not the weighted sum. With c_i = √w_i
 * this is PEFT's {@code add_weighted_adapter}, which makes (Σ √w_i)² times the adapter of equal ones: twice of two with weights ½. With normalize
 * c_i = √w_i/Σ √w_j, which divides PEFT's product by just that.
 * </ul>
 *
 * <p>The result has alpha = rank, which makes its own factor 1. Its factors are made a piece at a time while they are written.
 *
 * @param adapters    PEFT directories of LoRA or rsLoRA adapters, at least one; all of the same layers, linearly also of the same rank
 * @param weights     one per adapter; linearly above 0
 * @param concatenate whether factors are laid side by side rather than added
 * @param normalize   whether an adapter merged with itself is itself
 */
public record AdapterMerge(List<Path> adapters, List<Double> weights, boolean concatenate, boolean normalize) implements MergeTask {
    private static final String CONFIG = "adapter_config.json";

    public AdapterMerge {
        adapters = List.copyOf(adapters);
        weights = List.copyOf(weights);
        if (adapters.isEmpty() || adapters.size() != weights.size()) {
            throw new IllegalArgumentException("adapters need one weight each: " + adapters.size() + " adapters, found " + weights.size() + " weights");
        }
        for (double w : weights) {
            if (!Double.isFinite(w) || !concatenate && w <= 0) {
                throw new IllegalArgumentException("the weight of an adapter must be " + (concatenate ? "finite" : "above 0, for its root is taken; cat takes any") + ", found " + w);
            }
        }
        if (normalize && Math.abs(sum(weights)) < 1e-8) {
            throw new IllegalArgumentException("the weights add up to " + sum(weights) + ", by which they cannot be divided; give others, or normalize: false");
        }
    }

    private static double sum(List<Double> values) {
        return values.stream().mapToDouble(v -> v).sum();
    }

    /** c_i of every adapter. */
    List<Double> coefficients() {
        List<Double> c = concatenate ? weights : weights.stream().map(Math::sqrt).toList();
        double sum = normalize ? sum(c) : 1;
        return c.stream().map(x -> x / sum).toList();
    }

    /** What multiplies the effect of an adapter that is merged with itself; 1 with normalize. */
    public double total() {
        double sum = normalize ? 1 : sum(coefficients());
        return concatenate ? sum : sum * sum;
    }

    /** Whether a directory holds an adapter and no model. */
    public static boolean isAdapter(Path directory) {
        return Files.isRegularFile(directory.resolve(CONFIG)) && !Files.isRegularFile(directory.resolve("config.json"));
    }

    /**
     * Checks that the adapters fit each other.
     *
     * @return the rank of the result
     * @throws UserException naming what does not fit
     */
    public int check() {
        LoraConfig first = PeftFiles.settings(adapters.get(0));
        int ranks = 0;
        for (Path adapter : adapters) {
            LoraConfig c = PeftFiles.settings(adapter);
            if (c.dora()) {
                throw new UserException("The adapter " + adapter + " is a DoRA adapter, whose effect is not a sum. Merge models with their adapters instead: model+adapter.");
            }
            if (!concatenate && c.rank() != first.rank()) {
                throw new UserException("The adapters " + adapters.get(0) + " and " + adapter + " have the ranks " + first.rank() + " and " + c.rank()
                        + ", whose factors cannot be added. Use cat, which lays them side by side.");
            }
            Object a = json(adapters.get(0)).get("base_model_name_or_path");
            Object b = json(adapter).get("base_model_name_or_path");
            if (a != null && b != null && !Objects.equals(a, b)) {
                throw new UserException("The adapters " + adapters.get(0) + " and " + adapter + " belong to different models: " + a + " and " + b + ".");
            }
            ranks += c.rank();
        }
        try (AdapterTensors opened = new AdapterTensors(this, MergeListener.NONE)) {
            List<SafeTensorsFile> files = opened.files();
            for (int i = 0; i < files.size(); i++) {
                requireRank(files.get(i), PeftFiles.settings(adapters.get(i)).rank());
            }
            for (TensorInfo t : files.get(0).tensors().values()) {
                for (int i = 1; i < adapters.size(); i++) {
                    fits(t, files.get(0), files.get(i));
                }
            }
        }
        return concatenate ? ranks : first.rank();
    }

    private static void requireRank(SafeTensorsFile file, int rank) {
        for (TensorInfo t : file.tensors().values()) {
            boolean factor = AdapterTensors.a(t) || t.name().contains(".lora_B.");
            if (!factor || t.shape().length != 2 || t.shape()[AdapterTensors.a(t) ? 0 : 1] != rank) {
                throw new UserException(file.path() + ": the tensor " + t.name() + " has the shape " + Arrays.toString(t.shape()) + " and is no factor of rank " + rank
                        + ", which " + CONFIG + " says. Only low-rank factors of linear layers can be merged.");
            }
        }
    }

    private void fits(TensorInfo t, SafeTensorsFile first, SafeTensorsFile other) {
        TensorInfo o = other.tensors().get(t.name());
        int wide = AdapterTensors.a(t) ? 1 : 0;
        boolean same = o != null && o.shape().length == 2 && t.shape().length == 2 && o.shape()[wide] == t.shape()[wide];
        if (!same || first.tensors().size() != other.tensors().size()) {
            throw new UserException(first.path() + " and " + other.path() + " must adapt the same layers of one model; the second has " + other.tensors().size()
                    + " tensors, the first " + first.tensors().size() + ", and " + t.name() + (same ? " fits" : " does not fit") + ".");
        }
    }

    /**
     * Writes the adapter. The directory appears when all of it is there.
     *
     * @param out must not exist
     * @throws MergeStopped  when the listener asked for it; nothing is left
     * @throws UserException when a value is not finite, naming the tensor, or a file cannot be written
     */
    public void write(Path out, MergeListener listener) {
        if (Files.exists(out)) {
            throw new UserException(out + " exists already and would be lost. Choose another directory, or remove it.");
        }
        int rank = check();
        AtomicFiles.createDirectories(out.toAbsolutePath().getParent());
        AtomicFiles.directory(out, dir -> {
            try (AdapterTensors tensors = new AdapterTensors(this, listener)) {
                SafeTensorsWriter.write(dir.resolve(PeftFiles.WEIGHTS), tensors.entries(rank));
            }
            Map<String, Object> config = new LinkedHashMap<>(json(adapters.get(0)));
            config.put("r", (long) rank);
            config.put("lora_alpha", (long) rank);
            config.put("use_rslora", false);
            Files.writeString(dir.resolve(CONFIG), StrictJson.write(config, 2) + "\n");
            Files.writeString(dir.resolve(ModelMerge.RECORD), StrictJson.write(record(), 2) + "\n");
        });
    }

    private Map<String, Object> record() {
        Map<String, Object> record = new LinkedHashMap<>();
        record.put("merge_method", concatenate ? "cat" : "linear");
        record.put("parameters", Map.of("normalize", normalize));
        List<Object> models = new ArrayList<>();
        for (int i = 0; i < adapters.size(); i++) {
            Map<String, Object> m = new LinkedHashMap<>();
            m.put("adapter", adapters.get(i).toString());
            m.put("adapter_sha256", Digests.sha256(adapters.get(i).resolve(PeftFiles.WEIGHTS)));
            m.put("weight", weights.get(i));
            models.add(m);
        }
        record.put("models", models);
        return record;
    }

    private static Map<String, Object> json(Path adapter) {
        Path file = adapter.resolve(CONFIG);
        try {
            return StrictJson.object(Files.readAllBytes(file), file.toString());
        } catch (IOException e) {
            throw new UserException("Cannot read " + file + ": " + e.getMessage() + ". Grant access, or fetch it again.", e);
        }
    }
}
