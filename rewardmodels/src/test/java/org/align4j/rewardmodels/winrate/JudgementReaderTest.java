package org.align4j.rewardmodels.winrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.align4j.core.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JudgementReaderTest {
    @TempDir
    Path dir;

    @Test
    void alpacaEvalsOwnFile() throws IOException {
        Judgements read = read("annotations.json", """
                [{"instruction": "Say \\u00e9\\ud83d\\ude00", "output_1": "abc", "generator_1": "gpt4", "output_2": "\\ud83d\\ude00", "generator_2": "mine", "annotator": "judge",
                  "preference": 1.75, "raw_completion": {"choices": []}},
                 {"instruction": "q", "output_1": "", "generator_1": "gpt4", "output_2": "y", "generator_2": "mine", "preference": null},
                 {"instruction": "q", "output_1": "", "generator_1": "gpt4", "output_2": "y", "generator_2": "mine", "preference": "NaN"},
                 {"instruction": "q", "output_1": "", "generator_1": "gpt4", "output_2": "y", "generator_2": "mine", "preference": NaN},
                 {"instruction": "r", "output_1": "", "generator_1": "gpt4", "output_2": "y", "generator_2": "mine", "preference": 0}]""");
        assertEquals(List.of(Judgement.of("Say \u00e9\ud83d\ude00", "mine", "gpt4", 0.75, 1, 3), Judgement.of("r", "mine", "gpt4", 0.5, 1, 0)), read.list());
        assertEquals(3, read.without());
    }

    @Test
    void linesOfJson() throws IOException {
        Judgements read = read("judgements.jsonl", """
                {"prompt": 7, "model": "a", "baseline": "b", "probability": 0.25}
                {"instruction": "8", "model": "c", "probability": 1, "model_chars": 3, "baseline_chars": 4}
                """);
        assertEquals(List.of(new Judgement("7", "a", "b", 0.25, Optional.empty()), Judgement.of("8", "c", "baseline", 1, 3, 4)), read.list());
        assertEquals(List.of("a", "c"), List.copyOf(read.byModel().keySet()));
    }

    @Test
    void csvWithQuotes() throws IOException {
        Judgements read = read("a.CSV", "model,instruction,baseline_chars,model_chars,preference\r\n\"a \"\"b\"\"\",\"one,\ntwo\",5,6,2\r\n\r\nc,3,0,1,1.5\n");
        assertEquals(List.of(Judgement.of("one,\ntwo", "a \"b\"", "baseline", 1, 6, 5), Judgement.of("3", "c", "baseline", 0.5, 1, 0)), read.list());
    }

    @Test
    void faultsAreNamedWithTheirLine() {
        String row = "{\"instruction\": \"x\", \"model\": \"m\", \"preference\": 1.5}\n";
        says("2", "preference must be from 1", "0.7", () -> read("f.jsonl", row + row.replace("1.5", "0.7")));
        says("2", "probability must be from 0 to 1", "1.5", () -> read("f.jsonl", row + row.replace("preference", "probability")));
        says("1", "preference must be a number", "good", () -> read("f.jsonl", row.replace("1.5", "\"good\"")));
        says("1", "the field model or generator_2 is missing", "instruction", () -> read("f.jsonl", row.replace("\"model\"", "\"who\"")));
        says("1", "preference or probability is missing", "wins", () -> read("f.jsonl", row.replace("\"preference\"", "\"wins\"")));
        says("1", "both answers must have a length", "model's", () -> read("f.jsonl", row.replace("}", ", \"output_2\": \"y\"}")));
        says("1", "model_chars must be a whole number", "2.5", () -> read("f.jsonl", row.replace("}", ", \"model_chars\": 2.5}")));
        says("1", "either probability or preference", "both", () -> read("f.jsonl", row.replace("}", ", \"probability\": 1}")));
        says("f.jsonl", "no judgement", "1 rows", () -> read("f.jsonl", row.replace("1.5", "null")));
        says("line 3", "must be 3 fields", "found 2", () -> read("f.csv", "model,instruction,preference\na,1,2\nb,2\n"));
        says("line 3", "must be a number", "x", () -> read("f.csv", "model,instruction,preference\n\"a\nb\",1,2\n".replace("\nb", "") + "b,2,x\n"));
        says("line 4", "must be a number", "x", () -> read("f.csv", "model,instruction,preference\n\"a\nb\",1,2\nb,2,x\n"));
        says("line 2", "never closed", "quote", () -> read("f.csv", "model,instruction,preference\n\"a,1,2\n"));
        says("line 1", "stands twice", "model", () -> read("f.csv", "model,model\na,b\n"));
        says("f.csv", "is empty", "column names", () -> read("f.csv", "\n"));
    }

    private static void says(String where, String what, String found, org.junit.jupiter.api.function.Executable action) {
        String message = assertThrows(UserException.class, action).getMessage();
        assertTrue(message.contains(where) && message.contains(what) && message.contains(found), message);
    }

    private Judgements read(String name, String text) throws IOException {
        Path file = dir.resolve(name);
        Files.writeString(file, text);
        return Judgements.read(file);
    }
}
