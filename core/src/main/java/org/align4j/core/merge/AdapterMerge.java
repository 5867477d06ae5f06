package org.align4j.core.merge;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.UserException;
import org.align4j.core.adapter.LoraConfig;
import org.align4j.core.adapter.PeftFiles;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.io.DType;
import org.align4j.core.io.Digests;
import org.align4j.core.io.FloatSource;
import org.align4j.core.io.SafeTensorsFile;
import org.align4j.core.io.SafeTensorsWriter;
import org.align4j.core.io.TensorEntry;
import org.align4j.core.io.TensorInfo;
import org.align4j.core.io.internal.StrictJson;

/**
 * Low-rank adapters of one model made one adapter, with s_i the factor on adapter i's B·A:
 *
 * <ul>
 * <li>by concatenation the exact weighted sum Σ w_i·s_i·B_i·A_i, at the sum of the ranks: the rows of all w_i·s_i·A_i, the columns of all B_i;
 * <li>linearly, as PEFT's {@code add_weighted_adapter} has it, A = Σ √(w_i·s_i)·A_i and B = Σ √(w_i·s_i)·B_i at the same rank. Their product has cross terms
 * B_i·A_j, so it is not the weighted sum; two copies of one adapter with weights that add up to 1 do not give that adapter back.
 * </ul>
 *
 * <p>The result has alpha = rank, which makes its own factor 1.
 *
 * @param adapters    PEFT directories of LoRA or rsLoRA adapters, at least one; all of the same layers, linearly also of the same rank
 * @param weights     one per adapter; linearly above 0
 * @param concatenate whether factors are laid side by side rather than added
 */
public record AdapterMerge(List<Path> adapters, List<Double> weights, boolean concatenate) implements MergeTask {
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
        try (Opened files = new Opened(adapters)) {
            for (TensorInfo t : files.get(0).tensors().values()) {
                for (int i = 1; i < adapters.size(); i++) {
                    fits(t, files.get(0), files.get(i));
                }
            }
        }
        return concatenate ? ranks : first.rank();
    }

    private void fits(TensorInfo t, SafeTensorsFile first, SafeTensorsFile other) {
        TensorInfo o = other.tensors().get(t.name());
        int wide = t.name().contains(".lora_A.") ? 1 : 0;
        boolean same = o != null && o.shape().length == 2 && t.shape().length == 2 && o.shape()[wide] == t.shape()[wide];
        if (!same || first.tensors().size() != other.tensors().size()) {
            throw new UserException(first.path() + " and " + other.path() + " must adapt the same layers of one model; the second has " + other.tensors().size()
                    + " tensors, the first " + first.tensors().size() + ", and " + t.name() + (same ? " fits" : " does not fit") + ".");
        }
    }

    /** Writes the adapter; the directory must not exist. */
    public void write(Path out) {
        if (Files.exists(out)) {
            throw new UserException(out + " exists already and would be lost. Choose another directory, or remove it.");
        }
        int rank = check();
        AtomicFiles.createDirectories(out.toAbsolutePath().getParent());
        AtomicFiles.directory(out, dir -> {
            try (Opened files = new Opened(adapters)) {
                SafeTensorsWriter.write(dir.resolve(PeftFiles.WEIGHTS), entries(files, rank));
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

    private List<TensorEntry> entries(Opened files, int rank) {
        List<TensorEntry> entries = new ArrayList<>();
        for (TensorInfo t : files.get(0).tensors().values()) {
            boolean a = t.name().contains(".lora_A.");
            long[] shape = a ? new long[] {rank, t.shape()[1]} : new long[] {t.shape()[0], rank};
            float[] values = concatenate ? concatenated(files, t.name(), a, shape) : added(files, t.name(), Math.toIntExact(t.elements()));
            entries.add(new TensorEntry(t.name(), DType.F32, shape, FloatSource.of(values)));
        }
        return entries;
    }

    private float[] added(Opened files, String name, int n) {
        double[] sum = new double[n];
        for (int i = 0; i < adapters.size(); i++) {
            double c = Math.sqrt(weights.get(i) * PeftFiles.settings(adapters.get(i)).scaling());
            float[] x = files.read(i, name);
            for (int e = 0; e < n; e++) {
                sum[e] += c * x[e];
            }
        }
        float[] out = new float[n];
        for (int e = 0; e < n; e++) {
            out[e] = (float) sum[e];
        }
        return out;
    }

    private float[] concatenated(Opened files, String name, boolean a, long[] shape) {
        float[] out = new float[Math.toIntExact(shape[0] * shape[1])];
        int at = 0;
        for (int i = 0; i < adapters.size(); i++) {
            LoraConfig c = PeftFiles.settings(adapters.get(i));
            float[] x = files.read(i, name);
            if (a) {
                for (int e = 0; e < x.length; e++) {
                    out[at + e] = (float) (weights.get(i) * c.scaling() * x[e]);
                }
                at += x.length;
            } else {
                for (int row = 0; row < shape[0]; row++) {
                    System.arraycopy(x, row * c.rank(), out, (int) (row * shape[1]) + at, c.rank());
                }
                at += c.rank();
            }
        }
        return out;
    }

    private static Map<String, Object> json(Path adapter) {
        Path file = adapter.resolve(CONFIG);
        try {
            return StrictJson.object(Files.readAllBytes(file), file.toString());
        } catch (IOException e) {
            throw new UserException("Cannot read " + file + ": " + e.getMessage() + ". Grant access, or fetch it again.", e);
        }
    }

    /** The tensor files of all adapters. */
    private static final class Opened implements AutoCloseable {
        private final List<SafeTensorsFile> all = new ArrayList<>();

        Opened(List<Path> adapters) {
            try {
                adapters.forEach(dir -> all.add(SafeTensorsFile.open(dir.resolve(PeftFiles.WEIGHTS))));
            } catch (RuntimeException e) {
                close();
                throw e;
            }
        }

        SafeTensorsFile get(int i) {
            return all.get(i);
        }

        float[] read(int i, String name) {
            float[] x = new float[Math.toIntExact(all.get(i).tensors().get(name).elements())];
            all.get(i).read(name, 0, x, 0, x.length);
            for (float v : x) {
                if (!Float.isFinite(v)) {
                    throw new UserException(all.get(i).path() + ": the tensor " + name + " holds " + v + "; train the adapter again.");
                }
            }
            return x;
        }

        @Override
        public void close() {
            all.forEach(SafeTensorsFile::close);
        }
    }
}
