package org.align4j.core.data.internal;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.data.DataException;
import org.align4j.core.data.DataFormat;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.DropReason;
import org.align4j.core.data.TextGroup;
import tools.jackson.databind.JsonNode;

/** Turns the rows of one file into groups. The file's shape is fixed by its first row; a row of another shape is an error that names the difference. */
public final class Shapes {
    private static final List<String> MEDIA = List.of("images", "videos", "audios", "image", "video", "audio");

    private static final Set<String> OPTIONAL = Set.of("input", "context", "system", "history", "tools", "score", "score_chosen", "score_rejected", "chosen_score", "rejected_score");
    private static final Set<String> ORIGIN = Set.of("id", "meta", "metadata", "source", "url", "timestamp", "date", "title", "lang", "language", "split", "added", "created");

    private final DataSettings settings;
    private DataFormat format;
    private Map<String, String> signature;
    private String firstWhere;
    private final Set<String> unused = new TreeSet<>();

    public Shapes(DataSettings settings) {
        this.settings = settings;
        this.format = settings.format();
        Set<String> known = new TreeSet<>(OPTIONAL);
        for (DataFormat f : DataFormat.values()) {
            if (format == null || format == f) {
                known.addAll(f.fields());
            }
        }
        for (String field : settings.columns().keySet()) {
            if (!known.contains(field)) {
                throw new DataException("The setting columns names the field '" + field + "', which " + (format == null ? "no shape" : "the shape '" + format.id() + "'")
                        + " has; known are " + String.join(", ", known) + ". It reads field: column, for example columns: {prompt: question}.");
            }
        }
    }

    /** The file's format, known from the first row on. */
    public DataFormat format() {
        return format;
    }

    /**
     * What a row gave.
     *
     * @param graded whether a pair's row says by how much the chosen response is better; true for all else
     */
    public record Result(List<TextGroup> groups, DropReason dropped, boolean graded) {
        static Result of(TextGroup group) {
            return new Result(List.of(group), null, true);
        }

        static Result of(List<TextGroup> groups) {
            return new Result(groups, null, true);
        }

        static Result drop(DropReason reason) {
            return new Result(List.of(), reason, true);
        }
    }

    /** Reads one row. */
    public Result read(Fields row) {
        DataFormat own = settings.format() == null ? detect(row) : settings.format();
        if (signature == null) {
            format = own;
            firstWhere = row.error("").getMessage().replaceFirst(": $", "");
            signature = signature(row);
            if (!format.serves(settings.task())) {
                throw row.error("the file has the shape '" + format.id() + "', which cannot give what the task " + settings.task()
                        + " needs. Use a file with " + needs() + ", or set format and columns.");
            }
        } else {
            sameShape(row, own);
        }
        for (String m : MEDIA) {
            if (row.has(m) && !(row.get(m).isContainer() && row.get(m).isEmpty())) {
                throw row.error("field '" + m + "' is filled, but only text is read. Leave such rows out.");
            }
        }
        Result result = dispatch(row);
        if (settings.target() && (format.fields().contains("chosen") || format.fields().contains("chosen_ids"))) {
            result = PairShapes.withTarget(row, result);
        }
        row.unused(unused);
        return result;
    }

    /** Columns of which nothing was read in some row. */
    public Set<String> unused() {
        return unused;
    }

    private String needs() {
        return switch (settings.task()) {
            case PAIR, LIST -> "chosen and rejected or scored responses";
            case UNPAIRED -> "labelled responses or pairs";
            case DEMONSTRATION -> "responses";
            case PROMPT -> "prompts";
        };
    }

    private void sameShape(Fields row, DataFormat own) {
        Map<String, String> here = signature(row);
        for (String field : format.fields()) {
            String first = signature.get(field);
            String now = here.get(field);
            if (!Objects.equals(first, now)) {
                String what = now == null ? "is missing" : first == null ? "is present" : "is " + now;
                throw row.error("field '" + row.path(field) + "' " + what + ", while the first row (" + firstWhere + ") has "
                        + (first == null ? "none" : "it as " + first) + "; all rows of a file must have the same shape (here '" + format.id() + "'). The row has "
                        + row.listed() + ".");
            }
        }
        if (own != format) {
            throw row.error("the row has the shape '" + own.id() + "', while the first row (" + firstWhere + ") has '" + format.id()
                    + "'; all rows of a file must have the same shape. Split the file, or set format.");
        }
    }

    private Map<String, String> signature(Fields row) {
        Map<String, String> s = new LinkedHashMap<>();
        for (String field : format.fields()) {
            JsonNode n = row.peek(field);
            if (n != null) {
                s.put(field, n.isArray() ? "a list" : n.isObject() ? "an object" : n.isString() ? "text" : n.isBoolean() ? "true or false" : "a number");
            }
        }
        return s;
    }

