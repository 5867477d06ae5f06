package org.align4j.recipes.recipe;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.align4j.core.merge.LayerSetting;
import org.align4j.core.merge.MergeMethod;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.MustExist;
import org.align4j.recipes.yaml.NoSuchSetting;
import org.align4j.recipes.yaml.OneOrMany;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;
import org.align4j.recipes.yaml.Terse;

/** Merges the model as it stands with models that earlier stages left, or with others. */
@Doc("Merges the model as it stands with models that earlier stages left, or with others; trains nothing.")
@Terse
@NoSuchSetting(keys = {"dtype", "tokenizer_source", "onto", "learning_rate", "epochs", "adapter"},
        says = "a merge keeps the run's types and tokenizer, and trains nothing; with transfer the model as it stands gets the task vectors")
public record Merge(
        @Doc("How.") @Synonyms({"merge_method", "type"}) MergeKind method,
        @Doc("Names of earlier stages whose models are merged with the one as it stands, such as 1-sft, or start for the model of the recipe.") @OneOrMany @Range(min = 1, max = 100)
                @Synonyms({"stages", "stage"}) Optional<List<String>> with,
        @Doc("Directories of further models.") @MustExist(directory = true) @OneOrMany @Range(min = 1, max = 100) Optional<List<Path>> models,
        @Doc("Name of the earlier stage, or start, that task vectors are measured from; with expo what is gone away from.") @Synonyms("weak") Optional<String> base,
        @Doc("Directory of the model that task vectors are measured from, in place of base.") @MustExist(directory = true) Optional<Path> baseModel,
        @Doc("Weights of the model as it stands, of those of with, and of models, in this order; 1 each unless given.") @Synonyms("weight") Optional<List<Double>> weights,
        @Doc("With slerp, how far from the model as it stands (0) to the other (1).") @Range(min = 0, max = 1) Optional<Double> t,
        @Doc("With expo, how far to go: 0 is the base, 1 the model as it stands, 1.1 to 2 is usual.") Optional<Double> alpha,
        @Doc("Factor on the merged task vector; 1 unless given.") Optional<Double> lambda,
        @Doc("Part of the entries of task vectors that is kept.") @Range(above = 0, max = 1) Optional<Double> density,
        @Doc("With breadcrumbs, part of the largest entries that is dropped; 0.01 unless given.") @Range(min = 0, max = 1) Optional<Double> gamma,
        @Doc("Whether sums are divided by the weights; true with linear and ties unless given, else false.") Optional<Boolean> normalize,
        @Doc("With dare, whether kept entries are divided by the density; true unless given.") Optional<Boolean> rescale,
        @Doc("Layer-wise scaling of task vectors.") Optional<LinesSpec> lines)
        implements Stage, Checked {
    /** The name of the recipe's model among those of stages. */
    public static final String START = "start";

    @Override
    public boolean trains() {
        return true; // in the sense that the next stage receives another model
    }

    /** Models that are merged, the one as it stands included. With transfer that one only receives. */
    public int count() {
        return (method == MergeKind.TRANSFER ? 0 : 1) + with.map(List::size).orElse(0) + models.map(List::size).orElse(0);
    }

    /** Names of stages it reads, base included. */
    public List<String> reads() {
        List<String> all = new ArrayList<>(with.orElse(List.of()));
        base.ifPresent(all::add);
        return all;
    }

    /** What is done to the numbers. */
    public MergeMethod method(long seed) {
        List<LayerSetting> w = weights.map(list -> list.stream().map(LayerSetting::of).toList()).orElse(Collections.nCopies(count(), LayerSetting.of(1)));
        return new MergeSettings(method, w, each(density), each(method == MergeKind.BREADCRUMBS ? Optional.of(gamma.orElse(0.01)) : Optional.empty()),
                t.map(LayerSetting::of).orElse(null), LayerSetting.of(alpha.or(() -> lambda).orElse(1.0)), normalize, rescale, seed, lines).method();
    }

    private List<LayerSetting> each(Optional<Double> value) {
        return value.map(v -> Collections.nCopies(count(), LayerSetting.of(v))).orElse(List.of());
    }

    private String word() {
        return method.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void check(Findings f) {
        if (method == MergeKind.CAT) {
            f.problem("method", "cat merges adapters, and a stage merges models", "use linear");
            return;
        }
        without(f, "t", t.isPresent(), method == MergeKind.SLERP);
        without(f, "alpha", alpha.isPresent(), method == MergeKind.EXPO);
        without(f, "lambda", lambda.isPresent(), method.taskVectors() && method != MergeKind.EXPO);
        without(f, "lines", lines.isPresent(), method.taskVectors());
        without(f, "density", density.isPresent(), method.sparse());
        without(f, "gamma", gamma.isPresent(), method == MergeKind.BREADCRUMBS);
        without(f, "rescale", rescale.isPresent(), method.random());
        without(f, "normalize", normalize.isPresent(), method != MergeKind.SLERP && method != MergeKind.EXPO);
        without(f, "weights", weights.isPresent(), method != MergeKind.SLERP && method != MergeKind.EXPO);
        without(f, base.isPresent() ? "base" : "base_model", base.isPresent() || baseModel.isPresent(), method.taskVectors());
        needs(f, "t", t.isPresent(), method == MergeKind.SLERP);
        needs(f, "alpha", alpha.isPresent(), method == MergeKind.EXPO);
        needs(f, "density", density.isPresent(), method.sparse());
        needs(f, "base", base.isPresent() != baseModel.isPresent(), method.taskVectors());
        int others = with.map(List::size).orElse(0) + models.map(List::size).orElse(0);
        if (method == MergeKind.SLERP && others != 1 || method == MergeKind.EXPO && others != 0 || others == 0 && (method == MergeKind.LINEAR || method == MergeKind.TRANSFER)) {
            f.problem("with", word() + (method == MergeKind.SLERP ? " needs one other model, in with or models" : method == MergeKind.EXPO ? " needs no other model than base"
                    : " needs other models, in with or models") + ", found " + others, "");
        }
        if (weights.isPresent() && weights.get().size() != count()) {
            f.problem("weights", "a merge of " + count() + " models needs as many weights, found " + weights.get().size(), "");
        }
    }

    private void without(Findings f, String key, boolean given, boolean meant) {
        if (given && !meant) {
            f.problem(key, key + " has no effect with method " + word(), "remove it");
        }
    }

    private void needs(Findings f, String key, boolean given, boolean meant) {
        if (meant && !given) {
            f.problem("", "the merge stage needs "
                    + (key.equals("base") ? "base, the name of an earlier stage or start, or base_model, a directory; one of them" : key) + " with method " + word(), "");
        }
    }
}
