package org.align4j.rewardmodels.serve;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.align4j.core.UserException;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;

/**
 * Lets many threads ask one {@link Reward}: a queue that is bounded, and one thread that opens the reward, computes batch after batch, and closes it. It knows
 * nothing of HTTP.
 *
 * <p>A request is scored whole or fails whole, with a {@link ServiceException} that says why. What fails in one request does not touch another: a batch
 * that fails is computed again, each answer alone. At its deadline a request is given up, and what of it still waits is never computed.
 *
 * <p>With {@link ServiceOptions#exact} every question is computed by itself, its answers together, as {@link org.align4j.rewardmodels.model.RewardModel}
 * does, so that its scores have the same bits whoever else asks; a question larger than a batch is cut into parts in an order that depends on it alone.
 * What is equal in several requests of a batch is computed once either way.
 */
public final class ScoreService implements AutoCloseable {
    /** Where a service is in its life. */
    public enum State { LOADING, READY, DRAINING, CLOSED, FAILED }

    private final ServiceOptions options;
    private final TokenCount tokens;
    private final ServiceMetrics metrics = new ServiceMetrics();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Job> queue = new ArrayDeque<>();
    private final CompletableFuture<Void> opened = new CompletableFuture<>();
    private final Thread thread;
    private int waiting;
    private volatile State state = State.LOADING;
    private volatile String name = "";
    private volatile String digest = "";
    private volatile int computing;
    private volatile boolean givenUp;
    private final Speed speed = new Speed();

    /**
     * Starts the thread that opens the reward; questions are refused until it has, see {@link #awaitReady}.
     *
     * @param reward opens the reward; called, like everything of the reward, by the service's own thread, which also closes it
     */
    public ScoreService(Callable<? extends Reward> reward, TokenCount tokens, ServiceOptions options) {
        this.options = options;
        this.tokens = tokens;
        thread = new Thread(() -> live(reward), "align4j-reward");
        thread.setDaemon(true);
        thread.start();
    }

    /** Returns when the reward is open, or throws what kept it from opening. */
    public ScoreService awaitReady() {
        try {
            opened.join();
            return this;
        } catch (CompletionException e) {
            throw cause(e);
        }
    }

    private static RuntimeException cause(CompletionException e) {
        return e.getCause() instanceof RuntimeException r ? r : e;
    }

    public State state() {
        return state;
    }

    public ServiceOptions options() {
        return options;
    }

    public ServiceMetrics metrics() {
        return metrics;
    }

    /** {@link Reward#name}, empty until it is open. */
    public String name() {
        return name;
    }

    /** {@link Reward#digest}, empty until it is open. */
    public String digest() {
        return digest;
    }

    /** Answers that wait. */
    public int waiting() {
        lock.lock();
        try {
            return waiting;
        } finally {
            lock.unlock();
        }
    }

    /** Answers being computed. */
    public int computing() {
        return computing;
    }

    /** When what waits now will have been computed, by the measured speed: from 1 s to 60 s. */
    public Duration retryAfter() {
        double seconds = (waiting() + computing) * speed.secondsPerAnswer();
        return Duration.ofSeconds((long) Math.min(60, Math.max(1, Math.ceil(seconds))));
    }

    /**
     * Takes a request into the queue.
     *
     * @param timeout after which the future fails; null for never
     * @return the scores of every question in order; fails with a {@link ServiceException}
     * @throws ServiceException at once when the queue has no room, the service is not ready or ending, or an answer is too long
     */
    public CompletableFuture<List<double[]>> submit(List<Question> questions, Duration timeout) {
        return enqueue(questions, timeout, false);
    }

    /** Scores questions and waits for it, for room in the queue too, without a deadline. */
    public List<double[]> score(List<Question> questions) {
        List<double[]> all = new ArrayList<>();
        List<CompletableFuture<List<double[]>>> parts = new ArrayList<>();
        List<Question> part = new ArrayList<>();
        int answers = 0;
        for (Question q : questions) {
            if (!part.isEmpty() && answers + q.answers().size() > options.batchAnswers()) {
                parts.add(enqueue(part, null, true));
                part = new ArrayList<>();
                answers = 0;
            }
            part.add(q);
            answers += q.answers().size();
        }
        if (!part.isEmpty()) {
            parts.add(enqueue(part, null, true));
        }
        for (CompletableFuture<List<double[]>> f : parts) {
            try {
                all.addAll(f.join());
            } catch (CompletionException e) {
                throw cause(e);
            }
        }
        return all;
    }

    private CompletableFuture<List<double[]>> enqueue(List<Question> questions, Duration timeout, boolean patient) {
        if (questions.isEmpty()) {
            return CompletableFuture.completedFuture(List.of());
        }
        Job job;
        lock.lock();
        try {
            requireOpen(); // before the work of counting tokens
        } finally {
            lock.unlock();
        }
        job = job(questions);
        lock.lock();
        try {
            requireOpen();
            // One request may be larger than the queue where nothing waits.
            int answers = job.waiting();
            while (waiting > 0 && waiting + answers > options.queueAnswers()) {
                if (!patient) {
                    metrics.overloaded.increment();
                    throw new ServiceException(ServiceException.Kind.OVERLOADED, waiting + " answers are waiting and " + answers + " more would exceed the queue of "
                            + options.queueAnswers(), retryAfter());
                }
                changed.awaitUninterruptibly();
                requireOpen();
            }
            queue.add(job);
            waiting += answers;
            metrics.accepted.increment();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (timeout != null) {
            job.future.orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS);
        }
        return job.future.handle((scores, e) -> finished(job, scores, e));
    }

