package org.align4j.rewardmodels.head;

import java.util.List;
import java.util.random.RandomGenerator;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A small network that turns hidden states into rewards, values or attributes: a Deeplearning4j network, trained from outside by the gradient of whatever
 * is computed from its outputs, which it hands on as the gradient of the hidden states.
 *
 * <p>Rows are plain arrays, row after row. Gradients add up over {@link #backward} until {@link #clearGradients}; {@link HeadOptimizer} uses them. Not for
 * several threads.
 */
public final class RewardHead implements AutoCloseable {
    private final HeadSettings settings;
    private final MultiLayerNetwork network;
    private final KeyedDropout dropout;
    private final INDArray flat;
    private final float[] gradients;
    private INDArray input;
    /** What the layers gave; a layer's output is the next one's input on the way back. */
    private List<INDArray> activations = List.of();

    /**
     * A new head, near 0: the last layer's weights have a standard deviation of 1/(hidden size + 1), the pooler's of 1/√(hidden size); biases are 0.
     *
     * @param init the seed's stream for it
     */
    public RewardHead(HeadSettings settings, RandomGenerator init) {
        this(settings, drawn(settings, init));
    }

    /** A head with given parameters, in the order of {@link HeadPart#of}. */
    public RewardHead(HeadSettings settings, float[] parameters) {
        if (parameters.length != settings.parameters()) {
            throw new IllegalArgumentException("A head of " + settings + " has " + settings.parameters() + " parameters, found " + parameters.length);
        }
        this.settings = settings;
        dropout = settings.dropout() > 0 ? new KeyedDropout(settings.dropout()) : null;
        flat = Rows.of(parameters.clone(), 1, parameters.length);
        network = new MultiLayerNetwork(configuration(settings, dropout));
        network.init(flat, false);
        gradients = new float[parameters.length];
    }

    private static MultiLayerConfiguration configuration(HeadSettings s, KeyedDropout dropout) {
        DenseLayer.Builder last = new DenseLayer.Builder().nIn(s.hiddenSize()).nOut(s.outputs()).hasBias(s.bias()).activation(Activation.IDENTITY);
        if (dropout != null) {
            last.dropOut(dropout);
        }
        var builder = new NeuralNetConfiguration.Builder().dataType(DataType.FLOAT)
                .trainingWorkspaceMode(WorkspaceMode.ENABLED).inferenceWorkspaceMode(WorkspaceMode.ENABLED).list();
        if (s.pooler()) {
            builder.layer(new DenseLayer.Builder().nIn(s.hiddenSize()).nOut(s.hiddenSize()).activation(Activation.TANH).build());
        }
        return builder.layer(last.build()).build();
    }

    private static float[] drawn(HeadSettings s, RandomGenerator init) {
        float[] w = new float[s.parameters()];
        for (HeadPart part : HeadPart.of(s)) {
            if (part.matrix()) {
                double deviation = part.name().startsWith("pooler") ? 1 / Math.sqrt(s.hiddenSize()) : 1.0 / (s.hiddenSize() + 1);
                for (int i = 0; i < part.size(); i++) {
                    w[part.offset() + i] = (float) (deviation * init.nextGaussian());
                }
            }
        }
        return w;
    }

    public HeadSettings settings() {
        return settings;
    }

    /** Names, shapes and places of the parameters. */
    public List<HeadPart> parts() {
        return HeadPart.of(settings);
    }

    private int count(float[] rows, int width) {
        if (rows.length % width != 0) {
            throw new IllegalArgumentException("Rows of " + width + " values are required, found " + rows.length + " values");
        }
        return rows.length / width;
    }

    /** Outputs for hidden states, without dropout, each computed alone: the same bits whatever the other rows are. */
    public float[] score(float[] rows) {
        int d = settings.hiddenSize();
        int n = count(rows, d);
        float[] out = new float[n * settings.outputs()];
        for (int i = 0; i < n; i++) {
            float[] r = run(java.util.Arrays.copyOfRange(rows, i * d, (i + 1) * d), 1, null, false);
            System.arraycopy(r, 0, out, i * r.length, r.length);
        }
        return out;
    }

    /** Outputs for hidden states, all rows together and without dropout; {@link #backward} may follow. */
    public float[] forward(float[] rows) {
        return forward(rows, null);
    }

    /**
     * Outputs for hidden states, all rows together; {@link #backward} may follow.
     *
     * @param keys a name for every row, from which its dropout follows; null: no dropout
     */
    public float[] forward(float[] rows, long[] keys) {
        int n = count(rows, settings.hiddenSize());
        if (keys != null && keys.length != n) {
            throw new IllegalArgumentException("One key per row is required, found " + keys.length + " for " + n + " rows");
        }
        return n == 0 ? new float[0] : run(rows, n, keys, true);
    }

    private float[] run(float[] rows, int n, long[] keys, boolean keep) {
        forget();
        if (dropout != null) {
            dropout.keys(keys);
        }
        input = Rows.of(rows, n, settings.hiddenSize());
        network.setInput(input);
        activations = network.feedForward(keep, false);
        float[] out = Rows.values(activations.get(activations.size() - 1));
        if (!keep) {
            forget();
        }
        return out;
    }

    /**
     * Adds the gradients of the parameters, after {@link #forward}.
     *
     * @param gradient ∂loss/∂output of every row
     * @return ∂loss/∂(hidden state) of every row
     */
    public float[] backward(float[] gradient) {
        if (gradient.length == 0) {
            return new float[0];
        }
        int n = count(gradient, settings.outputs());
        if (input == null || input.rows() != n) {
            throw new IllegalStateException("A backward pass of " + n + " rows needs a forward pass of as many before it"
                    + (input == null ? "" : ", that one had " + input.rows()));
        }
        try (INDArray epsilon = Rows.of(gradient, n, settings.outputs())) {
            Pair<?, INDArray> result = network.backpropGradient(epsilon, null);
            float[] found = network.getFlattenedGradients().data().asFloat();
            for (int i = 0; i < gradients.length; i++) {
                gradients[i] += found[i];
            }
            float[] out = Rows.values(result.getSecond());
            if (result.getSecond().closeable()) {
                result.getSecond().close();
            }
            return out;
        } finally {
            forget();
        }
    }

    private void forget() {
        if (input != null) {
            network.clear();
            for (INDArray a : activations) {
                if (a != input && a.closeable()) {
                    a.close();
                }
            }
            activations = List.of();
            input.close();
            input = null;
        }
    }

    /** A copy of the parameters, in the order of {@link #parts}. */
    public float[] parameters() {
        return flat.data().asFloat();
    }

    /** Sets the parameters. */
    public void parameters(float[] values) {
        if (values.length != gradients.length) {
            throw new IllegalArgumentException("This head has " + gradients.length + " parameters, found " + values.length);
        }
        flat.data().setData(values);
    }

    /** The gradients added up since {@link #clearGradients}; the head's own array. */
    public float[] gradients() {
        return gradients;
    }

    public void clearGradients() {
        java.util.Arrays.fill(gradients, 0f);
    }

    @Override
    public void close() {
        forget();
        network.close();
    }
}
