package org.align4j.recipes.recipe;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.align4j.core.merge.LayerSetting;
import org.align4j.core.merge.MergeMethod;
import org.align4j.core.merge.Sparsity;

/**
 * Settings of a merge with their defaults, wherever they were written.
 *
 * @param weights   one per model; of no effect with slerp
 * @param density   one per model where only part of a task vector is kept, else empty
 * @param gamma     one per model with breadcrumbs, else empty
 * @param t         with slerp, else null
 * @param factor    on merged task vectors: lambda, or with expo alpha
 * @param normalize empty for the method's default: true with linear and ties
 */
record MergeSettings(MergeKind kind, List<LayerSetting> weights, List<LayerSetting> density, List<LayerSetting> gamma, LayerSetting t, LayerSetting factor,
        Optional<Boolean> normalize, Optional<Boolean> rescale, long seed, Optional<LinesSpec> lines) {

    /** The method; an IllegalArgumentException says what is wrong with a number. */
    MergeMethod method() {
        if (kind == MergeKind.LINEAR) {
            return new MergeMethod.Linear(weights, normalize.orElse(true));
        }
        return kind == MergeKind.SLERP ? new MergeMethod.Slerp(t)
                : new MergeMethod.TaskVectors(kind.name().toLowerCase(Locale.ROOT), weights, sparsity(), kind.consensus(), normalize.orElse(kind == MergeKind.TIES), factor,
                        lines.map(LinesSpec::lines));
    }

    private Sparsity sparsity() {
        if (kind == MergeKind.TIES) {
            return new Sparsity.Largest(density);
        }
        return kind.random() ? new Sparsity.Random(density, rescale.orElse(true), seed) : kind == MergeKind.BREADCRUMBS ? new Sparsity.Middle(density, gamma) : new Sparsity.None();
    }
}
