package org.align4j.core.model;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.backend.AttentionLayout;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.RotaryTable;
import org.align4j.core.backend.Tensor;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.model.config.Position;

/**
 * A decoder-only language model over a {@link Backend}: forward to log-probabilities of target tokens, backward from their gradients.
 *
 * <p>Frozen when made without gradients. With an adapter the model's own weights are frozen and the adapter is trained. A transformer holds
 * no weights itself, so that several may share them: with an adapter, with a copy of it, without. Not for several threads.
 */
public final class Transformer implements AutoCloseable {
    private final ModelConfig config;
    private final Parameters values;
    private final Parameters gradients;
    private final Adapter adapter;
    private final Backend backend;
    private final List<Block> blocks = new ArrayList<>();
    private final NormLayer finalNorm;
    private final Head head;
    private final Tensor embedding;
    private final String embeddingName;
    private RotaryTable table;
    private String baseDigest;
    private int recomputed;
    private double temperature = 1;

    /**
     * @param values    the weights; owned by the caller
     * @param gradients where {@link ForwardPass#backward} adds, or null for a frozen model
     */
    public Transformer(ModelConfig config, Parameters values, Parameters gradients) {
        this(config, values, gradients, null);
    }

    /**
     * A model whose own weights are frozen and to whose linear layers an adapter adds.
     *
     * @param values  the weights, in any type; owned by the caller and not to be changed while an adapter is on them
     * @param adapter owned by the caller; trained when it has gradients
     */
    public static Transformer adapted(ModelConfig config, Parameters values, Adapter adapter) {
        return new Transformer(config, values, null, adapter);
    }

    private Transformer(ModelConfig config, Parameters values, Parameters gradients, Adapter adapter) {
        if (config.qkNorm()) {
            throw new org.align4j.core.UserException("Models with a norm on queries and keys (Qwen3) are not supported yet;"
                    + " Llama, Qwen2, Mistral, GPT-2 and Gemma are.");
        }
        if (gradients != null && values.quantized()) {
            throw new IllegalArgumentException("Weights in four bits cannot be trained; put an adapter on them");
        }
        this.config = config;
        this.values = values;
        this.gradients = gradients;
        this.adapter = adapter;
        this.backend = values.backend();
        Weights w = new Weights(config, values, gradients, adapter);
        for (int i = 0; i < config.layers(); i++) {
            blocks.add(w.block(i));
        }
        finalNorm = w.finalNorm();
        embeddingName = w.embeddingName();
        embedding = values.get(embeddingName);
        head = new Head(backend, values.get(w.headName()), gradients == null ? null : gradients.get(w.headName()));
    }

    public ModelConfig config() {
        return config;
    }

    public Parameters values() {
        return values;
    }

    /** What is trained: the adapter's parameters where there is an adapter, else the weights. */
    public Parameters trained() {
        return adapter == null ? values : adapter.values();
    }

    /** Gradients of {@link #trained}; null for a frozen model. */
    public Parameters gradients() {
        return adapter == null ? gradients : adapter.gradients();
    }

    /** Null for a model without one. */
    public Adapter adapter() {
        return adapter;
    }

    /** The same weights, shared and frozen, with the adapter off. */
    public Transformer base() {
        return withAdapter(null);
    }

    /** The same weights, shared and frozen, with another adapter or none (null), at the temperature set here at the moment. */
    public Transformer withAdapter(Adapter other) {
        Transformer t = new Transformer(config, values, null, other);
        t.temperature(temperature);
        return t;
    }

    /** SHA-256 of the frozen base under an adapter, computed once. */
    public String baseDigest() {
        if (baseDigest == null) {
            baseDigest = WeightFiles.digest(values);
        }
        return baseDigest;
    }

    /**
     * Lets {@link #forward} keep no more of the first {@code blocks} blocks than their input: the backward pass runs each of them forward again,
     * with the same dropout, just before it needs what the block left behind (Chen et al., <a href="https://arxiv.org/abs/1604.06174">Training Deep
     * Nets with Sublinear Memory Cost</a>, 2016). The results are the same bits.
     *
     * @param blocks 0 for none; the last block, which computes the wanted rows only, is never run again, so that the number of all blocks
     *               means all but that one
     */
    public void recompute(int blocks) {
        if (blocks < 0 || blocks > this.blocks.size()) {
            throw new IllegalArgumentException("From 0 to " + this.blocks.size() + " blocks can be computed again, found " + blocks);
        }
        recomputed = blocks;
    }

