package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.core.backend.DType;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.train.AdamW;
import org.align4j.core.train.LrSchedule;
import org.align4j.core.train.Reference;
import org.align4j.recipes.recipe.OnlineStage;
import org.align4j.recipes.recipe.ReferenceSpec;
import org.align4j.recipes.recipe.ValueSpec;
import org.align4j.rewardmodels.head.HeadSettings;
import org.align4j.rewardmodels.head.RewardHead;
import org.align4j.rewardmodels.model.RewardConfig;
import org.align4j.rewardmodels.model.RewardModel;
import org.align4j.rewardmodels.online.Critic;
import org.align4j.rewardmodels.online.OnlineReference;

/** The models beside the policy of an online stage: what it is held to and what judges its states. What is made here is closed with it. */
final class OnlineModels implements AutoCloseable {
    private final StageRun run;
    private final ModelSession session;
    private final OnlineStage stage;
    private final List<AutoCloseable> owned = new ArrayList<>();

    OnlineModels(StageRun run, OnlineStage stage) {
        this.run = run;
        this.session = run.session();
        this.stage = stage;
    }

    private <T extends AutoCloseable> T own(T one) {
        owned.add(0, one);
        return one;
    }

    /** What the policy is held to, of the weights as they are now; null where it is held to nothing. */
    Reference reference() {
        ReferenceSpec spec = stage.reference().orElse(null);
        double temperature = stage.rollout().temperature();
        if (spec == null) {
            return null;
        } else if (spec instanceof ReferenceSpec.AdapterOff) {
            return OnlineReference.adapterOff(session.model(), temperature);
        } else if (spec instanceof ReferenceSpec.Soup soup) {
            return own(OnlineReference.frozen(new Transformer(session.config(), References.soup(session, soup), null), temperature));
        } else if (session.adapter() != null) {
            session.model().temperature(temperature);
            return own(Reference.adapterCopy(session.model()));
        }
        return own(OnlineReference.frozen(new Transformer(session.config(), session.model().values().copy(References.held(session)), null), temperature));
    }

    /** PPO's value function, or null; closed by its trainer. */
    Critic critic(LrSchedule schedule, AdamW.Settings optimizer, long seed) {
        ValueSpec spec = stage.value().orElse(null);
        if (spec == null) {
            return null;
        } else if (spec instanceof ValueSpec.Shared) {
            return Critic.shared(Critic.fresh(session.config().hiddenSize(), seed), schedule, optimizer);
        } else if (spec instanceof ValueSpec.RewardModel m) {
            Path path = m.path().orElseGet(() -> Rewards.left(Optional.empty(), run));
            RewardModel model = own(RewardModel.open(path, session.backend()));
            if (model.trunk().config().vocabSize() < session.config().vocabSize()) {
                throw new UserException("The reward model in " + path + " has a vocabulary of " + model.trunk().config().vocabSize() + ", the policy one of "
                        + session.config().vocabSize() + ". Values are those of the policy's tokens; take a reward model with its tokenizer.");
            }
            return Critic.own(trainable(model.trunk().config(), model.trunk().values()), head(model), schedule, optimizer, seed);
        }
        Parameters copy = own(whole());
        return Critic.own(trainable(session.config(), copy), Critic.fresh(session.config().hiddenSize(), seed), schedule, optimizer, seed);
    }

    private Transformer trainable(org.align4j.core.model.config.ModelConfig config, Parameters values) {
        Parameters gradients = own(new Parameters(session.backend(), values.layout(), DType.F32));
        gradients.fill(0f);
        return new Transformer(config, values, gradients);
    }

    /** A copy of the policy; of one with an adapter, of its base with the adapter added. */
    private Parameters whole() {
        if (session.model().values().quantized()) {
            throw new UserException("The policy is held in four bits, and a copy of it cannot be trained as value function. Choose values: shared or reward_model.");
        }
        Parameters copy = session.model().values().copy(DType.F32);
        if (session.adapter() != null) {
            session.adapter().mergeInto(copy);
        }
        return copy;
    }

    /** A head that begins with what the reward model says, a bias added where it has none. */
    private static RewardHead head(RewardModel model) {
        RewardConfig c = model.config();
        if (c.outputs().size() != 1) {
            throw new UserException("The reward model " + model.name() + " has " + c.outputs().size() + " outputs, and a value function begins from one. Take another, or values: own.");
        }
        HeadSettings s = c.head();
        float[] w = model.head().parameters();
        float[] biased = Arrays.copyOf(w, s.bias() ? w.length : w.length + 1);
        float scale = (float) (c.weights()[0] / c.std());
        int last = biased.length - 1 - s.hiddenSize();
        for (int i = last; i < biased.length; i++) {
            biased[i] *= scale;
        }
        biased[biased.length - 1] -= (float) (c.mean() / c.std());
        return new RewardHead(new HeadSettings(s.hiddenSize(), 1, s.pooler(), 0, true), biased);
    }

    @Override
    public void close() {
        for (AutoCloseable c : owned) {
            try {
                c.close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
