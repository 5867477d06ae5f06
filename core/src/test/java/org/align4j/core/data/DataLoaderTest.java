package org.align4j.core.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.data.DataSettings.OnOverflow;
import org.align4j.core.data.DataSettings.Pairs;
import org.align4j.core.data.DataSettings.Policy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** What the loader keeps, cuts, leaves out and says. The test encoder gives one id per character and an end token. */
class DataLoaderTest {
    private static final DataSettings PAIR = DataSettings.of(TaskKind.PAIR);
    private static final CharEncoder CHARS = new CharEncoder();

    @TempDir
    Path dir;

    private Path write(String... rows) throws IOException {
        return Files.writeString(dir.resolve("rows.jsonl"), String.join("\n", rows) + "\n");
    }

    private static String pair(String prompt, String chosen, String rejected) {
        return "{\"prompt\":\"" + prompt + "\",\"chosen\":\"" + chosen + "\",\"rejected\":\"" + rejected + "\"}";
    }

    private static Dataset load(DataSettings s, Path f) {
        return new DataLoader(s).load(f, CHARS);
    }

    private static String text(int[] ids) {
        return CHARS.decode(ids);
    }

    private static String fails(DataSettings s, Path f, TextEncoder encoder) {
        return assertThrows(DataException.class, () -> new DataLoader(s).load(f, encoder)).getMessage();
    }

    @Test
    void overflow() throws IOException {
        // tokens with the end token: 4 + (3 | 6) = 10 at most, and 2 + 2
        Path f = write(pair("abcd", "xy", "vwxyz"), pair("pq", "r", "s"));
        assertEquals(2, load(PAIR.withMaxLength(10, OnOverflow.ERROR), f).groups().size());
        String m = fails(PAIR.withMaxLength(9, OnOverflow.ERROR), f, CHARS);
        assertTrue(m.contains("rows.jsonl:1: prompt (4 tokens) and response (6) together have 10 tokens, max_length is 9. Raise max_length, or set on_overflow"), m);

        Dataset drop = load(PAIR.withMaxLength(9, OnOverflow.DROP), f);
        assertEquals(1, drop.groups().size());
        assertEquals(new DataReport.Dropped(1, List.of(new Location(f.toString(), 1))), drop.report().dropped().get(DropReason.OVER_LONG));

        Dataset prompt = load(PAIR.withMaxLength(8, OnOverflow.TRUNCATE_PROMPT), f);
        assertEquals("cd", text(prompt.groups().get(0).prompt()));
        assertEquals("vwxyz", text(prompt.groups().get(0).responses().get(1).ids()));
        assertTrue(prompt.groups().get(0).responses().get(1).ended());
        assertEquals(1, prompt.report().truncatedPrompts());
        assertEquals(4, prompt.report().endTokensKept());
        assertEquals(0, prompt.report().endTokensLost());
        assertEquals(1, load(PAIR.withMaxLength(6, OnOverflow.TRUNCATE_PROMPT), f).report().dropped().get(DropReason.NO_ROOM).count());

        Dataset response = load(PAIR.withMaxLength(7, OnOverflow.TRUNCATE_RESPONSE), f);
        Group g = response.groups().get(0);
        assertEquals("abcd", text(g.prompt()));
        assertArrayEquals(new int[] {'x', 'y', CharEncoder.END}, g.responses().get(0).ids());
        assertTrue(g.responses().get(0).ended());
        assertArrayEquals(new int[] {'v', 'w', 'x'}, g.responses().get(1).ids());
        assertFalse(g.responses().get(1).ended());
        DataReport r = response.report();
        assertEquals(List.of(1L, 3L, 1L, 0L), List.of(r.truncatedResponses(), r.endTokensKept(), r.endTokensLost(), r.endTokensAbsent()));
        assertEquals(List.of(new Location(f.toString(), 1)), r.truncatedAt());
        assertEquals(1, load(PAIR.withMaxLength(4, OnOverflow.TRUNCATE_RESPONSE), f).report().dropped().get(DropReason.NO_ROOM).count());
        assertThrows(DataException.class, () -> PAIR.withMaxLength(-1, OnOverflow.DROP));
    }

