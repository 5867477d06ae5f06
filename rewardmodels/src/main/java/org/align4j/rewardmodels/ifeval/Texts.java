package org.align4j.rewardmodels.ifeval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text as Python sees it, whose functions the published checks are written in: white space, words, letters, line breaks. */
final class Texts {
    /** {@code .} stops at {@code \n} alone, and classes are Unicode's, as in Python's {@code re}. */
    private static final int FLAGS = Pattern.UNIX_LINES | Pattern.UNICODE_CHARACTER_CLASS;
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}_]+");
    private static final Pattern TOKEN = Pattern.compile("\\.{2,}|--|[:,](?=\\D|$)|[^\\s\"\u00ab\u00bb\u201c\u201d\u2018\u2019\u201e`;@#$%&?!*\\[\\](){}<>\u2012-\u2015]+?"
            + "(?=\\s|$|\\.{2,}|--|[\"\u00ab\u00bb\u201c\u201d\u2018\u2019\u201e`;@#$%&?!*\\[\\](){}<>\u2012-\u2015]|[:,](?:\\D|$))", FLAGS);
    private static final Pattern CONTRACTION = Pattern.compile("(.*[^' ])('s|'m|'d|'ll|'re|'ve|n't|')", FLAGS | Pattern.CASE_INSENSITIVE);
    /** Words that stand for two. */
    private static final Set<String> TWO = Set.of("cannot", "gimme", "gonna", "gotta", "lemme", "wanna", "'tis", "'twas", "d'ye", "more'n");
    private static final Pattern STOP = Pattern.compile("[.?!]+(?=[\"'\u201d\u2019)\\]}*]*(?:\\s|$))", FLAGS);
    private static final int LONGEST = 10;
    private static final Set<String> ABBREVIATIONS = Set.of("mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "gen", "rep", "sen", "gov", "lt", "col", "capt", "sgt", "rev", "hon",
            "inc", "ltd", "co", "corp", "vs", "v", "e.g", "i.e", "a.m", "p.m", "u.s", "u.k", "u.n", "ph.d", "m.d", "d.c", "jan", "feb", "aug", "sept", "oct", "nov", "dec", "ave", "blvd",
            "mt", "ft", "fig");

    private Texts() {}

    static Pattern pattern(String regex) {
        return Pattern.compile(regex, FLAGS);
    }

    static Pattern pattern(String regex, int more) {
        return Pattern.compile(regex, FLAGS | more);
    }

    static int count(Pattern pattern, String text) {
        return (int) pattern.matcher(text).results().count();
    }

    /** Without white space at both ends. */
    static String strip(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && white(text.charAt(from))) {
            from++;
        }
        while (to > from && white(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to);
    }

    private static boolean white(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
    }

    /** Without any of the character at both ends. */
    static String strip(String text, char c) {
        int from = 0;
        int to = text.length();
        while (from < to && text.charAt(from) == c) {
            from++;
        }
        while (to > from && text.charAt(to - 1) == c) {
            to--;
        }
        return text.substring(from, to);
    }

    static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    static List<String> split(String text, String separator) {
        return Arrays.asList(text.split(Pattern.quote(separator), -1));
    }

    /** Runs of letters, digits and underscores. */
    static int words(String text) {
        return count(WORD, text);
    }

    /** At least one capital letter and no small one. */
    static boolean upper(String text) {
        return text.codePoints().anyMatch(Character::isUpperCase) && text.codePoints().noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c));
    }

    /** At least one small letter and no capital one. */
    static boolean lowerCase(String text) {
        return text.codePoints().anyMatch(Character::isLowerCase) && text.codePoints().noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c));
    }

    /** Words as the Penn Treebank has them, most signs left out: a hyphenated word is one, {@code DON'T} is two, {@code DO} and {@code N'T}. */
    static List<String> tokens(String text) {
        List<String> out = new ArrayList<>();
        Matcher m = TOKEN.matcher(text);
        while (m.find()) {
            String token = m.group();
            Matcher contracted = CONTRACTION.matcher(token);
            if (TWO.contains(lower(token))) {
                int half = token.indexOf('\'') == 0 ? 2 : token.length() - (lower(token).equals("cannot") ? 3 : 2);
                out.addAll(List.of(token.substring(0, half), token.substring(half)));
            } else if (contracted.matches()) {
                out.addAll(List.of(contracted.group(1), contracted.group(2)));
            } else {
                out.add(token);
            }
        }
        return out;
    }

    /** Sentences: how often a word with {@code . ? !} behind it stands before white space or the end, abbreviations and initials left out, and what remains. */
    static int sentences(String text) {
        String all = strip(text);
        int count = 0;
        int end = 0;
        Matcher m = STOP.matcher(all);
        while (m.find()) {
            String word = before(all, m.start());
            if (m.group().equals(".") && (ABBREVIATIONS.contains(word) || initial(word) && m.end() < all.length())) {
                continue;
            }
            count++;
            end = m.end();
        }
        String rest = strip(all.substring(end));
        return rest.codePoints().anyMatch(Character::isLetterOrDigit) ? count + 1 : count;
    }

    /** The word that ends there, in small letters and without signs before it; only as much of it as an abbreviation may have. */
    private static String before(String text, int end) {
        int from = end;
        while (from > 0 && end - from < LONGEST && !white(text.charAt(from - 1))) {
            from--;
        }
        while (from < end && !Character.isLetterOrDigit(text.charAt(from))) {
            from++;
        }
        return lower(text.substring(from, end));
    }

    /** One letter with a period, as in J. Smith; not I, which ends a sentence more often. */
    private static boolean initial(String word) {
        return word.length() == 1 && Character.isLetter(word.charAt(0)) && !word.equals("i");
    }
}
