package org.align4j.rewardmodels.evaluate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.core.data.Text;
import org.align4j.rewardmodels.TableReward;
import org.align4j.rewardmodels.verifier.VerifierSpec;
import org.align4j.rewardmodels.verifier.Verifiers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreferenceItemsTest {
    @TempDir
    private Path directory;

    private PreferenceItems read(PreferenceItems.Columns columns, String... rows) throws IOException {
        return PreferenceItems.read(Files.write(directory.resolve("d.jsonl"), List.of(rows)), null, columns);
    }

    private static PreferenceItems.Columns columns(String subset, String reference, String votes) {
        return new PreferenceItems.Columns(Optional.ofNullable(subset), Optional.ofNullable(reference), Optional.ofNullable(votes));
    }

    @Test
    void pairsWithSubsetReferenceAndVotes() throws IOException {
        PreferenceItems data = read(columns("meta.part", "right", "votes"),
                "{\"prompt\": \"3+4?\", \"chosen\": \"#### 7\", \"rejected\": \"#### 8, I think\", \"meta\": {\"part\": \"sums\"}, \"right\": 7,"
                        + " \"votes\": {\"ann\": \"chosen\", \"bob\": \"tie\"}}",
                "{\"prompt\": \"same\", \"chosen\": \"x\", \"rejected\": \"x\", \"meta\": {\"part\": \"dropped\"}, \"right\": 1, \"votes\": {}}",
                "{\"prompt\": \"4+4?\", \"chosen\": \"#### 8\", \"rejected\": \"#### 9\", \"meta\": {\"part\": \"sums\"}, \"right\": \"8\", \"votes\": [\"rejected\"]}");
        assertEquals(2, data.items().size());
        assertEquals("sums", data.items().get(0).subset());
        assertEquals("7", data.items().get(0).question().reference());
        assertEquals(Map.of("ann", Vote.CHOSEN, "bob", Vote.TIE), data.items().get(0).votes());
        assertEquals(Map.of("annotator 1", Vote.REJECTED), data.items().get(1).votes());
        List<Long> progress = new ArrayList<>();
        List<ScoredItem> scored = data.score(Verifiers.of(VerifierSpec.of("final_answer")), progress::add);
        assertEquals(List.of(2L), progress);
        assertArrayEquals(new double[] {10, 0}, scored.get(0).scores());
        assertArrayEquals(new int[] {6, 15}, scored.get(0).lengths());
        assertEquals(1, PreferenceEvaluation.of(scored).subsets().get("sums").value());
    }

    @Test
    void listsGiveEveryPairAndScoreEachAnswerOnce() throws IOException {
        PreferenceItems data = read(PreferenceItems.Columns.NONE,
                "{\"prompt\": \"p\", \"responses\": [\"a\", \"b\", \"c\", \"d\"], \"scores\": [2, 5, 2, 1]}");
        PreferenceItems.Item item = data.items().get(0);
        assertEquals(4, item.question().answers().size());
        // 5 over 2, 2, 1; each 2 over 1
        assertEquals(5, item.pairs().size());
        assertEquals(List.of(3.0, 3.0, 4.0, 1.0, 1.0), item.pairs().stream().map(ScoredItem.Pair::strength).toList());
        List<ScoredItem> scored = data.score(new TableReward(Map.of("a", 1.0, "b", 9.0, "c", 0.5, "d", 0.0)), n -> { });
        assertEquals(new Rate(5, 5), PreferenceEvaluation.of(scored).accuracy());
        assertEquals(new Rate(1, 1), PreferenceEvaluation.of(scored).topOfList());
    }

    @Test
    void messagesKeepTheirPrompt() throws IOException {
        PreferenceItems data = read(PreferenceItems.Columns.NONE, "{\"prompt\": [{\"role\": \"user\", \"content\": \"hi\"}], "
                + "\"chosen\": [{\"role\": \"assistant\", \"content\": \"good\"}], \"rejected\": [{\"role\": \"assistant\", \"content\": \"bad\"}]}");
        assertTrue(data.items().get(0).question().prompt() instanceof Text.Chat);
        assertEquals("good", data.items().get(0).question().answers().get(0).text());
    }

    @Test
    void tokensStayTokens() throws IOException {
        PreferenceItems data = read(PreferenceItems.Columns.NONE, "{\"prompt_ids\": [1, 2], \"chosen_ids\": [3, 4, 5], \"rejected_ids\": [3]}");
        assertArrayEquals(new int[] {3, 4, 5}, data.items().get(0).question().answers().get(0).ids());
        List<ScoredItem> scored = data.score(new TableReward(Map.of("", 1.0)), n -> { });
        assertArrayEquals(new int[] {3, 1}, scored.get(0).lengths());
    }

    @Test
    void whatIsMissingIsNamed() {
        String row = "{\"prompt\": \"p\", \"chosen\": \"a\", \"rejected\": \"b\", \"votes\": [\"maybe\"], \"tags\": [1]}";
        says("there is no field part; the row has prompt, chosen, rejected, votes, tags", columns("part", null, null), row);
        says("must be chosen, rejected or tie, found \"maybe\"", columns(null, null, "votes"), row);
        says("the field tags must be a text or number, found a list", columns("tags", null, null), row);
        says("an object from annotator to vote", columns(null, null, "prompt"), row);
    }

    private void says(String words, PreferenceItems.Columns columns, String row) {
        String message = assertThrows(UserException.class, () -> read(columns, row)).getMessage();
        assertTrue(message.contains(words), message);
    }
}
