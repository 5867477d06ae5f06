package org.align4j.core.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.internal.Fields;
import org.align4j.core.data.internal.Shapes;

/**
 * Reads every response of a data file as it stands, for scoring: nothing is paired, ranked, reordered, or left out as a duplicate.
 * The responses of a row count from 0 in the order in which the row's shape has them (a pair: chosen, then rejected).
 */
public final class ResponseLoader {
    private final DataSettings settings;
    private final TextEncoder encoder;
    private final int maxLength;

    /**
     * @param format    shape of the rows, or null to tell it from the first row
     * @param maxLength most tokens of a prompt with a response, 0 for any number; a longer one is a {@link DataException}
     */
    public ResponseLoader(DataFormat format, TextEncoder encoder, int maxLength) {
        this.settings = DataSettings.of(TaskKind.DEMONSTRATION).withFormat(format).withIdentical(DataSettings.Policy.KEEP);
        this.encoder = encoder;
        this.maxLength = maxLength;
    }

    /**
     * @param settings how rows are read; what concerns tasks, pairs, duplicates and length has no part in it
     */
    public ResponseLoader(DataSettings settings, TextEncoder encoder) {
        this.settings = settings.withTask(TaskKind.DEMONSTRATION).withIdentical(DataSettings.Policy.KEEP).withMaxLength(0, DataSettings.OnOverflow.ERROR);
        this.encoder = encoder;
        this.maxLength = 0;
    }

    /**
     * One response of one row.
     *
     * @param response its index in the row
     * @param text     the prompt and this response alone, before tokenisation
     * @param group    the same as tokens
     */
    public record Item(Location at, int response, TextGroup text, Group group) {}

    /**
     * What a file holds.
     *
     * @param leftOut rows and responses that cannot be scored, each with its reason
     */
    public record Items(List<Item> items, List<String> leftOut) {
        public Items {
            items = List.copyOf(items);
            leftOut = List.copyOf(leftOut);
        }
    }

    /** Reads and tokenises a file. */
    public Items load(Path file) {
        Shapes shapes = new Shapes(settings);
        List<Item> items = new ArrayList<>();
        List<String> leftOut = new ArrayList<>();
        try (DataReader reader = new DataReader(file)) {
            for (Row row = reader.next(); row != null; row = reader.next()) {
                Shapes.Result result = shapes.read(Fields.of(row, settings.columns()));
                if (result.dropped() != null) {
                    leftOut.add(row.at() + ": " + result.dropped().words());
                }
                int index = 0;
                for (TextGroup group : result.groups()) {
                    for (TextGroup.Response response : group.responses()) {
                        TextGroup one = new TextGroup(group.at(), group.prompt(), List.of(response));
                        add(Renderer.apply(one, settings.rendering(), shapes.format()), index++, items, leftOut);
                    }
                }
            }
        }
        if (items.isEmpty()) {
            throw new DataException(file + ": there is no response to score" + (leftOut.isEmpty() ? "; the file has no rows." : "; the first row left out is "
                    + leftOut.get(0) + ".") + " Give a file with prompts and responses.");
        }
        return new Items(items, leftOut);
    }

    /**
     * Reads the prompts and responses of a file without turning them into tokens.
     *
     * @param format  shape of the rows, or null to tell it from the first row
     * @param leftOut takes the reason of every row that has nothing to be scored
     * @return a group for every prompt, with all its responses; at least one
     */
    public static List<TextGroup> texts(DataFormat format, Path file, List<String> leftOut) {
        Shapes shapes = new Shapes(DataSettings.of(TaskKind.DEMONSTRATION).withFormat(format).withIdentical(DataSettings.Policy.KEEP));
        List<TextGroup> all = new ArrayList<>();
        try (DataReader reader = new DataReader(file)) {
            for (Row row = reader.next(); row != null; row = reader.next()) {
                Shapes.Result result = shapes.read(Fields.of(row, Map.of()));
                if (result.dropped() != null) {
                    leftOut.add(row.at() + ": " + result.dropped().words());
                }
                result.groups().stream().filter(g -> !g.responses().isEmpty()).forEach(all::add);
            }
        }
        if (all.isEmpty()) {
            throw new DataException(file + ": there is no response to score" + (leftOut.isEmpty() ? "; the file has no rows." : "; the first row left out is "
                    + leftOut.get(0) + ".") + " Give a file with prompts and responses.");
        }
        return all;
    }

    private void add(TextGroup text, int index, List<Item> items, List<String> leftOut) {
        Tally tally = new Tally();
        GroupEncoder one = new GroupEncoder(settings, encoder, tally);
        one.add(text);
        if (one.groups().isEmpty()) {
            leftOut.add(text.at() + ", response " + index + ": " + tally.firstReason());
        } else {
            Group group = one.groups().get(0);
            if (maxLength > 0 && group.tokens() > maxLength) {
                throw new DataException(text.at() + ": the prompt and response " + index + " together have " + group.tokens() + " tokens, but the model takes at most "
                        + maxLength + ". Shorten the row or leave it out.");
            }
            items.add(new Item(text.at(), index, text, group));
        }
    }
}
