package org.align4j.rewardmodels.serve;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.align4j.core.UserException;
import org.align4j.core.data.Text;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;

/**
 * A reward without a model that behaves like one: its last bits depend on how many answers it is asked at once. Some words make it misbehave. It notes
 * who called it and what for.
 */
public final class ArithmeticReward implements Reward {
    /** Permits for calls; without one a call waits. */
    public final Semaphore gate = new Semaphore(0);
    public final List<List<Question>> calls = Collections.synchronizedList(new ArrayList<>());
    public final List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
    public volatile boolean closed;
    private volatile boolean gated;

    /** From now on calls wait for permits. */
    public void hold() {
        gate.drainPermits();
        gated = true;
    }

    /** Lets all calls through. */
    public void free() {
        gated = false;
        gate.release(1_000_000);
    }

    /** Returns when a call waits. */
    public void awaitCall() {
        while (!gate.hasQueuedThreads()) {
            Thread.onSpinWait();
        }
    }

    @Override
    public List<double[]> score(List<Question> questions) {
        threads.add(Thread.currentThread());
        if (gated) {
            gate.acquireUninterruptibly();
        }
        calls.add(List.copyOf(questions));
        int answers = questions.stream().mapToInt(q -> q.answers().size()).sum();
        return questions.stream().map(q -> q.answers().stream().mapToDouble(a -> one(q, a) * (1 + (answers - 1) * 0x1p-52)).toArray()).toList();
    }

    private static double one(Question q, Answer a) {
        if (a.text().contains("POISON")) {
            throw new IllegalStateException("the kernel broke");
        }
        if (a.text().contains("MEMORY")) {
            throw new OutOfMemoryError("as told");
        }
        if (a.text().contains("SECRETLESS")) {
            throw new UserException("This reward needs a reference answer.");
        }
        return a.text().contains("NOTANUMBER") ? Double.NaN : expected(q.prompt(), a);
    }

    /** The scores of a question asked by itself. */
    public static double[] expected(Question q) {
        return q.answers().stream().mapToDouble(a -> expected(q.prompt(), a) * (1 + (q.answers().size() - 1) * 0x1p-52)).toArray();
    }

    /** The score of an answer asked alone: in [−4, 4). */
    public static double expected(Text prompt, Answer a) {
        long h = prompt.toString().hashCode() * 31L + a.text().hashCode() * 0x9E3779B97F4A7C15L + (a.ended() ? 1 : 2);
        h = (h ^ h >>> 31) * 0xBF58476D1CE4E5B9L;
        return (h >> 11) * 0x1p-50;
    }

    @Override
    public String name() {
        return "arithmetic \"reward\"";
    }

    @Override
    public String digest() {
        return "00ff".repeat(16);
    }

    @Override
    public void close() {
        threads.add(Thread.currentThread());
        closed = true;
    }
}
