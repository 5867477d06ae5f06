package org.align4j.recipes.study;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.core.data.DataException;
import org.align4j.core.data.DataFormat;
import org.align4j.core.data.DataLoader;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.TaskKind;
import org.align4j.recipes.eval.EvalSpec;
import org.align4j.recipes.recipe.DataSource;
import org.align4j.recipes.recipe.FormatChoice;

/** The data that a study's models are measured on, none of which may be trained on. */
final class Evaluated {
    private Evaluated() {}

    /** Every source of prompts in what is measured; running texts have no prompts to compare by. */
    static List<DataSource> sources(List<EvalSpec> specs) {
        List<DataSource> all = new ArrayList<>();
        specs.forEach(s -> add((Record) s, all));
        return all.stream().distinct().filter(Evaluated::hasPrompts).toList();
    }

    private static void add(Record r, List<DataSource> all) {
        if (r instanceof DataSource s) {
            all.add(s);
            return;
        }
        for (RecordComponent c : r.getClass().getRecordComponents()) {
            Object v = value(c, r);
            Object inner = v instanceof Optional<?> o ? o.orElse(null) : v;
            if (inner instanceof Record nested) {
                add(nested, all);
            }
        }
    }

    private static Object value(RecordComponent c, Record r) {
        try {
            return c.getAccessor().invoke(r);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Cannot read " + c, e);
        }
    }

    private static boolean hasPrompts(DataSource s) {
        DataSettings settings = DataSettings.of(TaskKind.PROMPT).withColumns(s.columns())
                .withFormat(s.format() == FormatChoice.AUTO ? null : DataFormat.valueOf(s.format().name()));
        try {
            s.path().forEach(file -> new DataLoader(settings).read(file));
            return true;
        } catch (DataException e) {
            return false; // what is wrong with it, if anything, is told by the evaluation
        }
    }
}
