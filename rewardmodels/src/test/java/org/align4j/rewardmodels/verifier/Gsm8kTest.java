package org.align4j.rewardmodels.verifier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** GSM8K's own solutions, and model solutions that its authors judged. */
class Gsm8kTest {

    @Test
    void everyReferenceSolutionVerifies() throws IOException {
        FinalAnswerVerifier verifier = new FinalAnswerVerifier();
        int rows = 0;
        for (String file : List.of("train.jsonl", "test.jsonl")) {
            for (JsonNode row : rows(file)) {
                String solution = row.get("answer").asString();
                String number = solution.substring(solution.lastIndexOf("####") + 4).replace(",", "").strip();
                assertEquals(new Verdict(1, true), verifier.verify(row.get("question").asString(), solution, number), solution);
                assertEquals(0, verifier.verify("", solution, number + "1").score(), solution);
                rows++;
            }
        }
        assertEquals(8792, rows);
    }

    @Test
    void agreesWithTheAuthorsJudgement() throws IOException {
        FinalAnswerVerifier verifier = new FinalAnswerVerifier(List.of("A:"));
        int agree = 0;
        int judged = 0;
        StringBuilder differences = new StringBuilder();
        for (JsonNode row : rows("example_model_solutions.jsonl")) {
            for (String model : List.of("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")) {
                JsonNode solution = row.get(model);
                boolean expected = solution.get("is_correct").asBoolean();
                boolean found = verifier.verify("", solution.get("solution").asString(), row.get("ground_truth").asString()).correct();
                judged++;
                if (found == expected) {
                    agree++;
                } else {
                    String s = solution.get("solution").asString();
                    String g = row.get("ground_truth").asString();
                    differences.append(expected).append(" | ").append(s.substring(s.lastIndexOf('\n') + 1)).append(" | ")
                            .append(g.substring(g.lastIndexOf('\n') + 1)).append('\n');
                }
            }
        }
        assertEquals(5276, judged);
        assertEquals(5276, agree, differences.toString());
    }

    private static List<JsonNode> rows(String file) throws IOException {
        String shared = System.getProperty("align4j.shared", "");
        Path path = Path.of(shared, "data", "gsm8k", file);
        assumeTrue(!shared.isEmpty() && Files.exists(path), "skipped: ../shared/data/gsm8k/" + file + " is not here");
        JsonMapper mapper = JsonMapper.shared();
        List<JsonNode> rows = Files.readAllLines(path).stream().map(mapper::readTree).toList();
        assertTrue(rows.size() > 1000);
        return rows;
    }
}
