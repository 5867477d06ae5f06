package org.align4j.rewardmodels.annotator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.core.data.Message;
import org.align4j.core.data.Text;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.TableReward;
import org.align4j.rewardmodels.evaluate.PreferenceEvaluation;
import org.align4j.rewardmodels.evaluate.PreferenceItems;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnnotatorPoolTest {
    private static final int MANY = 4_000;
    private static final TableReward GOLD = new TableReward(Map.of("good", 1.0, "bad and longer", 0.0));

    /** The same two answers to many prompts, the better one first in every other. */
    private static List<Question> questions(int n) {
        List<Question> out = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            List<Answer> answers = new ArrayList<>(List.of(Answer.of("good"), Answer.of("bad and longer")));
            if (i % 2 == 1) {
                Collections.reverse(answers);
            }
            out.add(new Question(new Text.Plain("prompt " + i), answers, null));
        }
        return out;
    }

    private static double goodShare(List<Annotation> annotations) {
        int good = 0;
        for (int i = 0; i < annotations.size(); i++) {
            good += annotations.get(i).choice() == (i % 2 == 0 ? Annotation.Choice.FIRST : Annotation.Choice.SECOND) ? 1 : 0;
        }
        return (double) good / annotations.size();
    }

    @Test
    void labelsFollowTheClosedForm() {
        Annotator biased = new Annotator("a", 0.7, 3, 0.4);
        for (double noise : new double[] {0, 0.25, 0.5}) {
            AnnotatorPool pool = new AnnotatorPool(GOLD, List.of(biased), noise, 11);
            double expected = pool.probability(biased, 1, -10);
            // σ((1 − 0.3 ± 0.4)/0.7), the mean of both orders, then noise
            double opinion = (1 / (1 + Math.exp(-1.1 / 0.7)) + 1 / (1 + Math.exp(-0.3 / 0.7))) / 2;
            assertEquals((1 - 2 * noise) * opinion + noise, expected, 1e-15);
            // A share of 4,000 has a deviation of at most 0.0079; four of them.
            assertEquals(expected, goodShare(pool.annotate(questions(MANY))), 0.032);
        }
    }

    @Test
    void agreementFollowsTheClosedForm() {
        AnnotatorPool pool = new AnnotatorPool(GOLD, AnnotatorPool.thirteen(), AnnotatorPool.LABEL_NOISE, 5);
        assertEquals(13, pool.annotators().size());
        double expected = pool.expectedAgreement(1, -10);
        // 78 pairs of annotators on each of 4,000 questions share their margins alone: four deviations are below 0.01.
        assertEquals(expected, AnnotatedPairs.agreement(pool.annotateByAll(questions(MANY))), 0.01);
        AnnotatorPool coins = new AnnotatorPool(GOLD, AnnotatorPool.thirteen(), 0.5, 5);
        assertEquals(0.5, coins.expectedAgreement(1, -10), 1e-15);
        AnnotatorPool sure = new AnnotatorPool(GOLD, List.of(new Annotator("a", 0, 0, 0), new Annotator("b", 0, 0, 0)), 0, 5);
        assertEquals(1, sure.expectedAgreement(1, -10));
        assertEquals(1, AnnotatedPairs.agreement(sure.annotateByAll(questions(50))));
        // p = 1/4 for two sure annotators: (3/4)² + (1/4)²
        AnnotatorPool noisy = new AnnotatorPool(GOLD, sure.annotators(), 0.25, 5);
        assertEquals(0.625, noisy.expectedAgreement(1, -10), 1e-15);
        assertEquals(0.625, AnnotatedPairs.agreement(noisy.annotateByAll(questions(MANY))), 0.032);
    }

    @Test
    void drawsDependOnTheExampleAlone() {
        AnnotatorPool pool = new AnnotatorPool(GOLD, AnnotatorPool.thirteen(), 0.25, 5);
        List<Question> questions = questions(40);
        List<Annotation> inOrder = pool.annotate(questions);
        List<Question> reversed = new ArrayList<>(questions);
        Collections.reverse(reversed);
        List<Annotation> backwards = new ArrayList<>(pool.annotate(reversed));
        Collections.reverse(backwards);
        assertEquals(inOrder, backwards);
        assertEquals(inOrder.get(7), pool.annotate(questions.subList(7, 8)).get(0));
        assertNotEquals(inOrder, new AnnotatorPool(GOLD, AnnotatorPool.thirteen(), 0.25, 6).annotate(questions));
        assertTrue(new HashSet<>(inOrder.stream().map(Annotation::annotator).toList()).size() > 8);
        assertTrue(inOrder.stream().anyMatch(Annotation::swapped) && !inOrder.stream().allMatch(Annotation::swapped));
        // Label noise changes labels, never the opinions under it.
        List<Annotation> quiet = new AnnotatorPool(GOLD, AnnotatorPool.thirteen(), 0, 5).annotate(questions);
        for (int i = 0; i < 40; i++) {
            assertTrue(inOrder.get(i).coin() || inOrder.get(i).choice() == quiet.get(i).choice());
        }
    }

    @Test
    void pairsAreWrittenWithWhereTheyCameFrom(@TempDir Path directory) {
        AnnotatorPool pool = new AnnotatorPool(GOLD, AnnotatorPool.thirteen(), 0.25, 5);
        List<Question> questions = new ArrayList<>(questions(60));
        questions.add(new Question(new Text.Plain("same"), List.of(Answer.of("good"), Answer.of("good")), null));
        questions.add(new Question(new Text.Chat(List.of(new Message("user", "chat"))), List.of(Answer.of("good"), Answer.of("bad and longer")), null));
        Path file = directory.resolve("pairs.jsonl");
        AnnotatedPairs.Summary summary = AnnotatedPairs.write(file, pool, questions.subList(0, 61));
        assertEquals(60, summary.pairs());
        assertEquals(1, summary.ties());
        PreferenceItems read = PreferenceItems.read(file, null, new PreferenceItems.Columns(Optional.of("meta.annotator"), Optional.empty(), Optional.empty()));
        assertEquals(60, read.items().size());
        PreferenceEvaluation e = PreferenceEvaluation.of(read.score(GOLD, n -> { }));
        assertEquals(summary.goldAgreed(), e.accuracy().value(), 1e-15);
        assertTrue(e.subsets().size() > 8, e.subsets().toString());

        AnnotatedPairs.writeVotes(file, pool, questions.subList(61, 62));
        read = PreferenceItems.read(file, null, new PreferenceItems.Columns(Optional.empty(), Optional.empty(), Optional.of("votes")));
        assertEquals(13, read.items().get(0).votes().size());
        assertTrue(read.items().get(0).question().prompt() instanceof Text.Chat);
        assertEquals(13, PreferenceEvaluation.of(read.score(GOLD, n -> { })).agreement().orElseThrow().annotators().size());
    }

    @Test
    void poolsThatCannotBeAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new AnnotatorPool(GOLD, List.of(), 0, 1));
        assertThrows(IllegalArgumentException.class, () -> new AnnotatorPool(GOLD, AnnotatorPool.thirteen(), 0.6, 1));
        Annotator a = new Annotator("a", 1, 0, 0);
        assertThrows(IllegalArgumentException.class, () -> new AnnotatorPool(GOLD, List.of(a, a), 0, 1));
        assertThrows(IllegalArgumentException.class, () -> new Annotator("a", -1, 0, 0));
        Question three = new Question(new Text.Plain("?"), List.of(Answer.of("good"), Answer.of("good"), Answer.of("good")), null);
        assertThrows(UserException.class, () -> new AnnotatorPool(GOLD, List.of(a), 0, 1).annotate(List.of(three)));
    }
}
