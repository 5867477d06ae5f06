package org.align4j.rewardmodels.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.align4j.core.UserException;
import org.align4j.core.data.Message;
import org.align4j.core.data.Text;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.serve.ServiceException.Kind;
import org.junit.jupiter.api.Test;

class ScoreServiceTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private final ArithmeticReward reward = new ArithmeticReward();

    private ScoreService service(ServiceOptions options) {
        return new ScoreService(() -> reward, TokenCount.ESTIMATE, options).awaitReady();
    }

    private static Question question(String prompt, String... answers) {
        return new Question(new Text.Plain(prompt), java.util.Arrays.stream(answers).map(Answer::of).toList(), null);
    }

    private static double[] expected(Question q) {
        return ArithmeticReward.expected(q);
    }

    private static ServiceException failure(CompletableFuture<?> f) {
        return assertInstanceOf(ServiceException.class, assertThrows(CompletionException.class, f::join).getCause());
    }

    /** The reward's last bits depend on the size of a batch, as a model's do. */
    @Test
    void scoresHaveTheSameBitsWhateverTheyWereComputedWith() {
        List<Question> questions = new ArrayList<>();
        SplittableRandom r = new SplittableRandom(1);
        for (int i = 0; i < 200; i++) {
            String[] answers = new String[1 + r.nextInt(5)];
            for (int a = 0; a < answers.length; a++) {
                answers[a] = "answer " + r.nextInt(50);
            }
            Question q = question("prompt " + r.nextInt(20), answers);
            questions.add(q);
            if (i % 10 == 0) {
                questions.add(q);
            }
        }
        try (ScoreService s = service(ServiceOptions.DEFAULT)) {
            List<double[]> all = s.score(questions);
            List<CompletableFuture<List<double[]>>> singly = questions.stream().map(q -> s.submit(List.of(q), LONG)).toList();
            for (int i = 0; i < questions.size(); i++) {
                assertArrayEquals(expected(questions.get(i)), all.get(i));
                assertArrayEquals(expected(questions.get(i)), singly.get(i).join().get(0));
            }
            assertEquals(s.metrics().answers(), 2L * questions.stream().mapToInt(q -> q.answers().size()).sum());
            assertTrue(s.metrics().merged() > 0, "equal questions are computed once");
        }
        assertEquals(1, new HashSet<>(reward.threads).size(), "one thread opens, asks and closes");
        assertTrue(reward.closed);
    }

    @Test
    void togetherEqualPromptsShareAQuestionAndEqualAnswersAScore() {
        reward.hold();
        try (ScoreService s = service(ServiceOptions.DEFAULT.withExact(false))) {
            CompletableFuture<List<double[]>> first = s.submit(List.of(question("held", "x")), LONG);
            reward.awaitCall();
            CompletableFuture<List<double[]>> a = s.submit(List.of(question("p", "one", "two"), question("q", "one")), LONG);
            CompletableFuture<List<double[]>> b = s.submit(List.of(question("p", "two", "three"), new Question(new Text.Plain("p"), List.of(Answer.of("two")), "two")), LONG);
            reward.free();
            assertEquals(1, first.join().get(0).length);
            assertEquals(a.join().get(0)[1], b.join().get(0)[0]);
            assertEquals(expected(question("p", "one"))[0], a.join().get(0)[0], 1e-12);
            assertEquals(2, reward.calls.size());
            assertEquals(List.of(question("p", "one", "two", "three"), question("q", "one"), new Question(new Text.Plain("p"), List.of(Answer.of("two")), "two")), reward.calls.get(1));
            assertEquals(1, s.metrics().merged());
            assertNotExact(a.join().get(0)[0]);
        }
    }

    private static void assertNotExact(double score) {
        assertTrue(score != expected(question("p", "one"))[0], "together, rounding differs");
    }

    @Test
    void batchesKeepToTheirLimits() {
        reward.hold();
        try (ScoreService s = service(ServiceOptions.DEFAULT.withExact(false).withBatches(4, 100, Duration.ZERO))) {
            s.submit(List.of(question("held", "x")), LONG);
            reward.awaitCall();
            CompletableFuture<?> many = s.submit(List.of(question("p", "1", "2", "3", "4", "5", "6")), LONG);
            CompletableFuture<?> longer = s.submit(List.of(question("a".repeat(240), "1"), question("b".repeat(240), "1"), question("c".repeat(800), "1")), LONG);
            reward.free();
            many.join();
            longer.join();
            assertEquals(List.of(1, 4, 3, 1, 1), reward.calls.stream().map(c -> c.stream().mapToInt(q -> q.answers().size()).sum()).toList());
        }
    }

    /** A question with more answers than a batch is cut the same way whoever else asks. */
    @Test
    void aLargeQuestionIsCutByItself() {
        try (ScoreService s = service(ServiceOptions.DEFAULT.withBatches(4, 60, Duration.ZERO))) {
            Question large = question("p", "1", "2", "3", "4", "5", "6");
            List<double[]> alone = s.score(List.of(large));
            List<double[]> beside = s.score(List.of(question("q", "x", "y", "z"), large, question("r", "x")));
            assertArrayEquals(alone.get(0), beside.get(1));
            assertEquals(expected(question("p", "1", "2", "3", "4"))[2], alone.get(0)[2]);
            assertEquals(expected(question("p", "5", "6"))[1], alone.get(0)[5]);
            s.score(List.of(question("p".repeat(80), "1", "2", "3", "4", "5", "6")));
            assertEquals(List.of(2, 2, 2), reward.calls.subList(reward.calls.size() - 3, reward.calls.size()).stream().map(c -> c.get(0).answers().size()).toList());
        }
    }

    @Test
    void whatFailsFailsAlone() {
        for (boolean exact : new boolean[] {true, false}) {
            reward.hold();
            reward.calls.clear();
            try (ScoreService s = service(ServiceOptions.DEFAULT.withExact(exact))) {
                s.submit(List.of(question("held", "x")), LONG);
                reward.awaitCall();
                CompletableFuture<List<double[]>> good = s.submit(List.of(question("p", "one", "two")), LONG);
                CompletableFuture<?> poison = s.submit(List.of(question("p", "one"), question("q", "two", "POISON")), LONG);
                CompletableFuture<?> memory = s.submit(List.of(question("p", "MEMORY")), LONG);
                CompletableFuture<?> nan = s.submit(List.of(question("p", "NOTANUMBER")), LONG);
                CompletableFuture<?> lacking = s.submit(List.of(question("p", "SECRETLESS")), LONG);
                reward.free();
                assertArrayEquals(expected(question("p", "one", "two")), good.join().get(0), exact ? 0 : 1e-12);
                ServiceException e = failure(poison);
                assertEquals(List.of(Kind.FAULT, 1, 1), List.of(e.kind(), e.question(), e.answer()));
                assertEquals(Kind.FAULT, failure(memory).kind());
                assertEquals("the reward failed: java.lang.IllegalStateException: arithmetic \"reward\" gave the score NaN, which is not finite", failure(nan).getMessage());
                assertEquals(Kind.UNSCORABLE, failure(lacking).kind());
                assertEquals("This reward needs a reference answer.", failure(lacking).getMessage());
                assertEquals(3, s.metrics().failed(Kind.FAULT));
                assertEquals(exact ? 2 : 7, s.metrics().retriedAlone());
                assertArrayEquals(expected(question("p", "again")), s.score(List.of(question("p", "again"))).get(0));
            }
        }
    }

    @Test
    void aFullQueueRefusesAndSaysWhenToComeBack() throws InterruptedException {
        reward.hold();
        try (ScoreService s = service(ServiceOptions.DEFAULT.withQueue(10))) {
            reward.gate.release();
            Thread.sleep(30);
            s.score(List.of(question("p", "first"))); // so that a speed is known
            List<CompletableFuture<?>> taken = new ArrayList<>();
            taken.add(s.submit(List.of(question("p", "x")), LONG));
            reward.awaitCall();
            for (int i = 0; i < 5; i++) {
                taken.add(s.submit(List.of(question("p" + i, "x", "y")), LONG));
            }
            ServiceException e = assertThrows(ServiceException.class, () -> s.submit(List.of(question("p", "one more")), LONG));
            assertEquals(Kind.OVERLOADED, e.kind());
            assertTrue(e.retryAfter().toSeconds() >= 1 && e.retryAfter().toSeconds() <= 60, e.retryAfter().toString());
            assertEquals(10, s.waiting());
            reward.free();
            taken.forEach(CompletableFuture::join);
            assertEquals(1, s.metrics().failed(Kind.OVERLOADED));
            assertEquals(0, s.waiting());
        }
    }

    @Test
    void whatIsNotStartedAtItsDeadlineIsNeverComputed() {
        reward.hold();
        try (ScoreService s = service(ServiceOptions.DEFAULT.withQueue(3))) {
            CompletableFuture<?> held = s.submit(List.of(question("p", "held")), LONG);
            reward.awaitCall();
            CompletableFuture<?> late = s.submit(List.of(question("p", "late", "later", "latest")), Duration.ofMillis(20));
            assertEquals(Kind.EXPIRED, failure(late).kind());
            assertEquals(0, s.waiting(), "its place is free at once");
            CompletableFuture<?> next = s.submit(List.of(question("p", "next")), LONG);
            reward.free();
            held.join();
            next.join();
            assertEquals(List.of("held", "next"), reward.calls.stream().map(c -> c.get(0).answers().get(0).text()).toList());
        }
    }

    @Test
    void drainingFinishesWhatWasAcceptedAndTakesNothingMore() throws InterruptedException {
        reward.hold();
        ScoreService s = service(ServiceOptions.DEFAULT);
        List<CompletableFuture<List<double[]>>> accepted = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            accepted.add(s.submit(List.of(question("p" + i, "x", "y")), LONG));
        }
        Thread drain = new Thread(() -> assertTrue(s.drain(LONG)));
        drain.start();
        while (s.state() != ScoreService.State.DRAINING) {
            Thread.onSpinWait();
        }
        assertEquals(Kind.UNAVAILABLE, assertThrows(ServiceException.class, () -> s.submit(List.of(question("p", "x")), LONG)).kind());
        reward.free();
        drain.join();
        for (int i = 0; i < 50; i++) {
            assertArrayEquals(expected(question("p" + i, "x", "y")), accepted.get(i).join().get(0));
        }
        assertEquals(ScoreService.State.CLOSED, s.state());
        assertTrue(reward.closed);
    }

    @Test
    void aDrainThatTakesTooLongGivesUpWhatWaits() {
        reward.hold();
        ScoreService s = service(ServiceOptions.DEFAULT.withBatches(1, 1000, Duration.ZERO));
        CompletableFuture<?> started = s.submit(List.of(question("p", "x")), LONG);
        CompletableFuture<?> waiting = s.submit(List.of(question("p", "y")), LONG);
        assertFalse(s.drain(Duration.ofMillis(30)));
        assertEquals(Kind.UNAVAILABLE, failure(waiting).kind());
        reward.free();
        started.join();
    }

    @Test
    void whatCannotBeOpenedSaysWhy() {
        ScoreService s = new ScoreService(() -> {
            throw new UserException("There is no model directory x.");
        }, TokenCount.ESTIMATE, ServiceOptions.DEFAULT);
        assertEquals("There is no model directory x.", assertThrows(UserException.class, s::awaitReady).getMessage());
        assertEquals(ScoreService.State.FAILED, s.state());
        assertEquals(Kind.UNAVAILABLE, assertThrows(ServiceException.class, () -> s.submit(List.of(question("p", "x")), LONG)).kind());
    }

    @Test
    void tooLongIsRefusedWithItsPlace() {
        try (ScoreService s = service(ServiceOptions.DEFAULT.withMaxTokens(20))) {
            ServiceException e = assertThrows(ServiceException.class, () -> s.submit(List.of(question("p", "x"), question("p", "x", "y".repeat(100))), LONG));
            assertEquals(List.of(Kind.UNSCORABLE, 1, 1), List.of(e.kind(), e.question(), e.answer()));
            assertEquals("the prompt and the answer together have 27 tokens, more than the 20 allowed", e.getMessage());
        }
    }

    @Test
    void theFacadeSaysTheSame() {
        try (RewardScorer scorer = RewardScorer.of(() -> reward, TokenCount.ESTIMATE, ServiceOptions.DEFAULT.withQueue(2))) {
            Question q = question("p", "a", "b", "c");
            assertArrayEquals(expected(q), scorer.score("p", List.of("a", "b", "c")), "more than the queue holds: a caller in the same program waits");
            assertEquals(expected(question("p", "b"))[0], scorer.score("p", "b"));
            assertEquals(1 / (1 + Math.exp(expected(q)[1] - expected(q)[0])), scorer.prefer("p", "a", "b"), 1e-15);
            List<Message> chat = List.of(new Message("user", "p"));
            assertEquals(ArithmeticReward.expected(new Text.Chat(chat), Answer.of("a")), scorer.score(chat, "a"));
            Ranking r = scorer.rank("p", List.of("a", "b", "c", "a"));
            for (int i = 1; i < 4; i++) {
                assertTrue(r.scores()[r.order().get(i - 1)] >= r.scores()[r.order().get(i)]);
            }
            assertTrue(r.order().indexOf(0) < r.order().indexOf(3), "of equals the first asked is first");
            assertEquals(1, java.util.Arrays.stream(r.probabilities()).sum(), 1e-12);
            assertEquals(List.of(), scorer.score(List.of()));
        }
    }
}
