package org.align4j.core.text;

import java.util.Arrays;

/**
 * Tokenises a text that continues another one.
 *
 * <p>The ids of a prompt must not depend on what follows it, else responses could not share it. So the prompt is
 * tokenised alone, and:
 * <ol>
 *   <li>where the ids of prompt + response begin with the prompt's, the response is the rest of them;
 *   <li>where a token would reach across the boundary, the response is tokenised by itself, without the space that
 *       SentencePiece-like tokenizers put before a text.
 * </ol>
 */
final class Continuation {
    /** Texts that seldom merge with what follows; one of them stands before a response so that it does not begin a text. */
    private static final String[] LEADS = {"\n", ".", "a", "0"};
    private final HfTokenizer tokenizer;
    private final boolean prefixesSpace;

    Continuation(HfTokenizer tokenizer) {
        this.tokenizer = tokenizer;
        int[] alone = tokenizer.raw("a");
        boolean plain = false;
        for (String lead : LEADS) {
            int[] after = after(lead, "a");
            plain |= after != null && Arrays.equals(after, alone);
        }
        prefixesSpace = !plain;
    }

    /** Ids of {@code response} behind {@code prompt}, whose own ids are {@code promptIds}. */
    int[] encode(String prompt, int[] promptIds, String response) {
        Unicode.check(response);
        int[] whole = tokenizer.encode(prompt + response);
        if (startsWith(whole, promptIds)) {
            return Arrays.copyOfRange(whole, promptIds.length, whole.length);
        }
        if (prefixesSpace) {
            for (String lead : LEADS) {
                int[] ids = after(lead, response);
                if (ids != null) {
                    return ids;
                }
            }
        }
        return tokenizer.encode(response);
    }

    private int[] after(String lead, String text) {
        int[] before = tokenizer.raw(lead);
        // A special token would begin a new text, which gets its own space; an empty one shows nothing.
        if (before.length == 0 || Arrays.stream(before).anyMatch(tokenizer.specialIds()::contains)) {
            return null;
        }
        int[] whole = tokenizer.raw(lead + text);
        return startsWith(whole, before) ? Arrays.copyOfRange(whole, before.length, whole.length) : null;
    }

    private static boolean startsWith(int[] ids, int[] start) {
        return ids.length >= start.length && Arrays.equals(ids, 0, start.length, start, 0, start.length);
    }
}