    private void requireOpen() {
        State s = state;
        if (s != State.READY) {
            metrics.unavailable.increment();
            throw new ServiceException(ServiceException.Kind.UNAVAILABLE, s == State.LOADING ? "the reward is still being loaded" : "the service is ending", Duration.ofSeconds(1));
        }
    }

    private Job job(List<Question> questions) {
        Job job = new Job();
        for (int q = 0; q < questions.size(); q++) {
            Question question = questions.get(q);
            int[] counts = new int[question.answers().size()];
            for (int a = 0; a < counts.length; a++) {
                counts[a] = count(question, q, a);
                if (counts[a] > options.maxTokens()) {
                    metrics.unscorable.increment();
                    throw new ServiceException(ServiceException.Kind.UNSCORABLE, "the prompt and the answer together have " + counts[a] + " tokens, more than the "
                            + options.maxTokens() + " allowed", q, a, null);
                }
            }
            // Where rounding may differ, answers are free to be computed with others.
            job.add(question, counts, options.exact() ? options.batchAnswers() : 1, options.batchTokens());
        }
        return job;
    }

    private int count(Question question, int q, int a) {
        try {
            return tokens.of(question.prompt(), question.answers().get(a));
        } catch (UserException e) {
            metrics.unscorable.increment();
            throw new ServiceException(ServiceException.Kind.UNSCORABLE, e.getMessage(), q, a, e);
        }
    }

    /** A finished job's place in the queue is free; a timeout becomes the exception that says so. */
    private List<double[]> finished(Job job, List<double[]> scores, Throwable failure) {
        if (failure == null) {
            metrics.answered.increment();
            return scores;
        }
        lock.lock();
        try {
            if (job.waiting() > 0) {
                waiting -= job.waiting();
                job.parts.clear();
                queue.remove(job);
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
        ServiceException e = failure instanceof TimeoutException
                ? new ServiceException(ServiceException.Kind.EXPIRED, "the deadline passed before the scores were computed", null) : (ServiceException) failure;
        metrics.counter(e.kind()).increment();
        throw e;
    }

    private void live(Callable<? extends Reward> source) {
        try (Reward reward = source.call()) {
            name = reward.name();
            digest = reward.digest();
            Worker worker = new Worker(reward, metrics, speed);
            state(State.READY);
            opened.complete(null);
            for (List<Job.Part> batch = next(); batch != null; batch = next()) {
                long start = System.nanoTime();
                computing = batch.stream().mapToInt(Job.Part::size).sum();
                worker.compute(batch, options.exact());
                metrics.batchSeconds.add((System.nanoTime() - start) * 1e-9);
                metrics.batchAnswers.add(computing);
                computing = 0;
            }
            state(State.CLOSED);
        } catch (Throwable e) {
            state(State.FAILED);
            opened.completeExceptionally(e);
            System.getLogger(ScoreService.class.getName()).log(System.Logger.Level.DEBUG, "The reward could not be opened or closed", e);
        } finally {
            abandon();
        }
    }

    private void state(State s) {
        lock.lock();
        try {
            if (state == State.LOADING || s != State.READY) {
                state = s;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The next batch; null when nothing waits and the service is ending. */
    private List<Job.Part> next() {
        lock.lock();
        try {
            while (true) {
                if (queue.isEmpty()) {
                    if (state != State.READY) {
                        return null;
                    }
                    changed.awaitUninterruptibly();
                    continue;
                }
                if (!options.exact()) {
                    fill(queue.peek().arrived + options.patience().toNanos());
                }
                if (!queue.isEmpty()) { // what waited may have been given up meanwhile
                    return take();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits for more to be computed together with what is there. */
    private void fill(long until) {
        long left = until - System.nanoTime();
        while (waiting < options.batchAnswers() && state == State.READY && left > 0) {
            try {
                left = changed.awaitNanos(left);
            } catch (InterruptedException e) {
                return; // only the process that ends interrupts this thread
            }
        }
    }

    private List<Job.Part> take() {
        List<Job.Part> batch = new ArrayList<>();
        int sum = 0;
        int answers = 0;
        while (!queue.isEmpty()) {
            Job job = queue.peek();
            Job.Part part = job.parts.peek();
            if (!batch.isEmpty() && (answers + part.size() > options.batchAnswers() || sum + part.tokens() > options.batchTokens())) {
                break;
            }
            if (!job.started) {
                job.started = true;
                metrics.queueSeconds.add((System.nanoTime() - job.arrived) * 1e-9);
            }
            batch.add(job.parts.remove());
            answers += part.size();
            sum += part.tokens();
            waiting -= part.size();
            if (job.parts.isEmpty()) {
                queue.remove(job);
            }
        }
        changed.signalAll();
        return batch;
    }

    /** Accepts nothing more, computes what was accepted, and closes the reward. Returns whether all that was done within the time. */
    public boolean drain(Duration atMost) {
        lock.lock();
        try {
            if (state == State.READY || state == State.LOADING) {
                state = State.DRAINING;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(Math.max(1, atMost.toMillis()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            givenUp = true;
            abandon();
            return false;
        }
        return true;
    }

    /** Gives up what waits. */
    private void abandon() {
        List<Job> left;
        lock.lock();
        try {
            left = List.copyOf(queue);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        for (Job job : left) {
            job.future.completeExceptionally(new ServiceException(ServiceException.Kind.UNAVAILABLE, "the service ended before this was computed", Duration.ofSeconds(1)));
        }
    }

    /** As {@link #drain}, for as long as a request may take; at once where draining was given up before. */
    @Override
    public void close() {
        drain(givenUp ? Duration.ofMillis(1) : options.timeout());
    }
}
