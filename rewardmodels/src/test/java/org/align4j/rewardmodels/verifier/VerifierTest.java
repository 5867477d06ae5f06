package org.align4j.rewardmodels.verifier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerifierTest {
    private final FinalAnswerVerifier verifier = new FinalAnswerVerifier();

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "#### 1,234        | 1234   | 1 | true",
        "#### 1 234        | 1234   | 1 | true",
        "#### 01234        | 1,234  | 1 | true",
        "#### $1234.00     | 1234   | 1 | true",
        "#### -5           | -5     | 1 | true",
        "#### −5           | -5     | 1 | true",
        "#### 5            | -5     | 0 | true",
        "#### .5           | 0.5    | 1 | true",
        "#### 12 apples.   | 12     | 1 | true",
        "#### 20%          | 20     | 1 | true",
        "#### 123          | 12     | 0 | true",
        "#### 1234567      | 1234567 | 1 | true",
        "ANSWER: 7         | 7      | 1 | true",
        "so the answer: 7. | 7      | 1 | true",
        "#### seven        | 7      | 0 | false",
        "####              | 7      | 0 | false",
        "7                 | 7      | 0 | false",
        "#### 7 #### 8     | 8      | 1 | false",
        "#### 7 #### 8     | 7      | 0 | false",
        "#### 7 or maybe 8 | 7      | 1 | false",
        "#### 1/2          | 1      | 0 | false",
        "#### 1,0801       | 1      | 0 | false",
        "#### 3.4.5        | 3.4    | 0 | false",
        "#### 10:30        | 10     | 0 | false",
        "#### -            | 0      | 0 | false",
    })
    void finalAnswers(String response, String answer, double score, boolean formatValid) {
        assertEquals(new Verdict(score, formatValid), verifier.verify("", response, answer));
    }

    @Test
    void theNumberMustStandOnTheMarkersLine() {
        assertEquals(new Verdict(0, false), verifier.verify("", "####\n7", "7"));
        assertEquals(new Verdict(1, true), verifier.verify("", "2 + 5 = 7\n#### 7\n", "some steps 1\n#### 7"));
        assertEquals(new Verdict(1, false), verifier.verify("", "#### 7\nQ: what is 9?", "7"));
    }

    @Test
    void aMarkerIsNotTheTailOfAWord() {
        assertEquals(List.of(), new FinalAnswerVerifier(List.of("A:")).extract("SPA: 7").stream().toList());
    }

    @Test
    void unreadableReferencesAreErrors() {
        assertThrows(IllegalArgumentException.class, () -> verifier.verify("", "#### 7", "seven"));
        assertThrows(IllegalArgumentException.class, () -> verifier.verify("", "#### 7", "3 + 4"));
        assertThrows(IllegalArgumentException.class, () -> new FinalAnswerVerifier(List.of()));
        assertThrows(IllegalArgumentException.class, () -> new Verdict(1.5, true));
    }

    @Test
    void anyTextIsJudgedWithoutAnError() {
        String alphabet = "#-+$., 0159\u2212\u00a0\na:%/";
        java.util.Random random = new java.util.Random(3);
        int numbers = 0;
        for (int i = 0; i < 20_000; i++) {
            StringBuilder s = new StringBuilder("####");
            for (int k = random.nextInt(8); k >= 0; k--) {
                s.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            verifier.verify("", s.toString(), "5");
            numbers += verifier.extract(s.toString()).isPresent() ? 1 : 0;
        }
        assertTrue(numbers > 2000, "numbers found: " + numbers);
    }

    @Test
    void exactMatch() {
        Verifier exact = new ExactMatchVerifier(false);
        assertTrue(exact.verify("", " the  cat\n", "the cat").correct());
        assertFalse(exact.verify("", "The cat", "the cat").correct());
        assertTrue(new ExactMatchVerifier(true).verify("", "The cat", "the cat").correct());
        assertEquals(new Verdict(0, false), exact.verify("", " \n", "x"));
    }
}
