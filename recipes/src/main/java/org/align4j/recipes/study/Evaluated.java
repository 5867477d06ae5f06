package org.align4j.recipes.study;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.align4j.core.data.DataException;
import org.align4j.core.data.DataFormat;
import org.align4j.core.data.DataLoader;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.TaskKind;
import org.align4j.recipes.eval.EvalSpec;
import org.align4j.recipes.recipe.DataSource;
import org.align4j.recipes.recipe.FormatChoice;

/**
 * The data that a study's models are measured on, none of which may be trained on.
 *
 * @param sources that prompts can be read from
 * @param unread  of every other source, why training data are not compared with it
 */
record Evaluated(List<DataSource> sources, List<String> unread) {

    /** Every source of what is measured. Questions with choices or answers of their own shape are read as questions. */
    static Evaluated of(List<EvalSpec> specs) {
        Set<DataSource> sources = new LinkedHashSet<>();
        List<String> unread = new ArrayList<>();
        for (DataSource s : Named.in(specs, DataSource.class)) {
            String why = unreadable(s);
            DataSource asked = as(s, FormatChoice.PROMPT);
            if (why == null) {
                sources.add(s);
            } else if (unreadable(asked) == null) {
                sources.add(asked);
            } else {
                unread.add("what is measured: training data are not compared with " + s.path() + ", which has no prompts that can be read (" + why + ")");
            }
        }
        return new Evaluated(List.copyOf(sources), List.copyOf(unread));
    }

    private static DataSource as(DataSource s, FormatChoice format) {
        return new DataSource(s.path(), format, s.columns(), s.rendering(), s.tools(), s.maxLength(), s.onOverflow(), s.turns(), s.pairs(), s.duplicates(), s.identical(),
                s.limit(), s.heldOut(), s.overlap());
    }

    /** Why prompts cannot be read; null where they can. */
    private static String unreadable(DataSource s) {
        DataSettings settings = DataSettings.of(TaskKind.PROMPT).withColumns(s.columns())
                .withFormat(s.format() == FormatChoice.AUTO ? null : DataFormat.valueOf(s.format().name()));
        try {
            s.path().forEach(file -> new DataLoader(settings).read(file));
            return null;
        } catch (DataException e) {
            return e.getMessage();
        }
    }
}
