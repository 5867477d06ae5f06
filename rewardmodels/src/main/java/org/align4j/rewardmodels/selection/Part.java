package org.align4j.rewardmodels.selection;

/** Which part of a row is looked at. Of several responses it is the best one. */
public enum Part {
    /** The prompt. */
    PROMPT,
    /** The response. */
    RESPONSE,
    /** The prompt and the response after it. */
    BOTH
}
