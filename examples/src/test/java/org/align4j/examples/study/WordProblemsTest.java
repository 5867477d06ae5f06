package org.align4j.examples.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.align4j.rewardmodels.verifier.FinalAnswerVerifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class WordProblemsTest {
    @TempDir
    private Path directory;

    private List<JsonNode> rows(String file) throws Exception {
        return Files.readAllLines(directory.resolve(file)).stream().map(l -> JsonMapper.shared().readTree(l)).toList();
    }

    private static List<String> prompts(List<JsonNode> rows) {
        return rows.stream().map(r -> r.get("prompt").asString()).distinct().toList();
    }

    @Test
    void whatIsForSaleSharesNoProblem() throws Exception {
        String made = WordProblems.make(directory, new WordProblems.Sizes(1600, 30, 160, 120, 40, 12), 3, WordProblems.TERSE, new StringBuilder());
        List<JsonNode> demonstrations = rows("demonstrations.jsonl");
        List<JsonNode> pairs = rows("pairs.jsonl");
        List<JsonNode> test = rows("test.jsonl");
        assertEquals(30, demonstrations.size());
        assertEquals(12, test.size());
        assertTrue(pairs.size() > 4 && pairs.size() <= 40 && made.contains(pairs.size() + " pairs"), made);
        assertTrue(Collections.disjoint(prompts(demonstrations), prompts(pairs)));
        assertTrue(Collections.disjoint(prompts(test), prompts(pairs)) && Collections.disjoint(prompts(test), prompts(demonstrations)));
        var each = prompts(pairs).stream().collect(Collectors.toMap(Function.identity(), p -> pairs.stream().filter(r -> r.get("prompt").asString().equals(p)).count()));
        assertTrue(each.values().stream().allMatch(n -> n <= WordProblems.PAIRS_EACH), () -> "pairs by problem: " + each);
        FinalAnswerVerifier rule = new FinalAnswerVerifier(List.of("####"));
        for (JsonNode p : pairs) {
            // All chosen answers of a problem have one number, the right one; no rejected answer has it.
            String right = rule.extract(p.get("chosen").asString()).orElseThrow().toPlainString();
            assertFalse(rule.verify("", p.get("rejected").asString(), right).correct(), p::toString);
        }
        assertTrue(Files.exists(directory.resolve("base/model.safetensors")) && Files.exists(directory.resolve("base/tokenizer.json")));
    }
}
