package org.align4j.core.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.align4j.core.data.internal.Fields;
import org.align4j.core.data.internal.Shapes;

/**
 * Reads a data file from end to end: rows, shape, task, identical and duplicate groups, tokens, overflow, report.
 * Nothing is left out without a count and a reason; what cannot be read is a {@link DataException}, and so is a file of which nothing is kept.
 */
public final class DataLoader {
    private final DataSettings settings;

    public DataLoader(DataSettings settings) {
        this.settings = settings;
    }

    /** Reads a file without tokenising it. */
    public TextDataset read(Path file) {
        Tally tally = new Tally();
        List<TextGroup> groups = new ArrayList<>();
        DataReport report = stream(file, tally, g -> {
            tally.keptText();
            groups.add(g);
        });
        return new TextDataset(groups, report);
    }

    /** Reads and tokenises a file. */
    public Dataset load(Path file, TextEncoder encoder) {
        return load(file, encoder, (text, group) -> { });
    }

    /**
     * As {@link #load(Path, TextEncoder)}.
     *
     * @param each told of every group that is kept, in order, with the text it was made of
     */
    public Dataset load(Path file, TextEncoder encoder, BiConsumer<TextGroup, Group> each) {
        Tally tally = new Tally();
        GroupEncoder groups = new GroupEncoder(settings, encoder, tally);
        DataReport report = stream(file, tally, text -> {
            int before = groups.groups().size();
            groups.add(text);
            if (groups.groups().size() > before) {
                each.accept(text, groups.groups().get(before));
            }
        });
        return new Dataset(groups.groups(), groups.prompts(), report);
    }

    private DataReport stream(Path file, Tally tally, Consumer<TextGroup> sink) {
        TaskShaper shaper = new TaskShaper(settings, tally);
        Shapes shapes = new Shapes(settings);
        Set<Content.Key> seen = new HashSet<>();
        try (DataReader reader = new DataReader(file)) {
            for (Row row = reader.next(); row != null; row = reader.next()) {
                Shapes.Result result = shapes.read(Fields.of(row, settings.columns()));
                if (result.dropped() != null) {
                    tally.drop(result.dropped(), row.at());
                }
                if (!result.graded()) {
                    tally.ungraded();
                }
                for (TextGroup group : result.groups()) {
                    for (TextGroup shaped : shaper.shape(group, shapes.format())) {
                        if (fresh(shaped, seen, tally)) {
                            sink.accept(Renderer.apply(shaped, settings.rendering(), shapes.format()));
                        }
                    }
                }
            }
            DataReport report = tally.report(reader, settings, shapes);
            if (report.kept() == 0) {
                throw new DataException(file + ": nothing is left for the task " + settings.task() + " of " + report.rows() + " rows; "
                        + reasons(report) + ". Use other data, or other settings.");
            }
            return report;
        }
    }

    private static String reasons(DataReport report) {
        StringBuilder s = new StringBuilder();
        report.dropped().forEach((reason, d) ->
                s.append(s.isEmpty() ? "" : "; ").append(d.count()).append(": ").append(reason.words()).append(" (first ").append(d.first().get(0)).append(')'));
        return s.isEmpty() ? "the rows hold no such group" : s.toString();
    }

    private boolean fresh(TextGroup group, Set<Content.Key> seen, Tally tally) {
        if (seen.add(Content.of(group))) {
            return true;
        }
        tally.duplicate(group.at());
        return switch (settings.duplicates()) {
            case KEEP -> true;
            case DROP -> {
                tally.drop(DropReason.DUPLICATE, group.at());
                yield false;
            }
            case ERROR -> throw new DataException(group.at() + ": the same row came before. Remove it, or set duplicates: keep or drop.");
        };
    }
}
