package org.align4j.rewardmodels.ifeval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.data.Text;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.verifier.VerifierReward;
import org.align4j.rewardmodels.verifier.VerifierSpec;
import org.align4j.rewardmodels.verifier.Verifiers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstructionPromptTest {
    private static final String ROWS = """
            {"key": 1000, "prompt": "Write.", "instruction_id_list": ["punctuation:no_comma", "length_constraints:number_words"], \
            "kwargs": [{"num_words": null}, {"relation": "at least", "num_words": 3}]}
            {"prompt": "Schreib.", "instruction_id_list": ["language:response_language"], "kwargs": [{"language": "de"}]}
            {"prompt": "Say.", "instruction_id_list": ["startend:quotation"], "kwargs": [{}]}
            """;
    @TempDir
    Path dir;

    @Test
    void readsIfEvalsRows() throws IOException {
        Path file = file(ROWS);
        InstructionPrompt.File read = InstructionPrompt.read(file, true);
        assertEquals(List.of("1000", "3"), read.prompts().stream().map(InstructionPrompt::key).toList());
        assertEquals(Map.of("language:response_language", 1L), read.without());
        assertEquals(List.of("punctuation:no_comma", "length_constraints:number_words"), read.prompts().get(0).instructions().stream().map(Instruction::id).toList());
        String refused = assertThrows(UserException.class, () -> InstructionPrompt.read(file, false)).getMessage();
        assertTrue(refused.contains("2") && refused.contains("language:response_language"), refused);
        says("1", "same length", ROWS.replace("[{\"num_words\": null}, ", "["));
        says("1", "\"at least\" or \"less than\"", ROWS.replace("at least", "at most"));
        says("1", "prompt must be a text", ROWS.replace("\"Write.\"", "3"));
        says("3", "There is no instruction \"startend:quotes\"", ROWS.replace("quotation", "quotes"));
        says("left out", "no prompt", ROWS.lines().toList().get(1));
    }

    @Test
    void isAVerifier() {
        String reference = "{\"instruction_id_list\": [\"punctuation:no_comma\", \"startend:quotation\"], \"kwargs\": [{}, {}]}";
        List<Question> questions = List.of(new Question(new Text.Plain("Say."), List.of(Answer.of("\"a\""), Answer.of("a"), Answer.of("a, b"), Answer.of("Sure, this:\n\"a\"")), reference));
        assertEquals(List.of(10.0, 5.0, 0.0, 0.0), scores("ifeval", questions));
        assertEquals(List.of(10.0, 0.0, 0.0, 0.0), scores("{\"kind\": \"ifeval\", \"all\": true}", questions));
        assertEquals(List.of(10.0, 5.0, 0.0, 10.0), scores("{\"kind\": \"ifeval\", \"loose\": true}", questions));
        VerifierReward reward = Verifiers.of(VerifierSpec.of("ifeval"));
        assertTrue(reward.needsReference());
        List<Question> bad = List.of(new Question(new Text.Plain("Say."), List.of(Answer.of("a")), "42"));
        assertTrue(assertThrows(UserException.class, () -> reward.score(bad)).getMessage().contains("instruction_id_list"));
    }

    private static List<Double> scores(String spec, List<Question> questions) {
        return java.util.Arrays.stream(Verifiers.of(VerifierSpec.parse(spec)).score(questions).get(0)).boxed().toList();
    }

    private void says(String where, String what, String rows) throws IOException {
        Path file = file(rows);
        String message = assertThrows(UserException.class, () -> InstructionPrompt.read(file, true)).getMessage();
        assertTrue(message.contains(where) && message.contains(what), message);
    }

    private Path file(String rows) throws IOException {
        Path file = dir.resolve("input_data.jsonl");
        Files.writeString(file, rows);
        return file;
    }
}
