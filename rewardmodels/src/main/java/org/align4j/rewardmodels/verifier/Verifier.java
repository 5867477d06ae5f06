package org.align4j.rewardmodels.verifier;

import org.align4j.rewardmodels.Answer;

/** Judges a response by rule, most often against a known answer. A verifier keeps no state and can be used by several threads. */
@FunctionalInterface
public interface Verifier {

    /**
     * Judges a response.
     *
     * @param prompt   the prompt that was answered
     * @param response the text to judge
     * @param answer   the reference answer; may be null where {@link #needsReference} is false
     * @throws IllegalArgumentException when the reference answer itself cannot be read
     */
    Verdict verify(String prompt, String response, String answer);

    /** As {@link #verify(String, String, String)} for a response of which more than its text may be known, its tokens for instance. */
    default Verdict verify(String prompt, Answer response, String answer) {
        return verify(prompt, response.text(), answer);
    }

    /** Whether there must be a reference answer to compare with. */
    default boolean needsReference() {
        return true;
    }
}
