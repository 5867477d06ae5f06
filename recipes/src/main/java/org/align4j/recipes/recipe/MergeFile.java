package org.align4j.recipes.recipe;

import java.util.List;
import java.util.Optional;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.NoSuchSetting;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;
import org.align4j.recipes.yaml.YamlNode;

/** A merge as a file describes it, with mergekit's keys where it has them. {@link MergeReader} makes a plan of it. */
@Doc("A merge of models.")
@NoSuchSetting(keys = "modules", says = "parts of a model are not merged on their own: name whole models under models")
public record MergeFile(
        @Doc("How.") @Synonyms({"method", "type"}) MergeKind mergeMethod,
        @Doc("The models, each a directory, or directory+adapter; for slerp and task vectors without the base, or with it.")
                @Range(min = 1, max = 100) @Synonyms({"sources", "inputs"}) List<Source> models,
        @Doc("What task vectors are measured from; with slerp and linear the one of the models that counts first.") @Synonyms({"base", "weak"}) Optional<String> baseModel,
        @Doc("With transfer, the model that task vectors are added to.") @Synonyms({"target", "target_model"}) Optional<String> onto,
        @Doc("Settings of the method.") @Default("{}") Parameters parameters,
        @Doc("Type of the result's weights; unless given, the types they have in the base, or in the first model.") Optional<MergeType> dtype,
        @Doc("base, or the directory whose tokenizer goes with the result.") Optional<String> tokenizerSource,
        @Doc("Seed of what is drawn.") @Default("17") @Synonyms("random_seed") long seed) {

    /** A model and what concerns it alone. */
    @Doc("A model and what concerns it alone.")
    public record Source(
            @Doc("Directory, or directory+adapter.") @Synonyms({"path", "name"}) String model,
            @Doc("Settings for this model, before those for all.") @Default("{}") ModelParameters parameters) {}

    /** Settings of one model: a number, a list of numbers over the depth of the model, or a list of these with filters. */
    @Doc("Settings of one model.")
    public record ModelParameters(
            @Doc("Its weight; 1 unless given.") @Synonyms({"weights", "w"}) Optional<YamlNode> weight,
            @Doc("Part of its task vector's entries that is kept.") @Synonyms("k") Optional<YamlNode> density,
            @Doc("Part of its task vector's largest entries that is dropped (breadcrumbs).") Optional<YamlNode> gamma) {}

    /** Settings for all models, and of the method. */
    @Doc("Settings for all models, and of the method.")
    @NoSuchSetting(keys = {"int8_mask", "epsilon", "embed_slerp"}, says = "it has no counterpart here: memory is bounded without int8_mask; remove it")
    public record Parameters(
            @Doc("Weight of every model that has none of its own.") @Synonyms("weights") Optional<YamlNode> weight,
            @Doc("Part of the entries that is kept, of every model that has none of its own.") Optional<YamlNode> density,
            @Doc("Part of the largest entries that is dropped (breadcrumbs); 0.01 unless given.") Optional<YamlNode> gamma,
            @Doc("With slerp, how far from the first model (0) to the second (1).") Optional<YamlNode> t,
            @Doc("Factor on the merged task vector; 1 unless given.") @Synonyms("scaling_coefficient") Optional<YamlNode> lambda,
            @Doc("With expo, how far to go: 0 is the base, 1 the model.") Optional<YamlNode> alpha,
            @Doc("Whether sums are divided by the weights; true unless given with linear and ties, and with cat where no weight is given.") Optional<Boolean> normalize,
            @Doc("With dare, whether kept entries are divided by the density; true unless given.") Optional<Boolean> rescale,
            @Doc("Layer-wise scaling of task vectors.") Optional<LinesSpec> lines) {}
}
