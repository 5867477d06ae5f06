package org.align4j.core.merge;

/**
 * Layer-wise scaling of task vectors: in block ℓ of L they are multiplied by
 *
 * <pre>  α + β·ℓ/(L − 1)</pre>
 *
 * <p>and outside the blocks by α, so that what all tasks share, the early layers, moves less. Wang et al.,
 * <a href="https://arxiv.org/abs/2410.17146">LiNeS: Post-training Layer Scaling Prevents Forgetting and Enhances Model Merging</a> (2024).
 * For a single task β = 1 − α.
 *
 * @param alpha α, finite
 * @param beta  β, finite
 */
public record Lines(double alpha, double beta) {
    public Lines {
        if (!Double.isFinite(alpha) || !Double.isFinite(beta)) {
            throw new IllegalArgumentException("LiNeS needs a finite alpha and beta, found " + alpha + " and " + beta);
        }
    }

    /** The factor for a tensor's task vector. */
    public double at(TensorPlace tensor) {
        return tensor.layer() < 0 ? alpha : alpha + beta * tensor.depth();
    }
}
