package org.align4j.core.data;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The shapes a data file can have. A file has one; it is told from the first row's field names, or forced by the setting {@code format}.
 * Fields in brackets may be absent.
 */
public enum DataFormat {
    /** {@code [prompt,] chosen, rejected} as text or as messages; without a prompt the messages share their first turns. */
    PREFERENCE(Kind.PAIRS, "prompt", "question", "chosen", "rejected", "chosen_messages", "rejected_messages"),
    /** {@code chosen, rejected}: transcripts with "\n\nHuman:" and "\n\nAssistant:" that share their first turns. */
    HH(Kind.PAIRS, "chosen", "rejected"),
    /** {@code instruction, [input,] [system,] [history,] chosen, rejected}. */
    ALPACA_PREFERENCE(Kind.PAIRS, "instruction", "chosen", "rejected"),
    /** {@code conversations, chosen, rejected}: turns with {@code from}/{@code value} or {@code role}/{@code content}. */
    SHAREGPT_PREFERENCE(Kind.PAIRS, "conversations", "messages", "chosen", "rejected"),
    /** {@code prompt_ids, chosen_ids, rejected_ids}: token ids. */
    IDS_PREFERENCE(Kind.PAIRS, "prompt_ids", "chosen_ids", "rejected_ids"),
    /** {@code prompt, responses} or {@code completions}, each with a score or a rank, or with a list {@code scores} beside. */
    LIST(Kind.LISTS, "prompt", "instruction", "responses", "completions", "scores", "ranks"),
    /** {@code prompt_ids, responses_ids, scores}: lists of token ids, a score for each. */
    IDS_LIST(Kind.LISTS, "prompt_ids", "responses_ids", "scores"),
    /** Message trees with ranked replies. */
    OASST(Kind.LISTS),
    /** {@code question} and objects with {@code solution} and {@code is_correct}. */
    SOLUTIONS(Kind.LISTS, "question"),
    /** {@code prompt, completion[, label]} as text or messages. */
    PROMPT_COMPLETION(Kind.SINGLES, "prompt", "completion", "response", "label"),
    /** {@code messages[, label]}. */
    MESSAGES(Kind.SINGLES, "messages", "label"),
    /** {@code conversations[, system][, label]}. */
    SHAREGPT(Kind.SINGLES, "conversations", "label"),
    /** {@code instruction, [input,] output[, system][, history][, label]}. */
    ALPACA(Kind.SINGLES, "instruction", "output", "response", "label"),
    /** {@code instruction, instances}: a list of {@code input}/{@code output}. */
    SELF_INSTRUCT(Kind.SINGLES, "instruction", "instances"),
    /** {@code question, answer}. */
    QUESTION_ANSWER(Kind.SINGLES, "question", "answer"),
    /** {@code prompt_ids, response_ids[, label][, score]}: token ids. */
    IDS(Kind.SINGLES, "prompt_ids", "response_ids", "label"),
    /** {@code text}: running text without a prompt. */
    TEXT(Kind.SINGLES, "text"),
    /** {@code prompt} as text or messages, or {@code instruction} or {@code question}. */
    PROMPT(Kind.PROMPTS, "prompt", "instruction", "question"),
    /** {@code prompt_ids} alone. */
    IDS_PROMPT(Kind.PROMPTS, "prompt_ids");

    /** What a row of a format can give. */
    enum Kind { PROMPTS, SINGLES, PAIRS, LISTS }

    private final Kind kind;
    private final List<String> fields;

    DataFormat(Kind kind, String... fields) {
        this.kind = kind;
        this.fields = List.of(fields);
    }

    Kind kind() {
        return kind;
    }

    /** The fields that all rows of a file have, or all lack. */
    public List<String> fields() {
        return fields;
    }

    /** The name in settings and reports, in lower case. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The format of a name. */
    public static DataFormat of(String id) {
        for (DataFormat f : values()) {
            if (f.id().equals(id)) {
                return f;
            }
        }
        throw new DataException("Unknown data format \"" + id + "\"; known are " + ids() + ".");
    }

    static String ids() {
        return Arrays.stream(values()).map(DataFormat::id).sorted().collect(Collectors.joining(", "));
    }

    /** Whether rows of this format can serve a task. */
    public boolean serves(TaskKind task) {
        return switch (task) {
            case PROMPT -> this != TEXT;
            case DEMONSTRATION, UNPAIRED -> kind != Kind.PROMPTS;
            case PAIR, LIST -> kind == Kind.PAIRS || kind == Kind.LISTS;
        };
    }
}
