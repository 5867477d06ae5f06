package org.align4j.core.model;

import java.util.List;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.align4j.core.batch.PackedBatch;

/** A forward pass over a packed batch: log-probabilities of its targets, hidden states that are read, and, when activations were kept, the way back. */
public final class ForwardPass implements AutoCloseable {
    private final Transformer model;
    private final PackedBatch batch;
    private final Sequence seq;
    private final List<Block.Saved> saved;
    private final Backend backend;
    private final int targets;
    private final float cooling;
    private final Tensor hidden;
    /** What goes into the head: a row for every target, then rows that are read only. */
    private final Tensor normed;
    private final Tensor stats;
    private final float[] read;
    /** Probabilities of the head's first chunk, from the log-probabilities to the backward pass. */
    private Tensor kept;
    private double[] logProbs;
    private double[] collision;
    private boolean done;

    ForwardPass(Transformer model, PackedBatch batch, Sequence seq, List<Block.Saved> saved, Tensor x, boolean keep) {
        this.model = model;
        this.batch = batch;
        this.seq = seq;
        this.saved = saved;
        backend = model.backend();
        int n = batch.wanted().length;
        targets = batch.targets().length;
        cooling = (float) (1 / model.temperature());
        hidden = x;
        normed = backend.alloc(n, x.cols());
        stats = model.finalNorm().stats(backend, n);
        model.finalNorm().forward(backend, normed, hidden, stats);
        read = read();
        if (cooling != 1) {
            // W·(h/τ) are the logits divided by τ.
            backend.scale(normed, cooling);
        }
        done = !keep;
    }

    private float[] read() {
        int n = batch.reads().length;
        float[] out = new float[Math.multiplyExact(n, hidden.cols())];
        if (n > 0) {
            try (Tensor rows = backend.alloc(n, hidden.cols())) {
                backend.gatherRows(rows, normed, batch.reads());
                backend.download(rows, out, 0);
            }
        }
        return out;
    }

    /**
     * The hidden states that the batch reads, after the final norm, row after row in the order of {@link PackedBatch#reads()}: reads × hidden size.
     * Not to be changed.
     */
    public float[] hidden() {
        return read;
    }

    /** log π(token) of every target, in nats, in the order of {@link PackedBatch#targets()}. */
    public double[] logProbs() {
        if (logProbs == null) {
            logProbs = model.head().logProbs(normed.rows(0, targets), batch.targets(), null, room());
        }
        return logProbs;
    }

    /** In float32 the probabilities are computed again: from log-probabilities they come with a rounding error that bfloat16 would not show. */
    private Tensor room() {
        if (!done && kept == null && backend.operandType() == DType.BF16) {
            kept = model.head().room(targets);
        }
        return kept;
    }

    /**
     * log Σ_v π(v)² over the vocabulary, in nats, at the place of every target. Asked for before {@link #logProbs()}, it costs no further walk of
     * the head.
     */
    public double[] collision() {
        if (collision == null) {
            collision = new double[batch.targets().length];
            logProbs = model.head().logProbs(normed.rows(0, targets), batch.targets(), collision, room());
        }
        return collision;
    }

    /**
     * Adds the gradients of the parameters, given ∂loss/∂(log-probability) of every target. Once per pass.
     */
    public void backward(double[] gradient) {
        backward(gradient, null, false);
    }

    /**
     * Adds the gradients of the parameters, given those of what this pass has computed. Once per pass.
     *
     * @param gradient       ∂loss/∂(log-probability) of every target, or null for none: the head is not computed then
     * @param hiddenGradient ∂loss/∂{@link #hidden()}, or null for none
     */
    public void backward(double[] gradient, float[] hiddenGradient) {
        if (hiddenGradient != null && hiddenGradient.length != read.length) {
            throw new IllegalArgumentException("The gradient of the hidden states that were read needs " + read.length + " values, found " + hiddenGradient.length);
        }
        backward(gradient, hiddenGradient, false);
    }

    /**
     * As {@link #backward(double[])} when the gradient does not depend on the log-probabilities, as in supervised finetuning:
     * the head is walked once in place of twice, and {@link #logProbs()} becomes known on the way.
     */
    public void backwardKnown(double[] gradient) {
        backward(gradient, null, logProbs == null);
    }

    private void backward(double[] gradient, float[] hiddenGradient, boolean fused) {
        if (done) {
            throw new IllegalStateException("This pass kept nothing to go back with, or has gone back already");
        }
        done = true;
        int n = batch.wanted().length;
        Tensor dHidden = backend.alloc(n, hidden.cols());
        try (Tensor dNormed = backend.alloc(n, hidden.cols())) {
            int from = gradient == null ? 0 : targets;
            if (from > 0) {
                double[] found = model.head().backward(dNormed.rows(0, from), normed.rows(0, from), batch.targets(), gradient, fused, model.gradients().empty(), kept);
                if (cooling != 1) {
                    backend.scale(dNormed.rows(0, from), cooling);
                }
                if (fused) {
                    logProbs = found;
                }
            } else if (model.gradients().empty()) {
                model.head().clearGradient();
            }
            forget();
            if (from < n) {
                backend.fill(dNormed.rows(from, n - from), 0f);
            }
            if (hiddenGradient != null && read.length > 0) {
                try (Tensor rows = backend.alloc(batch.reads().length, hidden.cols())) {
                    backend.upload(rows, hiddenGradient, 0);
                    backend.scatterAdd(dNormed, rows, batch.reads(), null);
                }
            }
            backend.fill(dHidden, 0f);
            model.finalNorm().backward(backend, dHidden, dNormed, hidden, stats);
        }
        model.backward(dHidden, batch, seq, saved);
        saved.clear();
    }

    private void forget() {
        if (kept != null) {
            kept.close();
            kept = null;
        }
    }

    @Override
    public void close() {
        forget();
        saved.forEach(Block.Saved::close);
        saved.clear();
        hidden.close();
        normed.close();
        stats.close();
    }
}