    static DataFormat detect(Fields r) {
        if (r.has("prompt_ids")) {
            return r.has("chosen_ids") || r.has("rejected_ids") ? DataFormat.IDS_PREFERENCE : r.has("responses_ids") ? DataFormat.IDS_LIST
                    : r.has("response_ids") ? DataFormat.IDS : DataFormat.IDS_PROMPT;
        }
        if (r.has("replies") || r.has("prompt") && r.peek("prompt").isObject()) {
            return DataFormat.OASST;
        }
        if (r.has("chosen") || r.has("rejected") || r.has("chosen_messages")) {
            return preference(r);
        }
        if ((r.has("prompt") || r.has("instruction")) && (isList(r, "responses") || isList(r, "completions"))) {
            return DataFormat.LIST;
        }
        if (r.has("conversations")) {
            return DataFormat.SHAREGPT;
        }
        if (r.has("messages")) {
            return DataFormat.MESSAGES;
        }
        if (r.has("instruction")) {
            return r.has("instances") ? DataFormat.SELF_INSTRUCT : r.has("output") || r.has("response") ? DataFormat.ALPACA : DataFormat.PROMPT;
        }
        if (r.has("prompt")) {
            return r.has("completion") || r.has("response") ? DataFormat.PROMPT_COMPLETION : DataFormat.PROMPT;
        }
        if (r.has("question")) {
            return r.has("answer") ? DataFormat.QUESTION_ANSWER : ListShapes.hasSolutions(r) ? DataFormat.SOLUTIONS : DataFormat.PROMPT;
        }
        if (r.has("text") && plainCorpus(r)) {
            return DataFormat.TEXT;
        }
        throw r.error("the row has no shape that is known; it has " + r.listed() + ". Known are prompt/chosen/rejected, prompt/completion[/label], messages, conversations, "
                + "instruction/output, prompt/responses with scores, question/answer, text alone, prompt_ids/response_ids. "
                + "Name the columns with the setting columns, for example columns: {prompt: question}, and the shape with format.");
    }

    /** Running text is believed only where nothing but its origin stands beside it: a text among other contents may be anything. */
    private static boolean plainCorpus(Fields r) {
        for (String c : r.columns()) {
            if (!c.equals("text") && !ORIGIN.contains(c)) {
                return false;
            }
        }
        return true;
    }

    private static DataFormat preference(Fields r) {
        if (r.has("instruction")) {
            return DataFormat.ALPACA_PREFERENCE;
        }
        boolean turns = r.has("conversations") || r.has("messages");
        if (turns && !r.has("prompt") && r.has("chosen") && !r.peek("chosen").isArray()) {
            return DataFormat.SHAREGPT_PREFERENCE;
        }
        boolean prompted = r.has("prompt") || r.has("question");
        return !prompted && r.has("chosen") && r.peek("chosen").isString() ? DataFormat.HH : DataFormat.PREFERENCE;
    }

    private static boolean isList(Fields r, String name) {
        return r.has(name) && r.peek(name).isArray() && (r.peek(name).isEmpty() || !r.peek(name).get(0).has("role"));
    }

    private Result dispatch(Fields r) {
        return switch (format) {
            case PREFERENCE -> PairShapes.preference(r);
            case HH -> PairShapes.transcripts(r);
            case ALPACA_PREFERENCE -> PairShapes.alpaca(r);
            case SHAREGPT_PREFERENCE -> PairShapes.sharegpt(r, settings);
            case IDS_PREFERENCE -> PairShapes.ids(r);
            case LIST -> ListShapes.scored(r);
            case IDS_LIST -> ListShapes.ids(r);
            case OASST -> OasstShape.read(r);
            case SOLUTIONS -> ListShapes.solutions(r);
            case PROMPT_COMPLETION -> SingleShapes.promptCompletion(r);
            case MESSAGES -> SingleShapes.conversation(r, "messages", settings);
            case SHAREGPT -> SingleShapes.conversation(r, "conversations", settings);
            case ALPACA -> SingleShapes.alpaca(r, settings);
            case SELF_INSTRUCT -> SingleShapes.selfInstruct(r);
            case QUESTION_ANSWER -> SingleShapes.questionAnswer(r);
            case IDS -> SingleShapes.ids(r);
            case TEXT -> SingleShapes.text(r);
            case PROMPT -> SingleShapes.prompt(r);
            case IDS_PROMPT -> SingleShapes.idsPrompt(r);
        };
    }

    static DataException noPrompt(Fields r) {
        return r.error("the prompt cannot be told: there is no field 'prompt', and chosen and rejected are not transcripts that start with \"\\n\\nHuman:\" and hold \"\\n\\nAssistant:\". "
                + "Add a field 'prompt', or name it with columns: {prompt: …}.");
    }
}
