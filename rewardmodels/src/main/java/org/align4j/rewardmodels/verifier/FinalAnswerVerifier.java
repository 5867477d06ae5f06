package org.align4j.rewardmodels.verifier;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Right when the number after the last marker, such as {@code ####} or {@code answer:}, is the number of the reference answer.
 *
 * <p>Numbers are compared by value: {@code 1,234}, {@code 1 234}, {@code $1234.00} and {@code 01234} are the same. The reference answer is a number, or
 * a worked solution that ends with a marker and a number. The format is valid when there is exactly one marker, a number directly follows it on
 * its line, and nothing but a unit or punctuation follows the number: text after the answer is a form error though it does not make the answer wrong.
 *
 * @param markers what announces the answer; upper and lower case are the same
 */
public record FinalAnswerVerifier(List<String> markers) implements Verifier {
    private static final String NUMBER = "(?:[-+\u2212][$\u20ac\u00a3]?|[$\u20ac\u00a3][-+\u2212]?)?"
            + "(?:(?:\\d{1,3}(?:[, \u00a0]\\d{3})+(?!\\d)|\\d+)(?:\\.\\d+)?|\\.\\d+)";
    /** What would make the number a part of something else: {@code 1/2}, {@code 3.4.5}, {@code 1,0801}, {@code 10:30}. */
    private static final String WHOLE = "(?!\\d|[,./:^*]\\d)";
    private static final Pattern LEADING = Pattern.compile("[ \\t]*(" + NUMBER + ")" + WHOLE);
    private static final Pattern REST = Pattern.compile("\\.?[ \\t]*[\\p{L}%\u00b0$\u20ac\u00a3]*[ \\t]*[.!]?\\s*");

    /** The markers of GSM8K and of plain prose. */
    public FinalAnswerVerifier() {
        this(List.of("####", "answer:"));
    }

    public FinalAnswerVerifier {
        markers = List.copyOf(markers);
        if (markers.isEmpty() || markers.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("a final answer needs at least one marker, none of them blank; found " + markers);
        }
    }

    @Override
    public Verdict verify(String prompt, String response, String answer) {
        BigDecimal wanted = reference(answer);
        Found found = find(response);
        boolean right = found.number().isPresent() && found.number().get().compareTo(wanted) == 0;
        return new Verdict(right ? 1 : 0, found.wellFormed());
    }

    /** The number after the last marker, if there is one. */
    public Optional<BigDecimal> extract(String response) {
        return find(response).number();
    }

    private BigDecimal reference(String answer) {
        Optional<BigDecimal> marked = extract(answer);
        if (marked.isPresent()) {
            return marked.get();
        }
        Matcher m = LEADING.matcher(answer.strip());
        if (m.lookingAt() && REST.matcher(answer.strip().substring(m.end())).matches()) {
            return value(m.group(1));
        }
        throw new IllegalArgumentException("a reference answer must be a number, or end with one of " + markers + " and a number; found \""
                + (answer.length() > 80 ? answer.substring(0, 80) + "…" : answer) + "\"");
    }

    private Found find(String text) {
        Matcher marker = Pattern.compile(markers.stream().map(FinalAnswerVerifier::pattern).collect(Collectors.joining("|")),
                Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE).matcher(text);
        int count = 0;
        int end = -1;
        while (marker.find()) {
            count++;
            end = marker.end();
        }
        if (count == 0) {
            return new Found(Optional.empty(), false);
        }
        String rest = text.substring(end);
        Matcher number = LEADING.matcher(rest);
        if (!number.lookingAt()) {
            return new Found(Optional.empty(), false);
        }
        boolean clean = REST.matcher(rest.substring(number.end())).matches();
        return new Found(Optional.of(value(number.group(1))), clean && count == 1);
    }

    /** A marker that begins with a letter must not be the tail of a word: {@code A:} is not in {@code PA:}. */
    private static String pattern(String marker) {
        return (Character.isLetterOrDigit(marker.charAt(0)) ? "(?<![\\p{L}\\p{N}])" : "") + Pattern.quote(marker);
    }

    private static BigDecimal value(String number) {
        return new BigDecimal(number.replace('\u2212', '-').replaceAll("[^-0-9.]", ""));
    }

    private record Found(Optional<BigDecimal> number, boolean wellFormed) {
    }
}
