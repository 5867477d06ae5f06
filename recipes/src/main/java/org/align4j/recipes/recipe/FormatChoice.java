package org.align4j.recipes.recipe;

/** Shape of the rows of a data file: {@code auto}, or the name of an {@code org.align4j.core.data} format. */
public enum FormatChoice {
    /** Told from the fields of the first row. */
    AUTO,
    /** prompt, chosen and rejected, as texts or messages; the prompt may be implicit. */
    PREFERENCE,
    /** chosen and rejected transcripts with Human: and Assistant: turns. */
    HH,
    /** instruction, input, chosen and rejected. */
    ALPACA_PREFERENCE,
    /** conversations, chosen and rejected. */
    SHAREGPT_PREFERENCE,
    /** Token ids: prompt_ids, chosen_ids and rejected_ids. */
    IDS_PREFERENCE,
    /** A prompt and responses with scores or ranks. */
    LIST,
    /** Token ids: prompt_ids, responses_ids and scores. */
    IDS_LIST,
    /** Message trees with ranked replies. */
    OASST,
    /** A question and solutions marked right or wrong. */
    SOLUTIONS,
    /** prompt and completion, perhaps with a label. */
    PROMPT_COMPLETION,
    /** A conversation under messages. */
    MESSAGES,
    /** conversations of from and value. */
    SHAREGPT,
    /** instruction, input and output. */
    ALPACA,
    /** An instruction with a list of instances. */
    SELF_INSTRUCT,
    /** question and answer. */
    QUESTION_ANSWER,
    /** Token ids: prompt_ids and response_ids. */
    IDS,
    /** Running text without a prompt. */
    TEXT,
    /** A prompt alone. */
    PROMPT,
    /** The token ids of a prompt alone. */
    IDS_PROMPT
}
