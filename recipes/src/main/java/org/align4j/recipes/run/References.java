package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Precision;
import org.align4j.core.data.Group;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Soup;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.train.CachedReference;
import org.align4j.core.train.Reference;
import org.align4j.core.train.SyncedReference;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.recipe.Distill;
import org.align4j.recipes.recipe.ReferenceSpec;

/**
 * References of the two parts of a stage's data.
 *
 * @param train   for the rows that are trained on; null where the loss needs none
 * @param heldOut for the rows kept for evaluation; null where there are none
 */
record References(Reference train, Reference heldOut) implements AutoCloseable {

    /** What a stage asks for, of the weights as they are now. */
    static References of(ModelSession session, StagePlan plan, Path cache, ProgressBar progress) {
        if (!plan.loss().needs().reference()) {
            return new References(null, null);
        }
        if (plan.stage() instanceof Distill d) {
            return both(teacher(session, d.teacher()));
        }
        ReferenceSpec spec = plan.stage().reference().orElseThrow();
        Parameters policy = session.model().values();
        if (spec instanceof ReferenceSpec.AdapterOff) {
            return both(Reference.adapterOff(session.model()));
        } else if (spec instanceof ReferenceSpec.Frozen && session.adapter() != null) {
            return both(Reference.adapterCopy(session.model()));
        } else if (spec instanceof ReferenceSpec.Frozen) {
            return both(frozen(session, policy.copy(held(session))));
        } else if (spec instanceof ReferenceSpec.Sync sync) {
            Transformer copy = session.adapter() == null ? new Transformer(session.config(), policy.copy(DType.F32), null)
                    : session.model().withAdapter(session.adapter().frozenCopy());
            return both(new SyncedReference(copy, sync.alpha(), sync.every()));
        } else if (spec instanceof ReferenceSpec.Soup soup) {
            return both(frozen(session, soup(session, soup)));
        }
        return new References(cached(session, plan, plan.data().train(), cache, progress), plan.data().heldOut().isEmpty() ? null
                : cached(session, plan, plan.data().heldOut(), cache, progress));
    }

    private static References both(Reference one) {
        return new References(one, one);
    }

    private static Reference frozen(ModelSession session, Parameters weights) {
        return Reference.frozen(new Transformer(session.config(), weights, null));
    }

    /** The type in which a reference that never moves is held: that of the matrix products, so that the policy begins where it is. */
    static DType held(ModelSession session) {
        return session.backend().precision() == Precision.BF16 ? DType.BF16 : DType.F32;
    }

    /** The mean of models, held as {@link #held} says; the caller closes it. */
    static Parameters soup(ModelSession session, ReferenceSpec.Soup soup) {
        double[] weights = soup.weights().map(w -> w.stream().mapToDouble(Double::doubleValue).toArray()).orElse(Soup.equal(soup.models().size()));
        Parameters mean = Soup.load(session.backend(), session.config(), soup.models(), weights);
        if (held(session) == DType.F32) {
            return mean;
        }
        try (mean) {
            return mean.copy(held(session));
        }
    }

    private static Reference teacher(ModelSession session, Path directory) {
        ModelConfig config = ModelConfig.read(directory);
        return Reference.frozen(new Transformer(config, ModelFiles.load(session.backend(), config, directory), null));
    }

    private static Reference cached(ModelSession session, StagePlan plan, List<Group> groups, Path cache, ProgressBar progress) {
        progress.stage(plan.name() + " reference", 0, groups.size());
        List<Long> tokens = new ArrayList<>(List.of(0L));
        groups.forEach(g -> tokens.add(tokens.get(tokens.size() - 1) + g.tokensUnshared()));
        CachedReference r = CachedReference.of(session.model(), groups, plan.settings().microBatchTokens(), cache,
                done -> progress.update(new ProgressBar.Update(done, tokens.get(done), Double.NaN, Double.NaN)));
        progress.endStage();
        return r;
    }

    @Override
    public void close() {
        if (train != null) {
            train.close();
        }
    }
}
