package org.align4j.core.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SplitsTest {
    private static TextGroup row(String prompt, int line) {
        return new TextGroup(new Location("f", line), new Text.Plain(prompt), List.of());
    }

    /** 3,000 rows over 1,000 prompts. */
    private static List<TextGroup> rows() {
        List<TextGroup> rows = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            rows.add(row("prompt " + i % 1000, i + 1));
        }
        return rows;
    }

    private static Set<String> prompts(List<TextGroup> rows) {
        return rows.stream().map(g -> ((Text.Plain) g.prompt()).text()).collect(Collectors.toSet());
    }

    @Test
    void aPromptIsOnOneSideOnly() {
        HeldOut<TextGroup> s = HeldOut.byFraction(rows(), PromptKey::of, 0.2, 17);
        assertEquals(3000, s.train().size() + s.heldOut().size());
        assertTrue(Collections.disjoint(prompts(s.train()), prompts(s.heldOut())));
        // binomial with 1000 draws: 200 ± 12.6, five standard deviations allowed
        assertEquals(200, prompts(s.heldOut()).size(), 63);
        assertTrue(prompts(HeldOut.byFraction(rows(), PromptKey::of, 0.3, 17).heldOut()).containsAll(prompts(s.heldOut())));
        assertNotEquals(prompts(s.heldOut()), prompts(HeldOut.byFraction(rows(), PromptKey::of, 0.2, 18).heldOut()));
        assertEquals(0, HeldOut.byFraction(rows(), PromptKey::of, 0, 17).heldOut().size());
        assertThrows(DataException.class, () -> HeldOut.byFraction(rows(), PromptKey::of, 1, 17));
        assertThrows(DataException.class, () -> HeldOut.byFraction(rows(), PromptKey::of, Double.NaN, 17));
    }

    @Test
    void theSplitHangsOnContentNotOnOrder() {
        List<TextGroup> shuffled = rows();
        Collections.shuffle(shuffled, new Random(3));
        assertEquals(prompts(HeldOut.byFraction(rows(), PromptKey::of, 0.2, 17).heldOut()), prompts(HeldOut.byFraction(shuffled, PromptKey::of, 0.2, 17).heldOut()));
        assertEquals(prompts(HeldOut.byCount(rows(), PromptKey::of, 100, 17).heldOut()), prompts(HeldOut.byCount(shuffled, PromptKey::of, 100, 17).heldOut()));
    }

    @Test
    void countHoldsWholePrompts() {
        HeldOut<TextGroup> s = HeldOut.byCount(rows(), PromptKey::of, 100, 5);
        assertEquals(102, s.heldOut().size());
        assertEquals(34, prompts(s.heldOut()).size());
        assertTrue(Collections.disjoint(prompts(s.train()), prompts(s.heldOut())));
        assertEquals(0, HeldOut.byCount(rows(), PromptKey::of, 0, 5).heldOut().size());
        assertTrue(assertThrows(DataException.class, () -> HeldOut.byCount(List.of(row("a", 1), row("a ", 2)), PromptKey::of, 1, 5)).getMessage().contains("only 1 different"));
        assertThrows(DataException.class, () -> HeldOut.byCount(rows(), PromptKey::of, 3000, 5));
    }

    @Test
    void subsetsNest() {
        List<TextGroup> rows = rows();
        Set<TextGroup> before = new HashSet<>();
        for (int n : new int[] {0, 1, 10, 500, 2999, 3000}) {
            List<TextGroup> some = Subset.take(rows, PromptKey::of, n, 9);
            assertEquals(n, some.size());
            assertTrue(some.containsAll(before));
            assertEquals(some, rows.stream().filter(new HashSet<>(some)::contains).toList());
            before = new HashSet<>(some);
        }
        assertNotEquals(Subset.take(rows, PromptKey::of, 10, 9), Subset.take(rows, PromptKey::of, 10, 10));
        assertThrows(DataException.class, () -> Subset.take(rows, PromptKey::of, 3001, 9));
        // drawn evenly: of the first 1,500 rows about half, five standard deviations allowed
        assertEquals(250, Subset.take(rows, PromptKey::of, 500, 9).stream().filter(g -> g.at().row() <= 1500).count(), 51);
    }

    @Test
    void overlapIsFoundThroughSpacesAndWrapping() {
        List<TextGroup> train = List.of(row("How  are\nyou?", 1), row("b", 2));
        TextGroup chat = new TextGroup(new Location("e", 7), new Text.Chat(List.of(new Message("user", "How are you? "))), List.of());
        TextGroup system = new TextGroup(new Location("e", 8), new Text.Chat(List.of(new Message("system", "How are you?"))), List.of());
        Overlap o = Overlap.ofText(train, List.of(chat, system, row("c", 9)));
        assertEquals(1, o.count());
        assertEquals("[e:7 is also f:1]", o.first().toString());
        assertTrue(assertThrows(DataException.class, o::requireNone).getMessage().contains("1 evaluation prompt(s) occur"));
        Overlap.ofText(train, List.of(system)).requireNone();
        Group g = new Group(new Location("t", 1), new int[] {1, 2}, List.of(new Group.Response(new int[] {3}, 0, null, true)));
        Group h = new Group(new Location("t", 2), new int[] {1, 2, 3}, List.of(new Group.Response(new int[] {3}, 0, null, true)));
        assertEquals(1, Overlap.ofGroups(List.of(g), List.of(g, h)).count());
    }

    @Test
    void keysTellContentsApart() {
        Text a = new Text.Chat(List.of(new Message("user", "x"), new Message("assistant", "y")));
        Text b = new Text.Chat(List.of(new Message("user", "x"), new Message("user", "y")));
        Text c = new Text.Chat(List.of(new Message("user", "xassistant"), new Message("user", "y")));
        assertEquals(3, Set.of(PromptKey.of(a), PromptKey.of(b), PromptKey.of(c)).size());
        // fixed for all time: a split must not move between versions
        assertEquals("c61f5a6f", PromptKey.of(new Text.Plain("prompt")).toString().substring(0, 8));
    }
}
