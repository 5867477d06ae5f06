package org.align4j.rewardmodels.verifier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.align4j.core.UserException;
import org.align4j.rewardmodels.Answer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RuleVerifiersTest {
    private static final Verdict RIGHT = new Verdict(1, true);
    private static final Verdict WRONG = new Verdict(0, true);
    private static final Verdict NO_FORM = new Verdict(0, false);

    @Test
    void aRegexIsFoundAnywhereOrTakesTheWhole() {
        assertEquals(RIGHT, new RegexVerifier(BoundedPattern.of("\\d+"), false).verify("", "about 12 cats", null));
        assertEquals(NO_FORM, new RegexVerifier(BoundedPattern.of("\\d+"), true).verify("", "about 12 cats", null));
        assertEquals(RIGHT, new RegexVerifier(BoundedPattern.of("(?is)<think>.*</think>.+"), true).verify("", "<THINK>a\nb</think>c", null));
    }

    @Test
    void aGroupNamedAnswerIsComparedWithTheReference() {
        RegexVerifier tagged = new RegexVerifier(BoundedPattern.of("(?s)<answer>(?<answer>.*?)</answer>"), false);
        assertTrue(tagged.needsReference());
        assertEquals(RIGHT, tagged.verify("", "so <answer> 7  cats\n</answer>", "7 cats"));
        assertEquals(WRONG, tagged.verify("", "so <answer>8 cats</answer>", "7 cats"));
        assertEquals(NO_FORM, tagged.verify("", "7 cats", "7 cats"));
        assertFalse(new RegexVerifier(BoundedPattern.of("\\(\\?<answer>"), false).needsReference());
        assertEquals(WRONG, new RegexVerifier(BoundedPattern.of("yes|(?<answer>no)"), false).verify("", "yes", "no"));
    }

    /** The usual way to say "anything": one level of Java's stack for every character. */
    @Test
    void longResponsesDoNotExhaustTheStack() {
        String text = "a line\n".repeat(30_000) + "<answer>7</answer>";
        assertEquals(new BoundedPattern.Match("7"), BoundedPattern.of("(.|\n)*<answer>(?<answer>.*)</answer>").find(text, true));
        assertNull(BoundedPattern.of("(.|\n)*<Answer>").find(text, false));
    }

    /** Each takes longer than the universe is old without a bound; the last one finds nothing after a deep search. */
    @ParameterizedTest
    @ValueSource(strings = {"(a|a)*b", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*a){25}b", "(?:a|b)*c"})
    void hopelessSearchesEnd(String expression) {
        String text = "a".repeat(20_000) + "!";
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> assertNull(BoundedPattern.of(expression).find(text, true)));
    }

    @Test
    void stepsAreCounted() {
        assertNull(new BoundedPattern("a+b", 10).find("a".repeat(20) + "b", false));
        assertEquals(new BoundedPattern.Match(null), new BoundedPattern("a+b", 100).find("a".repeat(20) + "b", false));
        assertThrows(IllegalArgumentException.class, () -> new BoundedPattern("a", 0));
        UserException e = assertThrows(UserException.class, () -> BoundedPattern.of("(a"));
        assertTrue(e.getMessage().contains("\"(a\""), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"4, 1", "2, 1", "1, 0.5", "0, 0", "5, 0.5", "6, 0", "60, 0"})
    void lengthsFallOffInAStraightLine(int words, double score) {
        assertEquals(score, new LengthVerifier(LengthVerifier.Unit.WORDS, 2, 4, 2).verify("", "w ".repeat(words), null).score());
    }

    @Test
    void lengthsInEveryUnit() {
        assertEquals(RIGHT, new LengthVerifier(LengthVerifier.Unit.CHARACTERS, 2, 2, 0).verify("", "a\ud83d\ude00", null));
        assertEquals(NO_FORM, new LengthVerifier(LengthVerifier.Unit.CHARACTERS, 0, 1, 0).verify("", "a\ud83d\ude00", null));
        LengthVerifier tokens = new LengthVerifier(LengthVerifier.Unit.TOKENS, 1, 3, 0);
        assertEquals(RIGHT, tokens.verify("", new Answer("a long text", new int[] {5, 6, 7}, true), null));
        assertThrows(UserException.class, () -> tokens.verify("", "text", null));
        assertEquals(3, LengthVerifier.Unit.WORDS.of(Answer.of(" a\u00a0b\n\tc ")));
        assertThrows(IllegalArgumentException.class, () -> new LengthVerifier(LengthVerifier.Unit.WORDS, 3, 2, 0));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', value = {
        "{\"n\": 3}                        | 1 | true",
        "{\"n\": 3.0}                      | 1 | true",
        "{\"n\": 3, \"tags\": [\"a\"]}     | 1 | true",
        "{\"n\": 3.5}                      | 0 | true",
        "{\"n\": 0}                        | 0 | true",
        "{}                                | 0 | true",
        "{\"n\": 3, \"x\": 1}              | 0 | true",
        "{\"n\": 3, \"tags\": [\"a\", \"a\"]} | 0 | true",
        "{\"n\": 3, \"tags\": [\"A\"]}     | 0 | true",
        "[1]                               | 0 | true",
        "{\"n\": 3} and more               | 0 | false",
        "{\"n\": 3, \"n\": 4}              | 0 | false",
        "{n: 3}                            | 0 | false",
        "''                                | 0 | false",
        "{\"n\": 1e999999999}              | 0 | false",
        "{\"n\": 1e-999999999}             | 0 | false",
        "{\"n\": 1e99999999999999999999}   | 0 | false",
        "```json {\"n\": 3} ```            | 0 | false"
    })
    void jsonAgainstASchema(String response, double score, boolean formatValid) {
        JsonSchemaVerifier verifier = new JsonSchemaVerifier("""
                {"type": "object", "required": ["n"], "additionalProperties": false, "properties": {
                   "n": {"type": "integer", "minimum": 1, "multipleOf": 1},
                   "tags": {"type": "array", "uniqueItems": true, "items": {"$ref": "#/$defs/tag"}}},
                 "$defs": {"tag": {"type": "string", "pattern": "^[a-z]+$"}}}""", false);
        assertEquals(new Verdict(score, formatValid), verifier.verify("", response, null));
    }

    @Test
    void aCodeBlockIsOpenedWhereAllowed() {
        JsonSchemaVerifier verifier = new JsonSchemaVerifier("{\"type\": \"integer\"}", true);
        assertEquals(RIGHT, verifier.verify("", "```json\n3\n```\n", null));
        assertEquals(RIGHT, verifier.verify("", "3", null));
        for (String odd : new String[] {"```", "``````", "```\n```", "```json\n3", "text ```json\n3\n```"}) {
            assertEquals(NO_FORM, verifier.verify("", odd, null), odd);
        }
    }

    @Test
    void hostileJsonIsJudgedQuickly() {
        JsonSchemaVerifier slow = new JsonSchemaVerifier("{\"type\": \"string\", \"pattern\": \"^(a|a)*b$\"}", false);
        JsonSchemaVerifier any = new JsonSchemaVerifier("{\"type\": [\"array\", \"object\", \"number\"], \"multipleOf\": 0.01, \"uniqueItems\": true}", false);
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            assertEquals(WRONG, slow.verify("", "\"" + "a".repeat(5_000) + "\"", null));
            assertEquals(NO_FORM, any.verify("", "[".repeat(100_000), null));
            assertEquals(NO_FORM, any.verify("", "[".repeat(100_000) + "]".repeat(100_000), null));
            assertEquals(NO_FORM, any.verify("", "9".repeat(100_000), null));
            assertEquals(RIGHT, any.verify("", "0.05", null));
            assertEquals(WRONG, any.verify("", "0.055", null));
            assertEquals(WRONG, any.verify("", "[" + "[1],".repeat(20_000) + "1]", null));
        });
    }

    /** Whatever a model may write is judged without an error. */
    @Test
    void anyTextIsJudgedAgainstASchema() {
        JsonSchemaVerifier verifier = new JsonSchemaVerifier("""
                {"type": "object", "minProperties": 1, "patternProperties": {"^a+$": {"type": ["number", "null"], "multipleOf": 0.1, "maximum": 1e300}},
                 "properties": {"b": {"type": "array", "uniqueItems": true, "contains": {"const": 1}, "prefixItems": [{"enum": [1, "x"]}], "maxItems": 3},
                                "c": {"anyOf": [{"minLength": 2}, {"$ref": "#"}]}}, "additionalProperties": {"not": {"type": "string"}}}""", true);
        String[] parts = {"{", "}", "[", "]", ":", ",", "\"a\"", "\"b\"", "\"c\"", "\"\\u0000\"", "1", "-0.0", "1e308", "1e-320", "123456789012345678901234567890", "0.3", "null",
            "true", "\"x\"", " ", "```json\n", "```", "\"\ud83d\"", "{\"a\":1}", "[1]", "{\"b\":[1,2]}", "{\"c\":"};
        java.util.Random random = new java.util.Random(6);
        int valid = 0;
        int right = 0;
        for (int i = 0; i < 8_000; i++) {
            StringBuilder s = new StringBuilder();
            for (int k = random.nextInt(9); k >= 0; k--) {
                s.append(parts[random.nextInt(parts.length)]);
            }
            Verdict verdict = verifier.verify("", s.toString(), null);
            valid += verdict.formatValid() ? 1 : 0;
            right += verdict.correct() ? 1 : 0;
        }
        assertTrue(valid > 300 && right > 30, valid + " " + right);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"typ\": \"object\"}", "{\"properties\": {\"a\": {\"requird\": []}}}", "{\"$ref\": \"https://example.com/other.json\"}", "{\"type\": ",
        "[]", "3", "{\"pattern\": \"(\"}", "{\"type\": \"objekt\"}", "{\"$ref\": \"#/$defs/none\"}", "{\"minLength\": \"three\"}"})
    void schemasThatCannotBeUsedAreErrors(String schema) {
        UserException e = assertThrows(UserException.class, () -> new JsonSchemaVerifier(schema, false));
        assertTrue(e.getMessage().contains(schema.strip()), e.getMessage());
    }
}