    /**
     * Makes log-probabilities, and their gradients, those of the distribution that is sampled at a temperature: logits divided by τ. What
     * {@link #step} and {@link #logits} return is not divided, nor are hidden states that are read.
     *
     * @param tau above 0; 1 until this is called
     */
    public void temperature(double tau) {
        if (!(tau > 0) || !Double.isFinite(1 / tau) || Double.isInfinite(tau)) {
            throw new IllegalArgumentException("A temperature is a number above 0, found " + tau);
        }
        temperature = tau;
    }

    /** See {@link #temperature(double)}. */
    public double temperature() {
        return temperature;
    }

    public Backend backend() {
        return backend;
    }

    Head head() {
        return head;
    }

    NormLayer finalNorm() {
        return finalNorm;
    }

    /** Tables reach as far as the longest batch seen, rounded up. */
    private RotaryTable table(int length) {
        if (config.position() != Position.ROTARY) {
            return null;
        }
        if (table == null || table.positions() < length) {
            int n = Math.max(64, Integer.highestOneBit(Math.max(1, length - 1)) * 2);
            table = RotaryTable.of(config.inverseFrequencies(), n);
        }
        return table;
    }

    /** Rows of the residual stream before the first block. */
    private Tensor embed(int[] ids, int[] positions) {
        Tensor x = backend.alloc(ids.length, config.hiddenSize());
        backend.gather(x, embedding, ids, (float) config.embeddingScale());
        if (config.position() == Position.LEARNED) {
            try (Tensor p = backend.alloc(ids.length, config.hiddenSize())) {
                backend.gather(p, values.get("transformer.wpe.weight"), positions, 1f);
                backend.add(x, p);
            }
        }
        return x;
    }

    private void checkLength(int length) {
        if (config.position() == Position.LEARNED && length > config.maxPositions()) {
            throw new org.align4j.core.UserException("A sequence of " + length + " tokens exceeds the " + config.maxPositions()
                    + " positions this model has; set max_length to at most that.");
        }
    }

    /** Log-probabilities of all targets of a batch, nothing kept. */
    public double[] logProbs(PackedBatch batch) {
        return logProbs(batch, null);
    }

    /** As {@link #logProbs(PackedBatch)} under the dropout of {@link #forward(PackedBatch, long[])}. */
    public double[] logProbs(PackedBatch batch, long[] noise) {
        try (ForwardPass pass = inspect(batch, noise)) {
            return pass.logProbs();
        }
    }

    /** Forward pass under the dropout of {@link #forward(PackedBatch, long[])} that keeps nothing and cannot be followed by a backward pass. Close it. */
    public ForwardPass inspect(PackedBatch batch, long[] noise) {
        return run(batch, noise, false);
    }

    /** Forward pass that can be followed by a backward pass, without dropout. Close it. */
    public ForwardPass forward(PackedBatch batch) {
        return forward(batch, null);
    }

    /**
     * Forward pass that can be followed by a backward pass. Close it.
     *
     * @param noise one number for every group, from which its dropout masks follow however groups are packed; null: no dropout
     */
    public ForwardPass forward(PackedBatch batch, long[] noise) {
        if (gradients() == null) {
            throw new IllegalStateException("This model is frozen: it was made without gradients");
        }
        return run(batch, noise, true);
    }

