package org.align4j.rewardmodels.ifeval;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The check behind each id: from its arguments to a test of a response. */
final class Checks {
    private static final List<String> ANSWERS = List.of("My answer is yes.", "My answer is no.", "My answer is maybe.");
    private static final Map<String, Function<Arguments, Predicate<String>>> ALL = new TreeMap<>();

    static {
        ALL.put("change_case:capital_word_frequency", Checks::capitalWords);
        ALL.put("change_case:english_capital", a -> Texts::upper);
        ALL.put("change_case:english_lowercase", a -> Texts::lowerCase);
        ALL.put("combination:repeat_prompt", Checks::repeatPrompt);
        ALL.put("combination:two_responses", a -> Formats::twoResponses);
        ALL.put("detectable_content:number_placeholders", Checks::placeholders);
        ALL.put("detectable_content:postscript", Checks::postscript);
        ALL.put("detectable_format:constrained_response", a -> r -> ANSWERS.stream().anyMatch(r::contains));
        ALL.put("detectable_format:json_format", a -> Formats::json);
        ALL.put("detectable_format:multiple_sections", Checks::sections);
        ALL.put("detectable_format:number_bullet_lists", Checks::bullets);
        ALL.put("detectable_format:number_highlighted_sections", Checks::highlights);
        ALL.put("detectable_format:title", a -> Formats::title);
        ALL.put("keywords:existence", Checks::existence);
        ALL.put("keywords:forbidden_words", Checks::forbidden);
        ALL.put("keywords:frequency", Checks::frequency);
        ALL.put("keywords:letter_frequency", Checks::letters);
        ALL.put("length_constraints:nth_paragraph_first_word", Checks::firstWord);
        ALL.put("length_constraints:number_paragraphs", Checks::paragraphs);
        ALL.put("length_constraints:number_sentences", Checks::sentences);
        ALL.put("length_constraints:number_words", Checks::words);
        ALL.put("punctuation:no_comma", a -> r -> r.indexOf(',') < 0);
        ALL.put("startend:end_checker", Checks::end);
        ALL.put("startend:quotation", a -> Formats::quoted);
    }

    private Checks() {}

    static List<String> ids() {
        return List.copyOf(ALL.keySet());
    }

    /** Null where there is no such check. */
    static Function<Arguments, Predicate<String>> of(String id) {
        return ALL.get(id);
    }

    private static IntPredicate compared(boolean atLeast, int bound) {
        return n -> n >= bound == atLeast;
    }

    private static Predicate<String> capitalWords(Arguments a) {
        IntPredicate holds = compared(a.atLeast("capital_relation"), a.whole("capital_frequency", 0));
        return r -> holds.test((int) Texts.tokens(r).stream().filter(Texts::upper).count());
    }

    private static Predicate<String> repeatPrompt(Arguments a) {
        String prompt = Texts.lower(Texts.strip(a.text("prompt_to_repeat")));
        return r -> Texts.lower(Texts.strip(r)).startsWith(prompt);
    }

    private static Predicate<String> placeholders(Arguments a) {
        int least = a.whole("num_placeholders", 0);
        Pattern placeholder = Texts.pattern("\\[.*?\\]");
        return r -> Texts.count(placeholder, r) >= least;
    }

    private static Predicate<String> postscript(Arguments a) {
        String marker = Texts.strip(a.text("postscript_marker"));
        // The two usual markers may be written with spaces, P. S.
        Pattern pattern = Texts.pattern(marker.equals("P.P.S") ? "p\\.\\s?p\\.\\s?s" : marker.equals("P.S.") ? "p\\.\\s?s\\." : Pattern.quote(Texts.lower(marker)));
        return r -> pattern.matcher(Texts.lower(r)).find();
    }

    private static Predicate<String> sections(Arguments a) {
        int least = a.whole("num_sections", 0);
        Pattern section = Texts.pattern("\\s?" + Pattern.quote(Texts.strip(a.text("section_spliter"))) + "\\s?\\d+\\s?");
        return r -> Texts.count(section, r) >= least;
    }

    private static Predicate<String> bullets(Arguments a) {
        int exactly = a.whole("num_bullets", 0);
        return r -> Formats.bullets(r) == exactly;
    }

    private static Predicate<String> highlights(Arguments a) {
        int least = a.whole("num_highlights", 0);
        return r -> Formats.highlights(r) >= least;
    }

    private static Predicate<String> existence(Arguments a) {
        List<Pattern> all = a.texts("keywords").stream().map(k -> ignoringCase(Pattern.quote(k))).toList();
        return r -> all.stream().allMatch(p -> p.matcher(r).find());
    }

    private static Predicate<String> forbidden(Arguments a) {
        List<Pattern> all = a.texts("forbidden_words").stream().map(k -> ignoringCase("\\b" + Pattern.quote(k) + "\\b")).toList();
        return r -> all.stream().noneMatch(p -> p.matcher(r).find());
    }

    private static Predicate<String> frequency(Arguments a) {
        Pattern keyword = ignoringCase(Pattern.quote(Texts.strip(a.text("keyword"))));
        IntPredicate holds = compared(a.atLeast("relation"), a.whole("frequency", 0));
        return r -> holds.test(Texts.count(keyword, r));
    }

    private static Pattern ignoringCase(String regex) {
        return Texts.pattern(regex, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
    }

    private static Predicate<String> letters(Arguments a) {
        String letter = Texts.lower(Texts.strip(a.text("letter")));
        if (letter.codePointCount(0, letter.length()) != 1) {
            throw new IllegalArgumentException("the instruction keywords:letter_frequency needs letter, one character, found \"" + letter + "\"");
        }
        int code = letter.codePointAt(0);
        IntPredicate holds = compared(a.atLeast("let_relation"), a.whole("let_frequency", 0));
        return r -> holds.test((int) Texts.lower(r).codePoints().filter(c -> c == code).count());
    }

    private static Predicate<String> firstWord(Arguments a) {
        int paragraphs = a.whole("num_paragraphs", 1);
        int nth = a.whole("nth_paragraph", 1);
        String word = Texts.lower(a.text("first_word"));
        return r -> Formats.firstWord(r, paragraphs, nth, word);
    }

    private static Predicate<String> paragraphs(Arguments a) {
        int exactly = a.whole("num_paragraphs", 0);
        return r -> Formats.paragraphs(r) == exactly;
    }

    private static Predicate<String> sentences(Arguments a) {
        IntPredicate holds = compared(a.atLeast("relation"), a.whole("num_sentences", 0));
        return r -> holds.test(Texts.sentences(r));
    }

    private static Predicate<String> words(Arguments a) {
        IntPredicate holds = compared(a.atLeast("relation"), a.whole("num_words", 0));
        return r -> holds.test(Texts.words(r));
    }

    private static Predicate<String> end(Arguments a) {
        String phrase = Texts.lower(Texts.strip(a.text("end_phrase")));
        return r -> Texts.lower(Texts.strip(Texts.strip(r), '"')).endsWith(phrase);
    }
}
