package org.align4j.recipes.recipe;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.data.DataSettings;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.MustExist;
import org.align4j.recipes.yaml.OneOrMany;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;

/** Files of training rows and what to do with rows that do not fit. */
@Doc("Files of training rows and what to do with rows that do not fit.")
public record DataSource(
        @Doc("JSON Lines or JSON file, plain or gzip, or a list of them read one after the other.") @OneOrMany @MustExist @Range(min = 1)
                @Synonyms({"file", "files", "paths", "dataset", "data_files", "dataset_name"}) List<Path> path,
        @Doc("Shape of the rows.") @Default("auto") FormatChoice format,
        @Doc("Names of the fields where they differ from the format's: the format's name to the file's, such as {chosen: preferred}.") @Default("{}") Map<String, String> columns,
        @Doc("Whether text goes through the chat template.") @Default("auto") DataSettings.Rendering rendering,
        @Doc("What becomes of rows with tool descriptions.") @Default("error") DataSettings.Tools tools,
        @Doc("Longest prompt with response in tokens. Null for what the model can take.") @Range(min = 2, max = 1 << 24) @Synonyms({"max_seq_length", "cutoff_len", "max_seq_len"}) Optional<Integer> maxLength,
        @Doc("What becomes of a longer row.") @Default("error") @Synonyms({"truncation", "truncation_mode"}) DataSettings.OnOverflow onOverflow,
        @Doc("Which assistant turns of a conversation are trained on.") @Default("last") DataSettings.Turns turns,
        @Doc("Which pairs are made of a list of scored responses.") @Default("best_worst") DataSettings.Pairs pairs,
        @Doc("What becomes of rows that were there before.") @Default("keep") DataSettings.Policy duplicates,
        @Doc("What becomes of pairs whose chosen and rejected responses are the same.") @Default("drop") DataSettings.Policy identical,
        @Doc("Use only the first so many rows. Null for all.") @Range(min = 1) @Synonyms({"max_samples", "max_rows"}) Optional<Integer> limit,
        @Doc("Examples kept for evaluation: a fraction below 1, or a count. A row may give several; no prompt stands on both sides.") @Default("0") @Synonyms({"test_split_size", "val_size", "validation_split", "test_size"}) HeldOutSize heldOut,
        @Doc("What becomes of training rows whose prompts are also evaluated on: by evaluate.prompts, data.unseen, or as held-out rows of another source.") @Default("error")
                OverlapPolicy overlap)
        implements Checked {

    /** One file with every setting at its default. */
    public static DataSource of(Path file) {
        return new DataSource(List.of(file), FormatChoice.AUTO, Map.of(), DataSettings.Rendering.AUTO, DataSettings.Tools.ERROR, Optional.empty(),
                DataSettings.OnOverflow.ERROR, DataSettings.Turns.LAST, DataSettings.Pairs.BEST_WORST, DataSettings.Policy.KEEP, DataSettings.Policy.DROP,
                Optional.empty(), HeldOutSize.NONE, OverlapPolicy.ERROR);
    }

    @Override
    public void check(Findings f) {
        if (limit.isPresent() && heldOut.count() >= limit.get()) {
            f.problem("held_out", "held_out " + heldOut + " leaves nothing to train on out of limit " + limit.get(), "");
        }
    }
}
