package org.align4j.rewardmodels.verifier;

/** Judges a response by rule, against a known answer. A verifier keeps no state and can be used by several threads. */
@FunctionalInterface
public interface Verifier {

    /**
     * Judges a response.
     *
     * @param prompt   the prompt that was answered
     * @param response the text to judge
     * @param answer   the reference answer
     * @throws IllegalArgumentException when the reference answer itself cannot be read
     */
    Verdict verify(String prompt, String response, String answer);
}
