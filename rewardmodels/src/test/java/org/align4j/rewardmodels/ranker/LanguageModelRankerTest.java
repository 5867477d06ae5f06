package org.align4j.rewardmodels.ranker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.Precision;
import org.align4j.core.data.Message;
import org.align4j.core.data.Text;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LanguageModelRankerTest {
    /** Logits of float32 and about ten in size, summed in another order. */
    private static final double ROUNDING = 1e-5;
    private static final JudgeTemplate SHORT = JudgeTemplate.pair("Q {prompt} A {first} B {second} best:");
    private static Backend backend;

    @BeforeAll
    static void open() {
        backend = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend();
    }

    @AfterAll
    static void close() {
        backend.close();
    }

    private static Question question(String... answers) {
        return new Question(new Text.Plain("two plus two"), java.util.Arrays.stream(answers).map(Answer::of).toList(), null);
    }

    /** By the definition: one sequence alone, all its logits. */
    private static double yes(JudgeModel judge, String text, char a, char b) {
        float[] logits = judge.model().logits(text.chars().toArray());
        int at = (text.length() - 1) * 128;
        return 1 / (1 + Math.exp(logits[at + b] - logits[at + a]));
    }

    @Test
    void bothOrdersAreAveragedAndSharingChangesNothing() {
        String[] answers = {"four", "five or so", "4", "fourteen"};
        try (JudgeModel judge = TinyJudge.open(backend, false); Ranker ranker = new LanguageModelRanker(judge, SHORT)) {
            double[][] psi = ranker.preferences(question(answers));
            for (int i = 0; i < 4; i++) {
                assertEquals(0.5, psi[i][i]);
                for (int j = 0; j < 4; j++) {
                    if (i != j) {
                        // The words " A" and " B" begin with the same token, a space, which counts to the text.
                        double inOrder = yes(judge, SHORT.fill("two plus two", answers[i], answers[j]) + " ", 'A', 'B');
                        double swapped = yes(judge, SHORT.fill("two plus two", answers[j], answers[i]) + " ", 'A', 'B');
                        assertEquals((inOrder + 1 - swapped) / 2, psi[i][j], ROUNDING);
                        assertEquals(1, psi[i][j] + psi[j][i], 1e-15);
                    }
                }
            }
            assertNotEquals(0.5, psi[0][1], 1e-3);
            assertArrayEquals(new double[] {0.5, psi[0][1], psi[2][1]}, ranker.against(question("five or so", "four", "4"), Answer.of("five or so")), ROUNDING);
        }
    }

    @Test
    void aChatJudgeAnswersInItsTurn() {
        try (JudgeModel judge = TinyJudge.open(backend, true); Ranker ranker = new LanguageModelRanker(judge, SHORT)) {
            Question q = new Question(new Text.Chat(List.of(new Message("user", "hi"), new Message("assistant", "yes?"), new Message("user", "go"))),
                    List.of(Answer.of("x"), Answer.of("yy")), null);
            String asked = "User: hi\n\nAssistant: yes?\n\nUser: go";
            double expected = (yes(judge, "U:" + SHORT.fill(asked, "x", "yy") + "\n", 'A', 'B') + 1 - yes(judge, "U:" + SHORT.fill(asked, "yy", "x") + "\n", 'A', 'B')) / 2;
            assertEquals(expected, ranker.preferences(q)[0][1], ROUNDING);
        }
    }

    @Test
    void goodOrBad() {
        JudgeTemplate template = JudgeTemplate.point("{prompt} > {response} >");
        try (GoodBadReward reward = new GoodBadReward(TinyJudge.open(backend, false), template); JudgeModel judge = TinyJudge.open(backend, false)) {
            double[] scores = reward.score(List.of(question("four", "five"))).get(0);
            assertEquals(yes(judge, "two plus two > four > ", 'G', 'B'), scores[0], ROUNDING);
            assertEquals(yes(judge, "two plus two > five > ", 'G', 'B'), scores[1], ROUNDING);
        }
    }

    @Test
    void whatIsSharedIsComputedOnce() {
        int[] a = {1, 2, 3, 4, 5};
        int[] b = {1, 2, 3, 9};
        int[] c = {1, 2, 7, 7, 7};
        assertEquals(2 + 3 + 2 + 3, SharedPrefixes.tokens(List.of(a, b, c)));
        assertEquals(1, SharedPrefixes.of(List.of(a, b, c), 3, 0, 100).size());
        var parts = SharedPrefixes.of(List.of(a, b, c), 3, 0, 6);
        assertEquals(List.of(1, 1, 1), parts.stream().map(g -> g.responses().size()).toList());
        assertTrue(parts.stream().allMatch(g -> g.prompt().length == 2 && g.tokens() <= 2 + 4));
        int[] d = {1, 5, 5, 5, 5, 5, 6};
        int[] e = {1, 5, 5, 5, 5, 5, 7};
        int[] f = {1, 8, 8, 8, 8, 8, 6};
        int[] g = {1, 8, 8, 8, 8, 8, 7};
        assertEquals(List.of(6, 6), SharedPrefixes.of(List.of(d, e, f, g), 2, 0, 100).stream().map(x -> x.prompt().length).toList());
        // One sequence is the beginning of another: nothing remains of it but the word that follows.
        var same = SharedPrefixes.of(List.of(new int[] {1, 2}, new int[] {1, 2, 3}), 2, 9, 100).get(0);
        assertArrayEquals(new int[] {9}, same.responses().get(0).ids());
        assertArrayEquals(new int[] {3, 9}, same.responses().get(1).ids());
    }

    @Test
    void wordsMustDiffer() {
        assertThrows(UserException.class, () -> new JudgeTemplate("{prompt}{first}{second}", List.of("prompt", "first", "second"), "A", "A"));
        JudgeTemplate begins = new JudgeTemplate("{prompt} {response}", List.of("prompt", "response"), "good", "goodness");
        try (GoodBadReward reward = new GoodBadReward(TinyJudge.open(backend, false), begins)) {
            String message = assertThrows(UserException.class, () -> reward.score(List.of(question("x")))).getMessage();
            assertTrue(message.contains("beginning of the other"), message);
        }
    }
}
