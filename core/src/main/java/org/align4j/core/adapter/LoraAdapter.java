package org.align4j.core.adapter;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.align4j.core.model.Adapter;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.quant.Matrix;

/**
 * A low-rank adapter of a model, in float32. Gradients and moments exist for its parameters alone.
 *
 * <p>A second training stage has two ways to go on from an adapter. It continues the same adapter, whose {@link #frozenCopy} is then the reference;
 * or {@link #mergeInto} adds it to the base, a fresh adapter is trained, and the base with that adapter off is the reference. Neither needs a
 * second base.
 */
public final class LoraAdapter implements Adapter {
    private final LoraConfig config;
    private final boolean transposed;
    private final Map<String, LoraModule> modules = new HashMap<>();
    private final List<LoraModule> order;
    private final Parameters values;
    private final Parameters gradients;

    private LoraAdapter(LoraConfig config, boolean transposed, List<LoraModule> order, Parameters values, Parameters gradients) {
        this.config = config;
        this.transposed = transposed;
        this.order = order;
        this.values = values;
        this.gradients = gradients;
        order.forEach(m -> modules.put(m.name(), m));
    }

    /** A fresh adapter, trainable, whose start equals the base: A is drawn, B is 0, DoRA's magnitudes are the norms of the base. */
    public static LoraAdapter fresh(LoraConfig config, ModelConfig model, Parameters base, RandomGenerator random) {
        LoraAdapter adapter = empty(config, model, base.backend(), true);
        for (LoraModule m : adapter.order) {
            float bound = (float) (1 / Math.sqrt(m.inputs()));
            float[] a = new float[config.rank() * m.inputs()];
            for (int i = 0; i < a.length; i++) {
                a[i] = (2 * random.nextFloat() - 1) * bound;
            }
            base.backend().upload(adapter.values.get(m.a()), a, 0);
            if (config.dora()) {
                double[] squares = DoraNorm.squares(base.backend(), base.matrix(m.name() + ".weight"), adapter.transposed);
                float[] norms = new float[squares.length];
                for (int i = 0; i < norms.length; i++) {
                    norms[i] = (float) Math.sqrt(squares[i]);
                }
                base.backend().upload(adapter.values.get(m.magnitude()), norms, 0);
            }
        }
        return adapter;
    }

    /** An adapter all of whose values are 0, to be filled. */
    static LoraAdapter empty(LoraConfig config, ModelConfig model, Backend backend, boolean trainable) {
        List<LoraModule> order = LoraModule.targeted(model, config.targets());
        ParameterLayout layout = LoraModule.layout(order, config.rank(), config.dora());
        Parameters values = new Parameters(backend, layout, DType.F32);
        values.fill(0f);
        Parameters gradients = trainable ? new Parameters(backend, layout, DType.F32) : null;
        if (trainable) {
            gradients.fill(0f);
        }
        return new LoraAdapter(config, model.transposedWeights(), order, values, gradients);
    }

    /** Values an adapter with these settings has. */
    public static long parameters(LoraConfig config, ModelConfig model) {
        return LoraModule.layout(LoraModule.targeted(model, config.targets()), config.rank(), config.dora()).size();
    }

    public LoraConfig config() {
        return config;
    }

    /** Whether the model stores its matrices [in, out], as GPT-2 does. */
    public boolean transposed() {
        return transposed;
    }

    /** The settings with layers by name: {@code all-linear} means something only where the model is known. */
    LoraConfig named() {
        if (!config.targets().contains(LoraConfig.ALL_LINEAR)) {
            return config;
        }
        List<String> names = order.stream().map(m -> m.name().substring(m.name().lastIndexOf('.') + 1)).distinct().sorted().toList();
        return new LoraConfig(config.rank(), config.alpha(), config.dropout(), names, config.rsLora(), config.dora());
    }

    List<LoraModule> modules() {
        return order;
    }

    @Override
    public Parameters values() {
        return values;
    }

    @Override
    public Parameters gradients() {
        return gradients;
    }

    @Override
    public String description() {
        return config.toString();
    }

    @Override
    public LoraAdapter frozenCopy() {
        return new LoraAdapter(config, transposed, order, values.copy(DType.F32), null);
    }

    @Override
    public Part part(String module, Matrix base, boolean transposedBase) {
        LoraModule m = modules.get(module);
        if (m == null) {
            return null;
        }
        int in = transposedBase ? base.rows() : base.cols();
        int out = transposedBase ? base.cols() : base.rows();
        if (in != m.inputs() || out != m.outputs()) {
            throw new IllegalArgumentException("The adapter of " + module + " has " + m.inputs() + " inputs and " + m.outputs() + " outputs, the layer "
                    + in + " and " + out);
        }
        LoraPart lora = new LoraPart(values.get(m.a()), values.get(m.b()), gradient(m.a()), gradient(m.b()), config.scaling(),
                new Dropout(module, config.dropout()));
        return config.dora() ? new DoraPart(values.backend(), lora, values.get(m.magnitude()), gradient(m.magnitude()), base, transposedBase) : lora;
    }

    private Tensor gradient(String name) {
        return gradients == null ? null : gradients.get(name);
    }

    /**
     * Adds the adapter to weights: W ← W + s·B·A, or with DoRA m·(W + s·B·A)/‖W + s·B·A‖. Transformers over these weights must be made anew.
     *
     * @throws UserException for quantised weights, which would lose what is merged
     */
    public void mergeInto(Parameters base) {
        if (base.quantized()) {
            throw new UserException("An adapter cannot be merged into 4-bit weights. Load the model unquantised, and merge into that.");
        }
        for (LoraModule m : order) {
            Merge.run(base.backend(), base.get(m.name() + ".weight"), transposed, values.get(m.a()), values.get(m.b()), config.scaling(),
                    config.dora() ? values.get(m.magnitude()) : null);
        }
    }

    @Override
    public void close() {
        values.close();
        if (gradients != null) {
            gradients.close();
        }
    }
}
