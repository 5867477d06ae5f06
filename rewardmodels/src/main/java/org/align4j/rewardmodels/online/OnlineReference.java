package org.align4j.rewardmodels.online;

import java.util.List;
import org.align4j.core.backend.DType;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Soup;
import org.align4j.core.model.Transformer;
import org.align4j.core.train.Reference;

/** References at the temperature of sampling: what a policy is held to must be the same kind of distribution as what is sampled. */
public final class OnlineReference {
    private OnlineReference() {}

    /** A copy of the policy's weights as they are now; closed with the reference. */
    public static Reference copy(Transformer policy, double temperature) {
        return frozen(new Transformer(policy.config(), policy.values().copy(DType.F32), null), temperature);
    }

    /** A frozen model, whose weights are closed with the reference. */
    public static Reference frozen(Transformer model, double temperature) {
        model.temperature(temperature);
        return Reference.frozen(model);
    }

    /** The policy's base with its adapter off: no copy. */
    public static Reference adapterOff(Transformer policy, double temperature) {
        Transformer base = policy.base();
        base.temperature(temperature);
        return (indices, batch) -> base.logProbs(batch);
    }

    /**
     * The mean of models finetuned from one base, as in Chegini et al., <a href="https://arxiv.org/abs/2411.01798">SALSA: Soup-based Alignment Learning for
     * Stronger Adaptation in RLHF</a> (2024), where two are averaged with equal weights and the policy starts from the first.
     *
     * @param like    the policy, for its architecture
     * @param models  weights of the models; not kept
     * @param weights one per model, with the sum 1
     */
    public static Reference soup(Transformer like, List<Parameters> models, double[] weights, double temperature) {
        return frozen(new Transformer(like.config(), Soup.of(models, weights), null), temperature);
    }
}
