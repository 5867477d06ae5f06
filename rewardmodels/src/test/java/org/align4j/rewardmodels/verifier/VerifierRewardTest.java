package org.align4j.rewardmodels.verifier;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.align4j.core.UserException;
import org.align4j.core.data.Text;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifierRewardTest {
    private static final Question QUESTION = new Question(new Text.Plain("3 + 4?"), List.of(Answer.of("#### 7"), Answer.of("#### 8"), Answer.of("seven"),
            new Answer("#### 7", null, false)), "7");

    @Test
    void defaultsAreTuelu3s() {
        assertArrayEquals(new double[] {10, 0, 0, -10}, Verifiers.of(VerifierSpec.of("final_answer")).score(List.of(QUESTION)).get(0));
    }

    @Test
    void everyValueCanBeSet() {
        VerifierSpec spec = VerifierSpec.parse("{\"kind\": \"final_answer\", \"right\": 1, \"wrong\": -1, \"bad_format\": -0.5, \"not_ended\": \"none\"}");
        assertArrayEquals(new double[] {1, -1, -1.5, 1}, Verifiers.of(spec).score(List.of(QUESTION)).get(0));
        VerifierSpec length = new VerifierSpec("length", Map.of("unit", "characters", "most", 6, "slack", 4, "right", 2, "wrong", 1));
        assertArrayEquals(new double[] {2, 1.75}, Verifiers.of(length).score(List.of(new Question(new Text.Plain("?"),
                List.of(Answer.of("123456"), Answer.of("1234567")), null))).get(0));
    }

    @Test
    void questionsThatCannotBeJudgedAreNamed() {
        VerifierReward reward = Verifiers.of(VerifierSpec.of("final_answer"));
        Question bare = new Question(new Text.Plain("What is\n 3 + 4?"), List.of(Answer.of("7")), null);
        String message = assertThrows(UserException.class, () -> reward.score(List.of(QUESTION, bare))).getMessage();
        assertTrue(message.contains("question 1 (\"What is 3 + 4?\") has none"), message);
        Question odd = new Question(new Text.Plain("?"), List.of(Answer.of("7")), "seven");
        message = assertThrows(UserException.class, () -> reward.score(List.of(odd))).getMessage();
        assertTrue(message.contains("found \"seven\""), message);
        Question ids = new Question(new Text.Ids(new int[] {1, 2}), List.of(new Answer("", new int[] {3, 4}, true)), "7");
        message = assertThrows(UserException.class, () -> reward.score(List.of(ids))).getMessage();
        assertTrue(message.contains("token ids alone"), message);
        assertArrayEquals(new double[] {10}, Verifiers.of(new VerifierSpec("length", Map.of("unit", "tokens", "most", 6))).score(List.of(ids)).get(0));
    }

    @Test
    void theDigestIsThatOfAllSettings(@TempDir Path directory) throws IOException {
        String plain = Verifiers.of(VerifierSpec.of("exact_match")).digest();
        assertTrue(plain.matches("[0-9a-f]{64}"));
        assertEquals(plain, Verifiers.of(new VerifierSpec("exact_match", Map.of("ignore_case", false, "right", 10.0))).digest());
        assertNotEquals(plain, Verifiers.of(new VerifierSpec("exact_match", Map.of("ignore_case", true))).digest());
        assertNotEquals(plain, Verifiers.of(new VerifierSpec("exact_match", Map.of("right", 1))).digest());
        assertNotEquals(plain, Verifiers.of(new VerifierSpec("exact_match", Map.of("not_ended", "none"))).digest());
        Path file = Files.writeString(directory.resolve("s.json"), "{ \"type\":\"integer\" }");
        String fromFile = Verifiers.of(new VerifierSpec("json_schema", Map.of("schema_file", file.toString()))).digest();
        assertEquals(fromFile, Verifiers.of(new VerifierSpec("json_schema", Map.of("schema", Map.of("type", "integer")))).digest());
        assertNotEquals(fromFile, Verifiers.of(new VerifierSpec("json_schema", Map.of("schema", Map.of("type", "number")))).digest());
    }

    @Test
    void wrongDescriptionsSayWhatIsWrong() {
        says("no verifier \"rule\"; known are exact_match, final_answer, regex, json_schema, length", VerifierSpec.of("rule"));
        says("needs the setting pattern", VerifierSpec.of("regex"));
        says("needs the setting most", VerifierSpec.of("length"));
        says("has no setting patern; known are", new VerifierSpec("regex", Map.of("pattern", "a", "patern", "b")));
        says("whole must be true or false, found yes", new VerifierSpec("regex", Map.of("pattern", "a", "whole", "yes")));
        says("most must be a whole number, found 2.5", new VerifierSpec("length", Map.of("most", 2.5)));
        says("unit must be characters, words or tokens, found lines", new VerifierSpec("length", Map.of("most", 2, "unit", "lines")));
        says("found neither", VerifierSpec.of("json_schema"));
        says("right the greater", new VerifierSpec("exact_match", Map.of("right", -1)));
        says("bad_format is added", new VerifierSpec("exact_match", Map.of("bad_format", 1)));
        says("none.json", new VerifierSpec("json_schema", Map.of("schema_file", "none.json")));
        assertThrows(UserException.class, () -> VerifierSpec.parse("{\"pattern\": \"a\"}"));
        assertThrows(UserException.class, () -> VerifierSpec.parse("{\"kind\": \"regex\", "));
        assertThrows(IllegalArgumentException.class, () -> new VerifierScores(1, 0, 0, OptionalDouble.of(Double.NaN)));
    }

    private static void says(String words, VerifierSpec spec) {
        String message = assertThrows(UserException.class, () -> Verifiers.of(spec)).getMessage();
        assertTrue(message.contains(words), message);
    }
}
