package org.align4j.core.text.jinja;

import java.util.Locale;
import java.util.function.IntPredicate;

/** Upper and lower case, and questions about characters. */
final class Case {
    private Case() {}

    static String lower(String s) {
        return s.toLowerCase(Locale.ROOT);
    }

    static String upper(String s) {
        return s.toUpperCase(Locale.ROOT);
    }

    private static String titleFirst(int c) {
        int t = Character.toTitleCase(c);
        // Letters such as ß have a title case of two letters, which only the full mapping knows.
        String upper = upper(Character.toString(c));
        if (upper.codePointCount(0, upper.length()) > 1) {
            throw new Fault("the capital form of '" + Character.toString(c) + "' is not supported.");
        }
        return Character.toString(t);
    }

    static String capitalize(String s) {
        if (s.isEmpty()) {
            return s;
        }
        int first = s.codePointAt(0);
        return titleFirst(first) + lower(s.substring(Character.charCount(first)));
    }

    /** {@code str.title()}: a word starts after anything that has no case. */
    static String title(String s) {
        StringBuilder out = new StringBuilder();
        boolean inWord = false;
        for (int i = 0; i < s.length(); i += Character.charCount(s.codePointAt(i))) {
            int c = s.codePointAt(i);
            out.append(inWord ? lower(Character.toString(c)) : cased(c) ? titleFirst(c) : Character.toString(c));
            inWord = cased(c);
        }
        return out.toString();
    }

    /** Jinja's own {@code title} filter: a word starts after white space, dash or an opening bracket. */
    static String titleFilter(String s) {
        StringBuilder out = new StringBuilder();
        boolean inWord = false;
        StringBuilder rest = new StringBuilder();
        for (int i = 0; i < s.length(); i += Character.charCount(s.codePointAt(i))) {
            int c = s.codePointAt(i);
            if (Chars.isSpace(c) || "-({[<".indexOf(c) >= 0) {
                out.append(lower(rest.toString())).appendCodePoint(c);
                rest.setLength(0);
                inWord = false;
            } else if (inWord) {
                rest.appendCodePoint(c);
            } else {
                out.append(upper(Character.toString(c)));
                inWord = true;
            }
        }
        return out.append(lower(rest.toString())).toString();
    }

    private static boolean cased(int c) {
        return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
    }

    static boolean is(String s, String method) {
        return switch (method) {
            case "isspace" -> all(s, Chars::isSpace);
            case "isalpha" -> all(s, Character::isLetter);
            case "isdecimal" -> all(s, Character::isDigit);
            case "isupper" -> s.codePoints().anyMatch(Case::cased) && s.codePoints().noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c));
            case "islower" -> s.codePoints().anyMatch(Case::cased) && s.codePoints().noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c));
            case "isascii" -> s.codePoints().allMatch(c -> c < 128);
            default -> {
                // Superscripts, fractions and the like are digits or numbers to one of these and not to another.
                if (s.codePoints().anyMatch(c -> c > 127 && !Character.isLetter(c) && !Character.isDigit(c) && numeric(c))) {
                    throw new Fault(method + " on unusual digits is not supported.");
                }
                yield all(s, method.equals("isalnum") ? Character::isLetterOrDigit : Character::isDigit);
            }
        };
    }

    private static boolean numeric(int c) {
        return Character.getType(c) == Character.OTHER_NUMBER || Character.getType(c) == Character.LETTER_NUMBER;
    }

    private static boolean all(String s, IntPredicate p) {
        return !s.isEmpty() && s.codePoints().allMatch(p);
    }
}
