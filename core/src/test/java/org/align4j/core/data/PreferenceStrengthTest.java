package org.align4j.core.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much better the chosen response is, what lists and pairs become for each task, and what the report counts of it. */
class PreferenceStrengthTest {
    @TempDir
    Path temp;

    private TextDataset read(DataSettings settings, String... rows) throws IOException {
        Path file = temp.resolve("data.jsonl");
        Files.write(file, List.of(rows));
        return new DataLoader(settings).read(file);
    }

    private static List<Double> strengths(TextDataset data) {
        return data.groups().stream().map(g -> g.responses().get(0).score() - g.responses().get(1).score()).toList();
    }

    @Test
    void aMarginOrTheScoresSayIt() throws IOException {
        DataSettings pairs = DataSettings.of(TaskKind.PAIR);
        TextDataset margins = read(pairs, "{\"prompt\": \"p\", \"chosen\": \"a\", \"rejected\": \"b\", \"margin\": 2.5}");
        assertEquals(List.of(2.5), strengths(margins));
        assertEquals(0, margins.report().ungraded());
        assertEquals(List.of(), margins.report().ignoredColumns());
        assertEquals(List.of(3.0), strengths(read(pairs, "{\"prompt\": \"p\", \"chosen\": \"a\", \"rejected\": \"b\", \"score_chosen\": 5, \"score_rejected\": 2}")));
        assertEquals(List.of(0.5), strengths(read(pairs, "{\"prompt\": \"p\", \"chosen\": \"a\", \"rejected\": \"b\", \"score_chosen\": 5, \"score_rejected\": 2, \"margin\": 0.5}")));
        TextDataset none = read(pairs, "{\"prompt\": \"p\", \"chosen\": \"a\", \"rejected\": \"b\"}", "{\"prompt\": \"q\", \"chosen\": \"a\", \"rejected\": \"b\"}");
        assertEquals(List.of(1.0, 1.0), strengths(none));
        assertEquals(2, none.report().ungraded());
        DataException e = assertThrows(DataException.class, () -> read(pairs, "{\"prompt\": \"p\", \"chosen\": \"a\", \"rejected\": \"b\", \"margin\": -1}"));
        assertTrue(e.getMessage().contains("'margin' is -1.0") && e.getMessage().contains("Swap"), e.getMessage());
    }

    @Test
    void listsAndWhatIsMadeOfThemAreCounted() throws IOException {
        String[] rows = {"{\"prompt\": \"p\", \"responses\": [\"a\", \"b\", \"c\"], \"scores\": [1, 2, 2]}", "{\"prompt\": \"q\", \"responses\": [\"d\", \"e\"], \"scores\": [1, 0]}"};
        DataReport list = read(DataSettings.of(TaskKind.LIST), rows).report();
        assertEquals(List.of(2L, 2, 3, 0L, 1L), List.of(list.lists(), list.listSizes().min(), list.listSizes().max(), list.pairsMade(), list.ties()));
        DataReport best = read(DataSettings.of(TaskKind.PAIR), rows).report();
        assertEquals(List.of(2L, 2L, 2L), List.of(best.lists(), best.pairsMade(), best.kept()));
        DataReport all = read(DataSettings.of(TaskKind.PAIR).withPairs(DataSettings.Pairs.ALL), rows).report();
        assertEquals(List.of(2L, 3L, 3L, 1L), List.of(all.lists(), all.pairsMade(), all.kept(), all.ties()));
        assertTrue(all.toText().contains("pairs made") && all.toText().contains("of 2 to 3 responses"), all.toText());
    }

    @Test
    void pairsBecomeLabels() throws IOException {
        TextDataset labels = read(DataSettings.of(TaskKind.UNPAIRED), "{\"prompt\": \"p\", \"chosen\": \"a\", \"rejected\": \"b\"}");
        assertEquals(List.of(true, false), labels.groups().stream().map(g -> g.responses().get(0).label()).toList());
        assertEquals(2, labels.report().labelsMade());
        assertTrue(labels.report().toText().contains("the chosen response desirable"), labels.report().toText());
        assertEquals(0, read(DataSettings.of(TaskKind.UNPAIRED), "{\"prompt\": \"p\", \"completion\": \"a\", \"label\": true}").report().labelsMade());
    }

    @Test
    void aTargetIsTheThirdResponseWhereItIsAskedFor() throws IOException {
        String[] rows = {"{\"prompt\": \"p\", \"chosen\": \"a\", \"rejected\": \"b\", \"target\": \"c\"}", "{\"prompt\": \"q\", \"chosen\": \"a\", \"rejected\": \"b\"}"};
        TextDataset with = read(DataSettings.of(TaskKind.PAIR).withTarget(true), rows);
        assertEquals(List.of(3, 2), with.groups().stream().map(g -> g.responses().size()).toList());
        assertEquals(new Text.Plain("c"), with.groups().get(0).responses().get(2).text());
        TextDataset without = read(DataSettings.of(TaskKind.PAIR), rows);
        assertEquals(List.of(2, 2), without.groups().stream().map(g -> g.responses().size()).toList());
        assertEquals(List.of("target"), without.report().ignoredColumns());
        TextDataset chat = read(DataSettings.of(TaskKind.PAIR).withTarget(true),
                "{\"instruction\": \"p\", \"chosen\": \"a\", \"rejected\": \"b\", \"target\": \"c\"}");
        assertEquals(new Text.Chat(List.of(new Message("assistant", "c"))), chat.groups().get(0).responses().get(2).text());
    }
}