    @Test
    void responsesThatTruncationMakesEqualAreNoPair() throws IOException {
        Path f = write(pair("ab", "xyz1", "xyz2"), pair("p", "q", "r"));
        Dataset d = load(PAIR.withMaxLength(5, OnOverflow.TRUNCATE_RESPONSE), f);
        assertEquals(1, d.groups().size());
        assertEquals(1, d.report().dropped().get(DropReason.IDENTICAL).count());
        assertEquals(0, d.report().truncatedResponses());
    }

    @Test
    void overLongPromptsForGeneration() throws IOException {
        Path f = write("{\"prompt\":\"abcdef\"}", "{\"prompt\":\"ab\"}");
        DataSettings s = DataSettings.of(TaskKind.PROMPT);
        assertTrue(fails(s.withMaxLength(3, OnOverflow.ERROR), f, CHARS).contains(":1: the prompt has 6 tokens, max_length is 3"));
        assertEquals("def", text(load(s.withMaxLength(3, OnOverflow.TRUNCATE_PROMPT), f).prompts().get(0).ids()));
        assertEquals(1, load(s.withMaxLength(3, OnOverflow.DROP), f).prompts().size());
        assertEquals(new Text.Plain("ab"), load(s.withMaxLength(3, OnOverflow.DROP), f).prompts().get(0).text());
    }

    @Test
    void identicalEmptyAndDuplicateRows() throws IOException {
        Path f = write(pair("a", "b", "c"), pair("a", "b", "b"), pair("a", "b", "c"), pair("a", " ", "c"), pair(" ", "b", "c"), pair("a", "c", "b"));
        DataReport keep = load(PAIR, f).report();
        assertEquals(3, keep.kept());
        assertEquals(1, keep.identical());
        assertEquals(1, keep.duplicates());
        assertEquals(List.of(new Location(f.toString(), 3)), keep.duplicatesAt());
        assertEquals(Map.of(DropReason.IDENTICAL, 1L, DropReason.EMPTY_RESPONSE, 1L, DropReason.EMPTY_PROMPT, 1L), counts(keep));
        DataReport drop = load(PAIR.withDuplicates(Policy.DROP), f).report();
        assertEquals(2, drop.kept());
        assertEquals(1L, counts(drop).get(DropReason.DUPLICATE));
        assertEquals(6, drop.kept() + drop.droppedTotal());
        assertEquals(4, load(PAIR.withIdentical(Policy.KEEP), f).report().kept());
        assertTrue(fails(PAIR.withIdentical(Policy.ERROR), f, CHARS).contains("rows.jsonl:2: chosen and rejected are the same"));
        assertTrue(fails(PAIR.withDuplicates(Policy.ERROR), f, CHARS).contains("rows.jsonl:3: the same row came before"));
    }

    private static Map<DropReason, Long> counts(DataReport r) {
        return r.dropped().entrySet().stream().collect(java.util.stream.Collectors.toMap(Map.Entry::getKey, e -> e.getValue().count()));
    }

    @Test
    void identicalTokenIdsAreSeenThroughArrays() throws IOException {
        Path f = write("{\"prompt_ids\":[1],\"chosen_ids\":[2],\"rejected_ids\":[2]}", "{\"prompt_ids\":[1],\"chosen_ids\":[2],\"rejected_ids\":[3]}",
                "{\"prompt_ids\":[1],\"chosen_ids\":[2],\"rejected_ids\":[3]}", "{\"prompt_ids\":[],\"chosen_ids\":[2],\"rejected_ids\":[3]}",
                "{\"prompt_ids\":[1],\"chosen_ids\":[],\"rejected_ids\":[3]}");
        DataReport r = load(PAIR, f).report();
        assertEquals(2, r.kept());
        assertEquals(1, r.duplicates());
        assertEquals(Map.of(DropReason.IDENTICAL, 1L, DropReason.EMPTY_PROMPT, 1L, DropReason.EMPTY_RESPONSE, 1L), counts(r));
        assertEquals(4, r.endTokensAbsent());
    }

