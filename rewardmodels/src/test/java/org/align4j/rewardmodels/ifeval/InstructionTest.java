package org.align4j.rewardmodels.ifeval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.UserException;
import org.junit.jupiter.api.Test;

class InstructionTest {
    private static final Set<String> TRIED = new LinkedHashSet<>();

    private static Instruction of(String id, Object... arguments) {
        TRIED.add(id);
        Map<String, Object> map = new HashMap<>();
        for (int i = 0; i < arguments.length; i += 2) {
            map.put((String) arguments[i], arguments[i + 1]);
        }
        return Instruction.of(id, map);
    }

    private static void holds(Instruction instruction, String... responses) {
        for (String r : responses) {
            assertTrue(instruction.strict(r), instruction + ": " + r);
            assertTrue(instruction.loose(r), instruction + ", loose: " + r);
        }
    }

    private static void fails(Instruction instruction, String... responses) {
        for (String r : responses) {
            assertFalse(instruction.strict(r), instruction + ": " + r);
        }
    }

    @Test
    void everyInstructionHoldsAndFails() {
        keywords();
        lengths();
        contents();
        formats();
        shapes();
        cases();
        assertEquals(new LinkedHashSet<>(Instruction.ids()), new java.util.TreeSet<>(TRIED));
        assertEquals(24, Instruction.ids().size());
    }

    private static void keywords() {
        Instruction both = of("keywords:existence", "keywords", List.of("river", "c++"));
        holds(both, "Rivers of C++ code");
        fails(both, "a river of c", "");
        Instruction twice = of("keywords:frequency", "keyword", " art ", "frequency", 2, "relation", "at least");
        holds(twice, "Art and party");
        fails(twice, "Art and craft");
        holds(of("keywords:frequency", "keyword", "art", "frequency", 2.0, "relation", "less than"), "Art and craft");
        Instruction forbidden = of("keywords:forbidden_words", "forbidden_words", List.of("art", "war"));
        holds(forbidden, "party and warfare");
        fails(forbidden, "The ART of it", "no war.");
        Instruction letters = of("keywords:letter_frequency", "letter", "A", "let_frequency", 3, "let_relation", "less than");
        holds(letters, "Alpha b");
        fails(letters, "Alpha a");
        holds(of("keywords:letter_frequency", "letter", "!", "let_frequency", 2, "let_relation", "at least"), "Oh! No!");
    }

    private static void lengths() {
        Instruction words = of("length_constraints:number_words", "num_words", 4, "relation", "at least");
        holds(words, "well-known facts, 2");
        fails(words, "don\u00e9e facts here...");
        Instruction sentences = of("length_constraints:number_sentences", "num_sentences", 3, "relation", "less than");
        holds(sentences, "Dr. Smith paid 3.50 at 5 p.m. yesterday. And left");
        fails(sentences, "One. Two! Three?", "One. Two. three");
        Instruction paragraphs = of("length_constraints:number_paragraphs", "num_paragraphs", 2);
        holds(paragraphs, "one\n***\ntwo", "***\none\n***\ntwo\n***");
        fails(paragraphs, "one\n\ntwo", "one\n***\n \n***\ntwo");
        Instruction first = of("length_constraints:nth_paragraph_first_word", "num_paragraphs", 2, "nth_paragraph", 2, "first_word", "Firstly");
        holds(first, "Hello there.\n\n\"firstly, we\"", "a\n\nFIRSTLY!");
        fails(first, "a\n\nb firstly", "a\n\nfirstly\n\nc", "firstly", "a\n\nfirstly-made");
    }

    private static void contents() {
        Instruction places = of("detectable_content:number_placeholders", "num_placeholders", 2);
        holds(places, "Dear [name], [city]");
        fails(places, "Dear [name\n]", "[a");
        Instruction ps = of("detectable_content:postscript", "postscript_marker", "P.S.");
        holds(ps, "Bye\nP.S. more", "p. s. more");
        fails(ps, "Bye. PS more");
        holds(of("detectable_content:postscript", "postscript_marker", "P.P.S"), "p.p. s more");
        holds(of("detectable_content:postscript", "postscript_marker", "NB:"), "nb: more");
        fails(of("detectable_content:postscript", "postscript_marker", "P.P.S"), "P.S. more");
        Instruction repeat = of("combination:repeat_prompt", "prompt_to_repeat", "Say it. ");
        holds(repeat, "\n say IT. It.");
        fails(repeat, "Sure. Say it.");
        Instruction two = of("combination:two_responses");
        holds(two, "one\n******\ntwo", "******one******two");
        fails(two, "one\n***\ntwo", "one******one ", "one******two******three", "one****** ******two");
    }

