package org.align4j.core.generate;

/** Why a continuation stopped. */
public enum FinishReason {
    /** Its last token is one of the model's end tokens or of the stop tokens asked for. */
    STOP_TOKEN,
    /** The {@link StopRule} said so. */
    STOP_RULE,
    /** It reached the most tokens allowed: it was cut, it did not end. */
    LENGTH
}
