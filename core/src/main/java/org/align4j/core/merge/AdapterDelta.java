package org.align4j.core.merge;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.adapter.LoraConfig;
import org.align4j.core.adapter.PeftFiles;
import org.align4j.core.io.SafeTensorsFile;
import org.align4j.core.io.TensorInfo;

/**
 * What a LoRA, rsLoRA or DoRA adapter adds to the matrices of a model, computed for the entries that are asked for: W + s·B·A, with DoRA row o times m_o/‖(W + s·B·A)_o‖.
 * The factors of one matrix are in memory at a time.
 */
final class AdapterDelta implements AutoCloseable {
    private static final String PREFIX = "base_model.model.";
    private static final String WEIGHT = ".weight";
    private final SafeTensorsFile file;
    private final LoraConfig config;
    private final boolean transposed;
    private final Map<String, Layer> layers = new LinkedHashMap<>();
    private Factors current;

    /** An adapted matrix: name without {@code .weight}, outputs and inputs. */
    private record Layer(String name, int out, int in) {}

    /** The factors of a matrix; gain is DoRA's m/norm per output, or null. */
    private record Factors(String tensor, Layer layer, float[] a, float[] b, double[] gain) {}

    /** Reads entries of the matrices that are adapted. */
    interface Base {
        void read(String name, long offset, float[] dst, int at, int count);
    }

    private AdapterDelta(SafeTensorsFile file, LoraConfig config, boolean transposed) {
        this.file = file;
        this.config = config;
        this.transposed = transposed;
    }

    /**
     * Opens an adapter directory.
     *
     * @param tensors    the model's tensors
     * @param transposed whether the model stores its matrices [in, out]
     * @throws UserException naming what does not fit
     */
    static AdapterDelta open(Path directory, Map<String, TensorInfo> tensors, boolean transposed) {
        LoraConfig config = PeftFiles.settings(directory);
        AdapterDelta delta = new AdapterDelta(SafeTensorsFile.open(directory.resolve(PeftFiles.WEIGHTS)), config, transposed);
        boolean done = false;
        try {
            delta.find(tensors);
            done = true;
            return delta;
        } finally {
            if (!done) {
                delta.close();
            }
        }
    }

    private void find(Map<String, TensorInfo> tensors) {
        int used = 0;
        for (TensorInfo a : file.tensors().values()) {
            if (!a.name().startsWith(PREFIX) || !a.name().endsWith(".lora_A.weight")) {
                continue;
            }
            String name = a.name().substring(PREFIX.length(), a.name().length() - ".lora_A.weight".length());
            TensorInfo w = tensors.get(name + WEIGHT);
            if (w == null || w.shape().length != 2) {
                throw new UserException(file.path() + ": the adapter has the layer " + name + ", the model has no such matrix. Give the adapter of this model.");
            }
            Layer layer = new Layer(name, (int) w.shape()[transposed ? 1 : 0], (int) w.shape()[transposed ? 0 : 1]);
            require(name + ".lora_A.weight", config.rank(), layer.in());
            require(name + ".lora_B.weight", layer.out(), config.rank());
            if (config.dora()) {
                require(name + ".lora_magnitude_vector", layer.out());
            }
            used += config.dora() ? 3 : 2;
            layers.put(name + WEIGHT, layer);
        }
        if (layers.isEmpty() || used != file.tensors().size()) {
            throw new UserException(file.path() + ": " + (layers.isEmpty() ? "no layer of the adapter was found" : "it has " + file.tensors().size() + " tensors, of which "
                    + used + " are factors of matrices") + ". Only low-rank adapters of linear layers can be added to a model.");
        }
    }

    private void require(String name, int... shape) {
        TensorInfo t = file.tensors().get(PREFIX + name);
        if (t == null || !t.hasShape(shape)) {
            throw new UserException(file.path() + ": the tensor " + PREFIX + name + " must have the shape " + Arrays.toString(shape) + " for this model, found "
                    + (t == null ? "none" : Arrays.toString(t.shape())) + ". Give the adapter of this model.");
        }
    }

    /** Changes entries of a matrix that were just read from the model; other tensors stay as they are. */
    void apply(String tensor, long offset, float[] values, int at, int count, Base base) {
        Layer layer = layers.get(tensor);
        if (layer != null) {
            if (current == null || !current.tensor().equals(tensor)) {
                current = null; // before the next is read
                current = load(tensor, layer, base);
            }
            add(current, offset, values, at, count, current.gain());
        }
    }

    private Factors load(String tensor, Layer layer, Base base) {
        float[] a = values(layer.name() + ".lora_A.weight");
        float[] b = values(layer.name() + ".lora_B.weight");
        Factors plain = new Factors(tensor, layer, a, b, null);
        if (!config.dora()) {
            return plain;
        }
        double[] squares = new double[layer.out()];
        long elements = (long) layer.out() * layer.in();
        int cols = transposed ? layer.out() : layer.in();
        float[] piece = new float[(int) Math.min(elements, 1 << 18)];
        for (long offset = 0; offset < elements; offset += piece.length) {
            int n = (int) Math.min(piece.length, elements - offset);
            base.read(tensor, offset, piece, 0, n);
            add(plain, offset, piece, 0, n, null);
            for (int i = 0; i < n; i++) {
                long e = offset + i;
                squares[(int) (transposed ? e % cols : e / cols)] += (double) piece[i] * piece[i];
            }
        }
        float[] m = values(layer.name() + ".lora_magnitude_vector");
        double[] gain = new double[m.length];
        for (int o = 0; o < m.length; o++) {
            gain[o] = m[o] / Math.sqrt(squares[o]);
        }
        return new Factors(tensor, layer, a, b, gain);
    }

    private float[] values(String name) {
        TensorInfo t = file.tensors().get(PREFIX + name);
        float[] v = new float[Math.toIntExact(t.elements())];
        file.read(PREFIX + name, 0, v, 0, v.length);
        for (float x : v) {
            if (!Float.isFinite(x)) {
                throw new UserException(file.path() + ": the tensor " + PREFIX + name + " holds " + x
                        + "; a model with such a value computes nothing useful. Train the adapter again.");
            }
        }
        return v;
    }

    /** A row of the stored matrix at a time: output o with all its inputs, or, transposed, input i with all outputs. */
    private void add(Factors f, long offset, float[] values, int at, int count, double[] gain) {
        int r = config.rank();
        double s = config.scaling();
        int cols = transposed ? f.layer().out() : f.layer().in();
        double[] sum = new double[Math.min(cols, count)];
        for (int done = 0; done < count; ) {
            int row = (int) ((offset + done) / cols);
            int col = (int) ((offset + done) % cols);
            int n = Math.min(cols - col, count - done);
            Arrays.fill(sum, 0, n, 0);
            for (int k = 0; k < r; k++) {
                if (transposed) {
                    double x = f.a()[k * f.layer().in() + row];
                    for (int c = 0; c < n; c++) {
                        sum[c] += x * f.b()[(col + c) * r + k];
                    }
                } else {
                    double x = f.b()[row * r + k];
                    int start = k * cols + col;
                    for (int c = 0; c < n; c++) {
                        sum[c] += x * f.a()[start + c];
                    }
                }
            }
            for (int c = 0; c < n; c++) {
                double w = values[at + done + c] + s * sum[c];
                values[at + done + c] = (float) (gain == null ? w : w * gain[transposed ? col + c : row]);
            }
            done += n;
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