    private ForwardPass run(PackedBatch batch, long[] noise, boolean keep) {
        checkLength(batch.length());
        Sequence seq = new Sequence(batch.positions(), table(batch.length()), batch.layout(config.slidingWindow()),
                adapter == null || noise == null ? null : batch.rowKeys(noise));
        List<Block.Saved> saved = new ArrayList<>();
        Tensor x = embed(batch.ids(), batch.positions());
        for (int i = 0; i < blocks.size(); i++) {
            Block.Saved s = keep ? new Block.Saved() : null;
            if (keep) {
                saved.add(s);
            }
            if (keep && again(i)) {
                s.x = x;
                // The block closes what it is given and does not keep; closing a view does nothing.
                x = blocks.get(i).forward(backend, x.rows(0, x.rows()), seq, null, null, null);
            } else {
                x = blocks.get(i).forward(backend, x, seq, s, null, i == blocks.size() - 1 ? batch.wanted() : null);
            }
        }
        return new ForwardPass(this, batch, seq, saved, x, keep);
    }

    /** Whether a block keeps its input alone. */
    private boolean again(int block) {
        return block < Math.min(recomputed, blocks.size() - 1);
    }

    /** The normalised states of the given rows after all blocks, which are this model's or packed ones; it runs new tokens against a cache. Close them. */
    Tensor states(List<Block> blocks, int[] ids, int[] positions, AttentionLayout layout, KvCache cache, int[] rows) {
        int length = 0;
        for (int p : positions) {
            length = Math.max(length, p + 1);
        }
        checkLength(length);
        Sequence seq = new Sequence(positions, table(length), new AttentionLayout(layout.segments(), config.slidingWindow()), null);
        Tensor x = embed(ids, positions);
        for (int i = 0; i < blocks.size(); i++) {
            x = blocks.get(i).forward(backend, x, seq, null, cache == null ? null : cache.layer(i), i == blocks.size() - 1 ? rows : null);
        }
        Tensor normed = backend.alloc(rows.length, config.hiddenSize());
        try (Tensor picked = x; Tensor stats = finalNorm.stats(backend, rows.length)) {
            finalNorm.forward(backend, normed, picked, stats);
        }
        return normed;
    }

    List<Block> blocks() {
        return blocks;
    }

    /** Logits after some rows of a batch, row after row: rows × vocabulary values. */
    public float[] logits(PackedBatch batch, int[] rows) {
        try (Tensor states = states(blocks, batch.ids(), batch.positions(), batch.layout(config.slidingWindow()), null, rows)) {
            return head.logits(states);
        }
    }

    /** Logits of every position of one sequence, for comparison with other implementations: length × vocabulary values. */
    public float[] logits(int[] ids) {
        int[] positions = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            positions[i] = i;
        }
        AttentionLayout layout = new AttentionLayout(List.of(new AttentionLayout.Segment(0, ids.length, 0, 0, 0, ids.length)), 0);
        try (Tensor states = states(blocks, ids, positions, layout, null, positions)) {
            return head.logits(states);
        }
    }

    /** Gradient of the loss with respect to the wanted rows after the last block is taken down to the embeddings; it is closed. */
    void backward(Tensor dLast, PackedBatch batch, Sequence seq, List<Block.Saved> saved) {
        Tensor dx = dLast;
        for (int i = blocks.size() - 1; i >= 0; i--) {
            if (again(i)) {
                blocks.get(i).forward(backend, saved.get(i).x, seq, saved.get(i), null, null).close();
            }
            dx = blocks.get(i).backward(backend, dx, seq, saved.get(i), gradients().empty());
            saved.get(i).close();
        }
        if (gradients != null) {
            embeddingBackward(dx, batch);
        }
        dx.close();
        gradients().touched();
    }

    private void embeddingBackward(Tensor dx, PackedBatch batch) {
        if (gradients.empty() && !config.tied()) {
            backend.fill(gradients.get(embeddingName), 0f);
        }
        float[] scale = null;
        if (config.embeddingScale() != 1.0) {
            scale = new float[batch.ids().length];
            java.util.Arrays.fill(scale, (float) config.embeddingScale());
        }
        backend.scatterAdd(gradients.get(embeddingName), dx, batch.ids(), scale);
        if (config.position() == Position.LEARNED) {
            if (gradients.empty()) {
                backend.fill(gradients.get("transformer.wpe.weight"), 0f);
            }
            backend.scatterAdd(gradients.get("transformer.wpe.weight"), dx, batch.positions(), null);
        }
    }

    /** Frees nothing: weights and gradients belong to the caller. */
    @Override
    public void close() {
        table = null;
    }
}
