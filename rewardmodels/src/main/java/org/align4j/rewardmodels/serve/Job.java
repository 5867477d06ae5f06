package org.align4j.rewardmodels.serve;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;

/** A request on its way: its parts, which of them were taken up, and the scores so far. */
final class Job {
    final CompletableFuture<List<double[]>> future = new CompletableFuture<>();
    final long arrived = System.nanoTime();
    /** What was not taken up yet; guarded by the service. */
    final Deque<Part> parts = new ArrayDeque<>();
    /** Whether some of it was taken up; guarded by the service. */
    boolean started;
    private final List<double[]> scores = new ArrayList<>();
    private int open;

    /** Answers {@code from … to−1} of a question, computed in one call. */
    record Part(Job job, Question asked, int question, int from, int to, int tokens) {
        List<Answer> answers() {
            return asked.answers().subList(from, to);
        }

        int size() {
            return to - from;
        }

        /** The same one answer at a time. */
        List<Part> singly() {
            List<Part> all = new ArrayList<>();
            for (int a = from; a < to; a++) {
                all.add(new Part(job, asked, question, a, a + 1, tokens));
            }
            return all;
        }
    }

    /**
     * Adds a question. How it is cut depends on nothing but itself and the limits.
     *
     * @param tokens     of every answer with the prompt
     * @param mostAnswers in one part
     * @param mostTokens in one part, unless a single answer has more
     */
    void add(Question question, int[] tokens, int mostAnswers, int mostTokens) {
        int index = scores.size();
        scores.add(new double[tokens.length]);
        for (int from = 0; from < tokens.length;) {
            int to = from + 1;
            int sum = tokens[from];
            while (to < tokens.length && to - from < mostAnswers && sum + tokens[to] <= mostTokens) {
                sum += tokens[to++];
            }
            parts.add(new Part(this, question, index, from, to, sum));
            from = to;
        }
        open += tokens.length;
    }

    /** Answers that were not taken up. */
    int waiting() {
        return parts.stream().mapToInt(Part::size).sum();
    }

    /** Called by the model thread alone. */
    void score(Part part, double[] values) {
        System.arraycopy(values, 0, scores.get(part.question()), part.from(), part.size());
        open -= part.size();
        if (open == 0) {
            future.complete(scores);
        }
    }
}
