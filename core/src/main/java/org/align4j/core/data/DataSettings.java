package org.align4j.core.data;

import java.util.HashSet;
import java.util.Map;
import java.util.Objects;

/**
 * How a data file is read.
 *
 * @param task       what is wanted of it
 * @param format     the file's shape, or null to tell it from the first row
 * @param columns    the field names of the shape → the file's own names
 * @param turns      which assistant turns of a conversation are demonstrations
 * @param rendering  whether text goes through the chat template
 * @param tools      what happens to rows with tool descriptions
 * @param maxLength  the most tokens of prompt and response together, 0 for no limit
 * @param onOverflow what happens to longer ones
 * @param pairs      which pairs a list of more than two responses gives
 * @param identical  what happens when chosen and rejected are the same
 * @param duplicates what happens to groups seen before
 * @param target     whether a pair's field {@code target}, a response to imitate, becomes its third response
 */
public record DataSettings(
        TaskKind task, DataFormat format, Map<String, String> columns, Turns turns, Rendering rendering, Tools tools,
        int maxLength, OnOverflow onOverflow, Pairs pairs, Policy identical, Policy duplicates, boolean target) {

    /** Which assistant turns of a conversation are demonstrations: its last, or each (one group per turn). */
    public enum Turns { LAST, ALL }

    /**
     * {@code AUTO}: text fields are used as they are, messages and instructions go through the chat template.
     * {@code CHAT}: text fields become a user's and an assistant's message too, transcripts their turns.
     * {@code TEXT}: messages of one exchange become plain text, contents joined by an empty line, for models without a template.
     */
    public enum Rendering { AUTO, CHAT, TEXT }

    /** Tool descriptions beside a conversation: stop, leave them out, or put them into the system message. */
    public enum Tools { ERROR, IGNORE, SYSTEM }

    /** What happens to a group longer than {@code maxLength}: stop, leave it out, keep the prompt's end, or cut the response's end. */
    public enum OnOverflow { ERROR, DROP, TRUNCATE_PROMPT, TRUNCATE_RESPONSE }

    /** Pairs of a list: best against worst, every better against every worse, or neighbours by score. Ties form no pair. */
    public enum Pairs { BEST_WORST, ALL, ADJACENT }

    /** Keep, leave out, or stop. */
    public enum Policy { KEEP, DROP, ERROR }

    public DataSettings {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(turns, "turns");
        Objects.requireNonNull(rendering, "rendering");
        Objects.requireNonNull(tools, "tools");
        Objects.requireNonNull(onOverflow, "onOverflow");
        Objects.requireNonNull(pairs, "pairs");
        Objects.requireNonNull(identical, "identical");
        Objects.requireNonNull(duplicates, "duplicates");
        columns = Map.copyOf(columns);
        if (maxLength < 0) {
            throw new DataException("max_length must be 0 (no limit) or more, found " + maxLength + ".");
        }
        if (new HashSet<>(columns.values()).size() < columns.size()) {
            throw new DataException("The setting columns takes two fields from the same column: " + columns + ".");
        }
    }

    /** Defaults: format told, last turn, no length limit, overflow an error, best against worst, identical left out, duplicates kept. */
    public static DataSettings of(TaskKind task) {
        return new DataSettings(task, null, Map.of(), Turns.LAST, Rendering.AUTO, Tools.ERROR, 0, OnOverflow.ERROR, Pairs.BEST_WORST, Policy.DROP, Policy.KEEP, false);
    }

    public DataSettings withTask(TaskKind v) {
        return new DataSettings(v, format, columns, turns, rendering, tools, maxLength, onOverflow, pairs, identical, duplicates, target);
    }

    public DataSettings withFormat(DataFormat v) {
        return new DataSettings(task, v, columns, turns, rendering, tools, maxLength, onOverflow, pairs, identical, duplicates, target);
    }

    public DataSettings withColumns(Map<String, String> v) {
        return new DataSettings(task, format, v, turns, rendering, tools, maxLength, onOverflow, pairs, identical, duplicates, target);
    }

    public DataSettings withTurns(Turns v) {
        return new DataSettings(task, format, columns, v, rendering, tools, maxLength, onOverflow, pairs, identical, duplicates, target);
    }

    public DataSettings withRendering(Rendering v) {
        return new DataSettings(task, format, columns, turns, v, tools, maxLength, onOverflow, pairs, identical, duplicates, target);
    }

    public DataSettings withTools(Tools v) {
        return new DataSettings(task, format, columns, turns, rendering, v, maxLength, onOverflow, pairs, identical, duplicates, target);
    }

    public DataSettings withMaxLength(int v, OnOverflow overflow) {
        return new DataSettings(task, format, columns, turns, rendering, tools, v, overflow, pairs, identical, duplicates, target);
    }

    public DataSettings withPairs(Pairs v) {
        return new DataSettings(task, format, columns, turns, rendering, tools, maxLength, onOverflow, v, identical, duplicates, target);
    }

    public DataSettings withIdentical(Policy v) {
        return new DataSettings(task, format, columns, turns, rendering, tools, maxLength, onOverflow, pairs, v, duplicates, target);
    }

    public DataSettings withDuplicates(Policy v) {
        return new DataSettings(task, format, columns, turns, rendering, tools, maxLength, onOverflow, pairs, identical, v, target);
    }

    public DataSettings withTarget(boolean v) {
        return new DataSettings(task, format, columns, turns, rendering, tools, maxLength, onOverflow, pairs, identical, duplicates, v);
    }
}
