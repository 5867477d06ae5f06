package org.align4j.core.model;

import java.util.List;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.align4j.core.batch.PackedBatch;

/** A forward pass over a packed batch: log-probabilities of its targets, and, when activations were kept, the way back. */
public final class ForwardPass implements AutoCloseable {
    private final Transformer model;
    private final PackedBatch batch;
    private final Sequence seq;
    private final List<Block.Saved> saved;
    private final Backend backend;
    private final Tensor hidden;
    private final Tensor normed;
    private final Tensor stats;
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
        int n = batch.rows().length;
        hidden = x;
        normed = backend.alloc(n, x.cols());
        stats = model.finalNorm().stats(backend, n);
        model.finalNorm().forward(backend, normed, hidden, stats);
        done = !keep;
    }

    /** log π(token) of every target, in nats, in the order of {@link PackedBatch#targets()}. */
    public double[] logProbs() {
        if (logProbs == null) {
            logProbs = model.head().logProbs(normed, batch.targets(), null, room());
        }
        return logProbs;
    }

    /** In float32 the probabilities are computed again: from log-probabilities they come with a rounding error that bfloat16 would not show. */
    private Tensor room() {
        if (!done && kept == null && backend.operandType() == DType.BF16) {
            kept = model.head().room(batch.rows().length);
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
            logProbs = model.head().logProbs(normed, batch.targets(), collision, room());
        }
        return collision;
    }

    /**
     * Adds the gradients of the parameters, given ∂loss/∂(log-probability) of every target. Once per pass.
     */
    public void backward(double[] gradient) {
        backward(gradient, false);
    }

    /**
     * As {@link #backward(double[])} when the gradient does not depend on the log-probabilities, as in supervised finetuning:
     * the head is walked once in place of twice, and {@link #logProbs()} becomes known on the way.
     */
    public void backwardKnown(double[] gradient) {
        backward(gradient, logProbs == null);
    }

    private void backward(double[] gradient, boolean fused) {
        if (done) {
            throw new IllegalStateException("This pass kept nothing to go back with, or has gone back already");
        }
        done = true;
        int n = batch.rows().length;
        Tensor dHidden = backend.alloc(n, hidden.cols());
        try (Tensor dNormed = backend.alloc(n, hidden.cols())) {
            double[] found = model.head().backward(dNormed, normed, batch.targets(), gradient, fused, model.gradients().empty(), kept);
            forget();
            if (fused) {
                logProbs = found;
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
