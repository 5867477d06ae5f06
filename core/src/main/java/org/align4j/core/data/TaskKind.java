package org.align4j.core.data;

/** What a training stage wants of a data file. */
public enum TaskKind {
    /** One response to imitate; of a pair the chosen, of a list the best. */
    DEMONSTRATION,
    /** Two responses, the preferred one first. */
    PAIR,
    /** Two or more responses with scores. */
    LIST,
    /** One response with a label; a pair gives two groups. */
    UNPAIRED,
    /** A prompt alone. */
    PROMPT
}
