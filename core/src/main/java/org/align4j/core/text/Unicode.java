package org.align4j.core.text;

import org.align4j.core.data.DataException;

/** Text must be valid UTF-16: a lone surrogate has no UTF-8 form, and a tokenizer would silently put U+FFFD in its place. */
final class Unicode {
    private Unicode() {}

    static void check(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) {
                continue;
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
                continue;
            }
            int from = Math.max(0, i - 20);
            throw new DataException(String.format("Text must be valid Unicode, found a lone surrogate U+%04X at character %d, after \"%s\"."
                    + " Repair the text; it was probably cut in the middle of a character.", (int) c, i, text.substring(from, i)));
        }
    }
}
