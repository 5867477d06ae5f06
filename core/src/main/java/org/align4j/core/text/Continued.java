package org.align4j.core.text;

import java.util.Arrays;
import java.util.List;
import org.align4j.core.data.TextEncoder;

/**
 * Text of a continuation, as it reads after its prompt: many tokenizers write the space between words as a part of the next token, and leave it
 * out at the beginning of a text. Cut before the first stop string.
 */
public final class Continued {
    private final TextEncoder encoder;
    private final int[] tail;
    private final String before;
    private final List<String> stop;
    private int printed;

    /**
     * @param prompt the tokens that are continued
     * @param stop   stop strings, none for none
     */
    public Continued(TextEncoder encoder, int[] prompt, List<String> stop) {
        this.encoder = encoder;
        // The end of the prompt decides how the continuation is spaced; more would only be decoded again for every token.
        this.tail = Arrays.copyOfRange(prompt, Math.max(0, prompt.length - 8), prompt.length);
        this.before = encoder.decode(tail);
        this.stop = stop;
    }

    /** All of it. */
    public String whole(int[] tokens) {
        String text = decode(tokens);
        int end = text.length();
        for (String s : stop) {
            int at = text.indexOf(s);
            end = at < 0 ? end : Math.min(end, at);
        }
        return text.substring(0, end);
    }

    /** What can be told for certain and has not been printed: no half characters, nothing that may become a stop string. */
    public String next(int[] tokens) {
        String text = whole(tokens);
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == '\uFFFD') {
            end--;
        }
        for (String s : stop) {
            for (int n = Math.min(s.length() - 1, end); n > 0; n--) {
                if (text.startsWith(s.substring(0, n), end - n)) {
                    end -= n;
                    break;
                }
            }
        }
        return take(text, end);
    }

    /** What has not been printed when all tokens are known. */
    public String rest(int[] tokens) {
        String text = whole(tokens);
        return take(text, text.length());
    }

    private String take(String text, int end) {
        if (end <= printed) {
            return "";
        }
        String part = text.substring(printed, end);
        printed = end;
        return part;
    }

    private String decode(int[] tokens) {
        int[] both = Arrays.copyOf(tail, tail.length + tokens.length);
        System.arraycopy(tokens, 0, both, tail.length, tokens.length);
        String text = encoder.decode(both);
        return text.startsWith(before) ? text.substring(before.length()) : encoder.decode(tokens);
    }
}
