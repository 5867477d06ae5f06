package org.align4j.core.generate;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** Decides from what was sampled so far whether a continuation is complete. Asked after every token that did not stop it already. */
@FunctionalInterface
public interface StopRule {
    /** Never stops. */
    StopRule NEVER = (tokens, count) -> false;

    /**
     * @param tokens the tokens sampled so far, in the first {@code count} places; must not be changed or kept
     * @param count  at least 1
     */
    boolean stops(int[] tokens, int count);

    /**
     * Stops once the text holds one of the strings. Only the end of a continuation is decoded, with as many tokens as the longest string has
     * UTF-8 bytes and a few more, so that its cost does not grow with the length: a string is seen as soon as its last token is there.
     *
     * @param decoder makes text of tokens
     * @param strings none empty
     */
    static StopRule text(Function<int[], String> decoder, List<String> strings) {
        if (strings.isEmpty() || strings.contains("")) {
            throw new IllegalArgumentException("Stop strings must be given and must not be empty, got " + strings);
        }
        int tail = strings.stream().mapToInt(s -> s.getBytes(java.nio.charset.StandardCharsets.UTF_8).length).max().getAsInt() + 4;
        return (tokens, count) -> {
            String text = decoder.apply(Arrays.copyOfRange(tokens, Math.max(0, count - tail), count));
            return strings.stream().anyMatch(text::contains);
        };
    }
}