    @Test
    void idsStayWithinTheVocabulary() throws IOException {
        Path f = write("{\"prompt_ids\":[1,7],\"response_ids\":[9]}", "{\"prompt_ids\":[1],\"response_ids\":[2,10]}");
        DataSettings s = DataSettings.of(TaskKind.DEMONSTRATION);
        assertEquals(2, new DataLoader(s).load(f, new CharEncoder(11)).groups().size());
        String m = fails(s, f, new CharEncoder(10));
        assertTrue(m.contains("rows.jsonl:2: token 1 of the response is the id 10, outside the vocabulary of 10 (0 to 9)"), m);
        assertTrue(fails(s, f, new CharEncoder(7)).contains("rows.jsonl:1: token 1 of the prompt is the id 7"));
        assertTrue(fails(PAIR, write(pair("é", "b", "c")), new CharEncoder(200)).contains("token 0 of the prompt is the id 233"));
    }

    @Test
    void pairsOfLists() throws IOException {
        Path f = write("{\"prompt\":\"p\",\"responses\":[\"a\",\"b\",\"c\",\"d\"],\"scores\":[1,3,3,0]}",
                "{\"prompt\":\"q\",\"responses\":[\"a\",\"b\"],\"scores\":[2,2]}", "{\"prompt\":\"r\",\"responses\":[\"a\",\"\"],\"scores\":[2,1]}");
        Dataset best = load(PAIR, f);
        assertEquals(List.of("bd"), pairs(best));
        assertEquals(3.0, best.groups().get(0).responses().get(0).score());
        assertEquals(Map.of(DropReason.TIED, 1L, DropReason.NO_SCORES, 1L), counts(best.report()));
        assertEquals(Map.of(DropReason.EMPTY_RESPONSE, 1L), best.report().removedResponses());
        Dataset adjacent = load(PAIR.withPairs(Pairs.ADJACENT), f);
        assertEquals(List.of("ca", "ad"), pairs(adjacent));
        assertEquals(2, adjacent.report().ties());
        Dataset all = load(PAIR.withPairs(Pairs.ALL), f);
        assertEquals(List.of("ba", "bd", "ca", "cd", "ad"), pairs(all));
        assertEquals(2, all.report().ties());
        assertEquals(2, load(DataSettings.of(TaskKind.LIST), f).groups().size());
    }

    private static List<String> pairs(Dataset d) {
        return d.groups().stream().map(g -> text(g.responses().get(0).ids()) + text(g.responses().get(1).ids())).toList();
    }

    @Test
    void repeatedResponsesOfAList() throws IOException {
        Path f = write("{\"prompt\":\"p\",\"responses\":[\"a\",\"b\",\"a\"],\"scores\":[1,2,0]}");
        DataSettings s = DataSettings.of(TaskKind.LIST);
        assertEquals(List.of("ba"), pairs(load(s, f)));
        assertEquals(Map.of(DropReason.IDENTICAL, 1L), load(s, f).report().removedResponses());
        assertEquals(3, load(s.withIdentical(Policy.KEEP), f).groups().get(0).responses().size());
        assertTrue(fails(s.withIdentical(Policy.ERROR), f, CHARS).contains("two responses of the list are the same"));
    }

    @Test
    void aPromptThatTheResponseChangesIsDroppedWithItsReason() throws IOException {
        TextEncoder merging = new Wrapped() {
            @Override
            public Encoding encode(Text prompt, Text response) {
                Encoding e = super.encode(prompt, response);
                return e.response()[0] == 'x' ? new Encoding(new int[] {1}, e.response(), true) : e;
            }
        };
        Dataset d = new DataLoader(PAIR).load(write(pair("a", "x", "y"), pair("a", "y", "z")), merging);
        assertEquals(1, d.groups().size());
        assertEquals(Map.of(DropReason.PROMPT_DIFFERS, 1L), counts(d.report()));
    }

