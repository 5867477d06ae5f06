package org.align4j.recipes.recipe;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;
import org.align4j.recipes.yaml.Terse;

/** Chooses among rows, and makes of those that stay rows of the same kind for the stages behind; trains nothing. */
@Doc("Chooses among rows by length, quality, likeness, spread and likelihood, for the stages behind; trains nothing.")
@Terse
public record Select(
        @Doc("Which rows: sft (demonstrations) or preferences (pairs or lists).") @Default("sft") @Synonyms({"kind", "of"}) Rows rows,
        @Doc("Where they come from: recipe (data.sft or data.preferences) or sampled (the last stage before that made such rows). Null for sampled right after such a stage, else recipe.")
                @Synonyms({"dataset", "data_source"}) Optional<DataFrom> data,
        @Doc("Files to choose from in place of those under data.") Optional<DataSource> source,
        @Doc("Field of a row that holds its reference answer, for rewards that need one. Null for answer, reference, solution or ground_truth.")
                @Synonyms({"answer", "ground_truth_key"}) Optional<String> answerField,
        @Doc("What is done, in order; each step sees what the one before it left.") @Range(min = 1, max = 100) @Synonyms({"filters", "select"}) List<SelectStep> steps,
        @Doc("Rows that are scored and written together, which is what a killed run loses at most.") @Default("512") @Range(min = 1) @Synonyms("shard_size") int shardRows,
        @Doc("Directory where scores and embeddings are kept and found again, by any run; the run's own cache unless given.") @Synonyms("cache_dir") Optional<Path> cache)
        implements Stage, Checked {

    /** Kinds of rows to choose among. */
    public enum Rows {
        /** Demonstrations. */
        SFT(DataKind.DEMONSTRATIONS),
        /** Pairs or lists. */
        PREFERENCES(DataKind.COMPARISONS);

        private final DataKind kind;

        Rows(DataKind kind) {
            this.kind = kind;
        }
    }

    /** What its rows are about. */
    public DataKind kindOfRows() {
        return rows.kind;
    }

    @Override
    public Optional<DataKind> makes() {
        return Optional.of(rows.kind);
    }

    @Override
    public Optional<DataKind> learnsFrom() {
        return Optional.of(rows.kind);
    }

    /** The files it chooses from, where it does not choose from what a stage made; empty where there are none. */
    public Optional<DataSource> files(DataSpec all) {
        return source.or(() -> rows.kind.source(all));
    }

    /** Files of test prompts that its steps compare rows with. */
    public Stream<Path> tests() {
        return steps.stream().flatMap(s -> s instanceof SelectStep.Decontaminate d ? d.against().stream().flatMap(List::stream) : Stream.empty());
    }

    /** The rewards its steps ask. */
    public Stream<RewardSpec> rewards() {
        return steps.stream().flatMap(SelectStep::rewards);
    }

    @Override
    public void check(Findings f) {
        if (data.filter(DataFrom.BOTH::equals).isPresent()) {
            f.problem("data", "a select stage chooses from files or from what a stage made, not from both", "write data: recipe or data: sampled");
        }
        if (source.isPresent() && data.filter(DataFrom::sampled).isPresent()) {
            f.problem("source", "source has no effect with data: sampled", "remove one of them");
        }
        for (int i = 0; i < steps.size(); i++) {
            SelectStep step = steps.get(i);
            if (step instanceof SelectStep.Quality q && q.of() == org.align4j.rewardmodels.selection.RewardScorer.Of.MARGIN && rows == Rows.SFT) {
                f.problem("steps[" + i + "].quality.of", "a demonstration has one response and no margin", "write of: response, or rows: preferences");
            }
            boolean margin = step instanceof SelectStep.Quality q && q.of() == org.align4j.rewardmodels.selection.RewardScorer.Of.MARGIN;
            boolean others = step.rewards().flatMap(RewardSpec::parts).anyMatch(p -> p instanceof RewardSpec.Ranker r && (r.against() == RewardSpec.Ranker.Against.SAMPLE
                    || r.against() == RewardSpec.Ranker.Against.OTHERS && !margin));
            if (others) {
                f.problem("steps[" + i + "]", "a ranker has nothing here to compare a response with", "write against: reference, or choose another reward");
            }
        }
    }
}
