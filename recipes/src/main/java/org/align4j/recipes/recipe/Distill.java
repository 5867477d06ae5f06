package org.align4j.recipes.recipe;

import java.nio.file.Path;
import java.util.Optional;
import org.align4j.losses.Loss;
import org.align4j.losses.supervised.DistillationLoss;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Inline;
import org.align4j.recipes.yaml.MustExist;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;

/** Distillation: the demonstrations are imitated, and the teacher's probability of each of their tokens beside them. */
@Doc("Distillation: imitates the demonstrations, and how likely a teacher finds each of their tokens.")
public record Distill(
        @Doc("Directory of the teacher, a model with the same vocabulary.") @MustExist(directory = true) @Synonyms({"teacher_model", "teacher_model_name_or_path"}) Path teacher,
        @Doc("Part of the imitation of the text; the rest is that of the teacher.") @Default("0.5") @Range(min = 0, max = 1) double alpha,
        @Inline(defaults = {"learning_rate=2e-5"}) Training training)
        implements LossStage {

    @Override
    public Loss objective() {
        return new DistillationLoss(alpha);
    }

    @Override
    public DataKind data() {
        return DataKind.DEMONSTRATIONS;
    }

    /** The teacher stands where other losses have the reference. */
    @Override
    public Optional<ReferenceSpec> reference() {
        return Optional.of(new ReferenceSpec.Frozen());
    }
}