    private static void formats() {
        Instruction bullets = of("detectable_format:number_bullet_lists", "num_bullets", 2);
        holds(bullets, "Here:\n* one\n  - two");
        fails(bullets, "* one", "* one\n* two\n- three", "**one**\n**two**");
        holds(of("detectable_format:constrained_response"), "Well. My answer is no. ");
        fails(of("detectable_format:constrained_response"), "My answer is perhaps.");
        Instruction highlights = of("detectable_format:number_highlighted_sections", "num_highlights", 2);
        holds(highlights, "*one* and **two**");
        fails(highlights, "*one* and ** **", "*one\n*");
        Instruction sections = of("detectable_format:multiple_sections", "section_spliter", "Section", "num_sections", 2);
        holds(sections, "Section 1\na\nSection 2\nb");
        fails(sections, "Section one\na\nSection 2", "SECTION 1 SECTION 2");
        Instruction json = of("detectable_format:json_format");
        holds(json, "{\"a\": [1, null]}", "```json\n{\"a\": 1}\n```", "7");
        fails(json, "{'a': 1}", "{\"a\": 1} and", "```", "Here: {}");
        holds(of("detectable_format:title"), "<<A poem>>\nx");
        fails(of("detectable_format:title"), "<< >>", "<A>", "<<A\n>>");
    }

    private static void shapes() {
        Instruction end = of("startend:end_checker", "end_phrase", "Is that ALL?");
        holds(end, "Yes. is that all? \n", "\"Yes. Is that all?\"");
        fails(end, "Is that all? Yes");
        holds(of("startend:quotation"), " \"quoted\"\n");
        fails(of("startend:quotation"), "\"", "a \"quoted\"", "\u201cquoted\u201d");
        holds(of("punctuation:no_comma"), "no; none");
        fails(of("punctuation:no_comma"), "one, two");
    }

    private static void cases() {
        Instruction capitals = of("change_case:capital_word_frequency", "capital_frequency", 3, "capital_relation", "at least");
        holds(capitals, "A WELL-KNOWN fact, YES", "I CANNOT");
        fails(capitals, "A WELL-KNOWN fact", "Ab Cd Ef GH");
        fails(of("change_case:capital_word_frequency", "capital_frequency", 2, "capital_relation", "less than"), "DON'T");
        holds(of("change_case:english_capital"), "ALL 7 OF IT!");
        fails(of("change_case:english_capital"), "ALL of IT", "7!");
        holds(of("change_case:english_lowercase"), "all 7 of it!");
        fails(of("change_case:english_lowercase"), "All of it");
    }

    @Test
    void looseForgivesWhatChatModelsAdd() {
        Instruction quotation = Instruction.of("startend:quotation", Map.of());
        String wrapped = "Sure! Here it is:\n\n\"quoted\"\n\nAnything else?";
        assertFalse(quotation.strict(wrapped));
        assertTrue(quotation.loose(wrapped));
        assertTrue(quotation.loose("Sure:\n**\"quoted\"**"));
        assertFalse(quotation.loose("One.\nTwo.\n\"quoted\"\nThree."));
        assertFalse(Instruction.of("punctuation:no_comma", Map.of()).loose(" \n "), "an empty response follows nothing");
    }

    @Test
    void sentencesAndTokens() {
        assertEquals(0, Texts.sentences(" "));
        assertEquals(1, Texts.sentences("no stop"));
        assertEquals(2, Texts.sentences("He said \"Go!\" And went..."));
        assertEquals(2, Texts.sentences("J. R. Smith lives in the U.S. now. So do I."));
        assertEquals(1, Texts.sentences("See example.com/a?b=1 for 2.5 more"));
        assertEquals(List.of("DO", "N'T", "stop", ":", "U.S.", "A", "a", ",", "b", "12:30", ",", "end."), Texts.tokens("DON'T stop: U.S. (A) a,b 12:30, end."));
        assertEquals(3, Texts.words("na\u00efve snake_case 7"));
    }

    @Test
    void refusesWhatItCannotDo() {
        assertTrue(assertThrows(UserException.class, () -> Instruction.of("language:response_language", Map.of("language", "de"))).getMessage().contains("no detector of languages"));
        assertTrue(assertThrows(UserException.class, () -> Instruction.of("keywords:exist", Map.of())).getMessage().contains("keywords:existence"));
        says("needs num_words, a whole number of 0 or more, found none", "length_constraints:number_words", Map.of("relation", "at least"));
        says("\"at least\" or \"less than\", found about", "length_constraints:number_words", Map.of("relation", "about", "num_words", 3));
        says("takes no num_words", "punctuation:no_comma", Map.of("num_words", 3));
        says("found 2.5", "detectable_format:number_bullet_lists", Map.of("num_bullets", 2.5));
        says("one character, found \"ab\"", "keywords:letter_frequency", Map.of("letter", "ab", "let_frequency", 1, "let_relation", "at least"));
        says("a list of one or more texts, found []", "keywords:existence", Map.of("keywords", List.of()));
        Map<String, Object> nulls = new HashMap<>();
        nulls.put("num_words", null);
        assertEquals(Map.of(), Instruction.of("punctuation:no_comma", nulls).arguments(), "null is as good as not given");
    }

    private static void says(String what, String id, Map<String, Object> arguments) {
        String message = assertThrows(IllegalArgumentException.class, () -> Instruction.of(id, arguments)).getMessage();
        assertTrue(message.contains(what) && message.contains(id), message);
    }
}
