package org.align4j.rewardmodels.serve;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;

/** A request on its way: its answers, which of them were taken up, and the scores so far. */
final class Job {
    final CompletableFuture<List<double[]>> future = new CompletableFuture<>();
    final List<Unit> units = new ArrayList<>();
    final long arrived = System.nanoTime();
    private final List<double[]> scores = new ArrayList<>();
    private int open;
    /** The first unit that still waits; guarded by the service. */
    int next;

    /** One answer to be scored. */
    record Unit(Job job, Question asked, int question, int answer, int tokens) {
        Answer text() {
            return asked.answers().get(answer);
        }
    }

    void add(Question question, int[] tokens) {
        int index = scores.size();
        scores.add(new double[tokens.length]);
        for (int a = 0; a < tokens.length; a++) {
            units.add(new Unit(this, question, index, a, tokens[a]));
        }
        open += tokens.length;
    }

    int waiting() {
        return units.size() - next;
    }

    /** Called by the model thread alone. */
    void score(Unit unit, double value) {
        scores.get(unit.question())[unit.answer()] = value;
        if (--open == 0) {
            future.complete(scores);
        }
    }
}
