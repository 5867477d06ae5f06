package org.align4j.rewardmodels.verifier;

import java.util.Locale;

/**
 * Right when the response equals the answer, once the space around both is gone and runs of white space have become single spaces.
 * The format is valid when anything is said at all.
 *
 * @param ignoreCase whether upper and lower case are the same
 */
public record ExactMatchVerifier(boolean ignoreCase) implements Verifier {

    @Override
    public Verdict verify(String prompt, String response, String answer) {
        String r = normal(response);
        return new Verdict(r.equals(normal(answer)) ? 1 : 0, !r.isEmpty());
    }

    private String normal(String text) {
        String t = text.strip().replaceAll("\\s+", " ");
        return ignoreCase ? t.toLowerCase(Locale.ROOT) : t;
    }
}
