package org.align4j.core.adapter;

import java.util.HashSet;
import java.util.List;
import org.align4j.core.UserException;

/**
 * Settings of a low-rank adapter, y = W·x + s·B·A·dropout(x) with A of {@code rank × inputs} and B of {@code outputs × rank}
 * (<a href="https://arxiv.org/abs/2106.09685">Hu et al., LoRA</a>). A starts uniform in ±1/√inputs (Kaiming uniform with a = √5), B at 0, so the
 * start equals the base.
 *
 * <p>With {@code rsLora} the factor s is alpha/√rank in place of alpha/rank
 * (<a href="https://arxiv.org/abs/2312.03732">Kalajdzievski, rank-stabilised LoRA</a>). With {@code dora} the adapted matrix is
 * W′ = m·(W + s·B·A)/‖W + s·B·A‖, norms per output, with a trained vector m that starts at ‖W‖; no gradient flows through the norm
 * (<a href="https://arxiv.org/abs/2402.09353">Liu et al., DoRA</a>).
 *
 * @param rank    r ≥ 1
 * @param alpha   &gt; 0
 * @param dropout probability in [0, 1) with which an input of A is dropped during training
 * @param targets {@code all-linear}, or names of layers: a layer is meant when its full name equals a target or ends with a dot and the target,
 *                such as {@code q_proj} or {@code mlp.c_proj}. Embeddings and head stay frozen
 */
public record LoraConfig(int rank, double alpha, double dropout, List<String> targets, boolean rsLora, boolean dora) {
    /** Every linear layer of the blocks. */
    public static final String ALL_LINEAR = "all-linear";

    public LoraConfig {
        require(rank >= 1, "rank must be at least 1, found " + rank);
        require(alpha > 0 && Double.isFinite(alpha), "alpha must be positive, found " + alpha);
        require(dropout >= 0 && dropout < 1, "dropout must be at least 0 and below 1, found " + dropout);
        require(!targets.isEmpty(), "targets must name a layer, or be " + ALL_LINEAR + "; none is named");
        for (String t : targets) {
            require(!t.isBlank(), "a target is a name, found '" + t + "'");
        }
        require(new HashSet<>(targets).size() == targets.size(), "targets must differ, found " + targets);
        require(targets.size() == 1 || !targets.contains(ALL_LINEAR), ALL_LINEAR + " stands alone, found it among " + targets);
        targets = List.copyOf(targets);
    }

    /** TRL's defaults (rank 16, alpha 32, dropout 0.05) on all linear layers. */
    public LoraConfig() {
        this(16, 32, 0.05, List.of(ALL_LINEAR), false, false);
    }

    /** s, the factor on B·A. */
    public double scaling() {
        return rsLora ? alpha / Math.sqrt(rank) : alpha / rank;
    }

    private static void require(boolean ok, String problem) {
        if (!ok) {
            throw new UserException("LoRA: " + problem + ".");
        }
    }
}