    @Test
    void anEncodersComplaintGetsItsPlace() throws IOException {
        TextEncoder refusing = new Wrapped() {
            @Override
            public Encoding encode(Text prompt, Text response) {
                throw new UserException("the model has no chat template");
            }
        };
        assertTrue(fails(PAIR, write(pair("a", "b", "c")), refusing).contains("rows.jsonl:1: the model has no chat template"));
    }

    private static class Wrapped implements TextEncoder {
        @Override
        public Encoding encode(Text prompt, Text response) {
            return CHARS.encode(prompt, response);
        }

        @Override
        public int[] encodePrompt(Text prompt) {
            return CHARS.encodePrompt(prompt);
        }

        @Override
        public String decode(int[] ids) {
            return CHARS.decode(ids);
        }

        @Override
        public int vocabularySize() {
            return CHARS.vocabularySize();
        }
    }

    @Test
    void runningTextGivesItsFirstTokenToThePrompt() throws IOException {
        Dataset d = load(DataSettings.of(TaskKind.DEMONSTRATION), write("{\"text\":\"abc\"}"));
        assertEquals("a", text(d.groups().get(0).prompt()));
        assertArrayEquals(new int[] {'b', 'c', CharEncoder.END}, d.groups().get(0).responses().get(0).ids());
    }

    @Test
    void nothingKeptIsAnError() throws IOException {
        String m = fails(PAIR, write(pair("a", "b", "b"), pair("c", "d", "d")), CHARS);
        assertTrue(m.contains("nothing is left for the task PAIR of 2 rows; 2: identical responses (first ") && m.contains("rows.jsonl:1)"), m);
    }

    @Test
    void reportCountsAndQuantiles() throws IOException {
        String[] rows = new String[100];
        for (int i = 0; i < 100; i++) {
            // prompts of 1 to 100 tokens, responses of 3 and 2 with the end token
            rows[i] = pair("p".repeat(100 - i), "ab", "c");
        }
        Path f = write(String.join("\n\n", rows));
        DataReport r = load(PAIR, f).report();
        assertEquals(new DataReport.Quantiles(1, 5, 50, 95, 99, 100), r.promptTokens());
        assertEquals(new DataReport.Quantiles(2, 2, 2, 3, 3, 3), r.responseTokens());
        assertEquals(5050 + 500, r.tokens());
        assertEquals(2 * 5050 + 500, r.tokensUnshared());
        assertEquals(99, r.blankLines());
        String json = JsonMapper.builder().build().writeValueAsString(r.toMap());
        assertTrue(json.contains("\"tokens_unshared\":10600") && json.contains("\"prompt_tokens\":{\"min\":1,\"p5\":5,\"p50\":50,") && json.contains("\"format\":\"preference\""), json);
        assertEquals(64, r.sha256().length());
        String table = r.toText();
        assertTrue(table.contains("rows read") && table.contains("99 blank lines skipped") && table.contains("10,600 unshared"), table);
        assertTrue(table.lines().allMatch(l -> l.length() < 140), table);
    }

    @Test
    void reportNamesReasonsAndIgnoredColumns() throws IOException {
        Path f = write("{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"b\",\"idd\":1}", pair("a", "b", "c"));
        DataReport r = load(PAIR, f).report();
        assertEquals(List.of("idd"), r.ignoredColumns());
        assertTrue(r.toText().contains("identical responses (row 1)"), r.toText());
        assertTrue(r.toMap().get("dropped_by_reason").toString().contains("identical={count=1, reason=identical responses, first=[" + f + ":1]}"), r.toMap().toString());
    }
}
