package org.align4j.core.merge;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.core.io.DType;

/**
 * What models are merged, and how.
 *
 * @param models    for a mean, interpolation or task vectors; one per weight
 * @param base      what task vectors are measured from; empty for methods without
 * @param onto      what task vectors are added to in place of the base
 * @param dtype     F32, BF16 or F16; empty for the types that the first of onto, base and models has
 * @param tokenizer directory of the tokenizer to write; empty for that of the first of onto, base and models, where all must have the same
 */
public record MergePlan(MergeMethod method, List<ModelRef> models, Optional<ModelRef> base, Optional<ModelRef> onto, Optional<DType> dtype, Optional<Path> tokenizer)
        implements MergeTask {
    public MergePlan {
        models = List.copyOf(models);
        if (models.isEmpty()) {
            throw new IllegalArgumentException("a merge needs a model");
        }
        if (method instanceof MergeMethod.TaskVectors != base.isPresent()) {
            throw new IllegalArgumentException(method.name() + (base.isPresent() ? " has no base model; remove it" : " needs a base model, which task vectors are measured from"));
        }
        if (onto.isPresent() && base.isEmpty()) {
            throw new IllegalArgumentException(method.name() + " has no task vectors to add onto another model");
        }
        if (method instanceof MergeMethod.Slerp && models.size() != 2) {
            throw new IllegalArgumentException("slerp interpolates between exactly two models, found " + models.size());
        }
        int weights = method instanceof MergeMethod.Linear l ? l.weights().size() : method instanceof MergeMethod.TaskVectors v ? v.weights().size() : models.size();
        if (weights != models.size()) {
            throw new IllegalArgumentException(method.name() + " needs one weight per model: " + models.size() + " models, found " + weights + " weights");
        }
        if (dtype.isPresent() && dtype.get() != DType.F32 && dtype.get() != DType.BF16 && dtype.get() != DType.F16) {
            throw new IllegalArgumentException("F32, BF16 or F16 can be written, not " + dtype.get());
        }
    }

    /** A plan with the types and the tokenizer of its first model. */
    public static MergePlan of(MergeMethod method, List<ModelRef> models, ModelRef base) {
        return new MergePlan(method, models, Optional.ofNullable(base), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** All that is read, in the order in which it is summed: onto, base, models. */
    public List<ModelRef> sources() {
        List<ModelRef> all = new ArrayList<>();
        onto.ifPresent(all::add);
        base.ifPresent(all::add);
        all.addAll(models);
        return all;
    }
}
