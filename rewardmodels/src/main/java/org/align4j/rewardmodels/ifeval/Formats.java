package org.align4j.rewardmodels.ifeval;

import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** What a response looks like. */
final class Formats {
    private static final Pattern STAR = Texts.pattern("^\\s*+\\*[^\\*].*$", Pattern.MULTILINE);
    private static final Pattern DASH = Texts.pattern("^\\s*+-.*$", Pattern.MULTILINE);
    private static final Pattern HIGHLIGHT = Texts.pattern("\\*[^\\n\\*]*\\*");
    private static final Pattern DOUBLE = Texts.pattern("\\*\\*[^\\n\\*]*\\*\\*");
    private static final Pattern TITLE = Texts.pattern("<<[^\\n]+>>");
    private static final Pattern DIVIDER = Texts.pattern("\\s?\\*\\*\\*\\s?");
    private static final Pattern SPACE = Texts.pattern("\\s+");
    private static final List<String> FENCES = List.of("```json", "```Json", "```JSON", "```");
    private static final JsonMapper JSON = JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

    private Formats() {}

    /** Lines that begin with {@code *} or {@code -}. */
    static int bullets(String response) {
        return Texts.count(STAR, response) + Texts.count(DASH, response);
    }

    /** Stretches {@code *of text*}; one in double asterisks counts as well. */
    static int highlights(String response) {
        long single = HIGHLIGHT.matcher(response).results().filter(m -> !Texts.strip(Texts.strip(m.group(), '*')).isEmpty()).count();
        long twice = DOUBLE.matcher(response).results().filter(m -> !Texts.strip(m.group().substring(2, m.group().length() - 2)).isEmpty()).count();
        return (int) (single + twice);
    }

    /** A line with something in {@code <<double angular brackets>>}. */
    static boolean title(String response) {
        return TITLE.matcher(response).results().anyMatch(m -> !Texts.strip(Texts.strip(Texts.strip(m.group(), '<'), '>')).isEmpty());
    }

    static boolean quoted(String response) {
        String r = Texts.strip(response);
        return r.length() > 1 && r.charAt(0) == '"' && r.charAt(r.length() - 1) == '"';
    }

    /** One JSON value, possibly fenced. */
    static boolean json(String response) {
        String r = Texts.strip(response);
        for (String fence : FENCES) {
            r = r.startsWith(fence) ? r.substring(fence.length()) : r;
        }
        r = Texts.strip(r.endsWith("```") ? r.substring(0, r.length() - 3) : r);
        try {
            return !r.isEmpty() && !JSON.readTree(r).isMissingNode();
        } catch (JacksonException e) {
            return false;
        }
    }

    /** Two different answers with ****** between them. */
    static boolean twoResponses(String response) {
        List<String> parts = Texts.split(response, "******");
        for (int i = 1; i < parts.size() - 1; i++) {
            if (Texts.strip(parts.get(i)).isEmpty()) {
                return false;
            }
        }
        List<String> said = parts.stream().map(Texts::strip).filter(p -> !p.isEmpty()).toList();
        return said.size() == 2 && !said.get(0).equals(said.get(1));
    }

    /** Paragraphs with *** between them; −1 where one between two others is empty. */
    static int paragraphs(String response) {
        String[] parts = DIVIDER.split(response, -1);
        int count = parts.length;
        for (int i = 0; i < parts.length; i++) {
            if (Texts.strip(parts[i]).isEmpty()) {
                if (i > 0 && i < parts.length - 1) {
                    return -1;
                }
                count--;
            }
        }
        return count;
    }

    /** Whether there are so many paragraphs with an empty line between them, and the nth of what those lines divide begins with the word. */
    static boolean firstWord(String response, int paragraphs, int nth, String word) {
        List<String> parts = Texts.split(response, "\n\n");
        long count = parts.stream().filter(p -> !Texts.strip(p).isEmpty()).count();
        if (nth > count || count != paragraphs || Texts.strip(parts.get(nth - 1)).isEmpty()) {
            return false;
        }
        String first = SPACE.split(Texts.strip(parts.get(nth - 1)))[0];
        while (first.startsWith("'")) {
            first = first.substring(1);
        }
        while (first.startsWith("\"")) {
            first = first.substring(1);
        }
        int end = 0;
        while (end < first.length() && ".,?!'\"".indexOf(first.charAt(end)) < 0) {
            end++;
        }
        return Texts.lower(first.substring(0, end)).equals(word);
    }
}
