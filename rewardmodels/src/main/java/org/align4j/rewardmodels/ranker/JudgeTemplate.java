package org.align4j.rewardmodels.ranker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.UserException;

/**
 * What a judge is asked, and the two words it answers with. The text has slots in braces, each at least once: {@code {prompt}}, {@code {first}} and
 * {@code {second}} for a comparison, {@code {prompt}} and {@code {response}} for a single response. What fills a slot is never searched for slots itself.
 *
 * @param text  with its slots
 * @param slots their names
 * @param yes   the word for "the first is better" or "the response is good"
 * @param no    the other word
 */
public record JudgeTemplate(String text, List<String> slots, String yes, String no) {
    private static final Pattern SLOT = Pattern.compile("\\{([a-z]+)}");
    private static final List<String> PAIR_SLOTS = List.of("prompt", "first", "second");
    private static final List<String> POINT_SLOTS = List.of("prompt", "response");

    /** The comparison asked by default: "A" for the first response, "B" for the second. */
    public static final JudgeTemplate PAIR = pair("""
            Below are a prompt and two responses to it. Judge which response serves better the one who wrote the prompt.

            Prompt:
            {prompt}

            Response A:
            {first}

            Response B:
            {second}

            The better response is""");

    /** What is asked of a single response by default: "Good" or "Bad". */
    public static final JudgeTemplate POINT = point("""
            Below are a prompt and a response to it. Judge whether the response serves the one who wrote the prompt.

            Prompt:
            {prompt}

            Response:
            {response}

            The response is""");

    public JudgeTemplate {
        slots = List.copyOf(slots);
        for (String slot : slots) {
            if (!text.contains("{" + slot + "}")) {
                throw new UserException("A judge's template must have the slots {" + String.join("}, {", slots) + "}; {" + slot + "} was not found.");
            }
        }
        if (yes.isBlank() || no.isBlank() || yes.equals(no)) {
            throw new UserException("A judge needs two different words to answer with, found \"" + yes + "\" and \"" + no + "\".");
        }
    }

    /** A comparison answered with "A" or "B". */
    public static JudgeTemplate pair(String text) {
        return new JudgeTemplate(text, PAIR_SLOTS, "A", "B");
    }

    /** A judgement of one response answered with "Good" or "Bad". */
    public static JudgeTemplate point(String text) {
        return new JudgeTemplate(text, POINT_SLOTS, "Good", "Bad");
    }

    /** {@link #pair(String)} of a UTF-8 file; line breaks at its end are left out, since what follows is the word. */
    public static JudgeTemplate pair(Path file) {
        return pair(read(file));
    }

    /** {@link #point(String)} of a UTF-8 file; line breaks at its end are left out, since what follows is the word. */
    public static JudgeTemplate point(Path file) {
        return point(read(file));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).replaceAll("\\R+\\z", "");
        } catch (IOException e) {
            throw new UserException("Cannot read the judge's template " + file + ": " + e + ". Name a UTF-8 text file.", e);
        }
    }

    /** The text with its slots filled, in the order of {@link #slots}. */
    public String fill(String... values) {
        if (values.length != slots.size()) {
            throw new IllegalArgumentException("The slots " + slots + " need as many values, found " + values.length);
        }
        Map<String, String> by = new LinkedHashMap<>();
        for (int i = 0; i < values.length; i++) {
            by.put(slots.get(i), values[i]);
        }
        Matcher m = SLOT.matcher(text);
        StringBuilder out = new StringBuilder();
        while (m.find()) {
            m.appendReplacement(out, Matcher.quoteReplacement(by.getOrDefault(m.group(1), m.group())));
        }
        return m.appendTail(out).toString();
    }

    /** A word as it continues a plain text: with a space in front where the text does not end with white space. */
    static String continuing(String text, String word) {
        return text.isEmpty() || Character.isWhitespace(text.charAt(text.length() - 1)) ? word : " " + word;
    }
}
