package org.align4j.rewardmodels.serve;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.UserException;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;

/** Computes batches on the model thread. */
final class Worker {
    private final Reward reward;
    private final ServiceMetrics metrics;
    private final Speed speed;

    Worker(Reward reward, ServiceMetrics metrics, Speed speed) {
        this.reward = reward;
        this.metrics = metrics;
        this.speed = speed;
    }

    /** @param alone whether every part is computed in a call of its own */
    void compute(List<Job.Part> batch, boolean alone) {
        List<List<Job.Part>> groups = Merging.equal(batch);
        metrics.merged.add(batch.stream().mapToInt(Job.Part::size).sum() - groups.stream().mapToInt(same -> same.get(0).size()).sum());
        if (!alone && groups.size() > 1) {
            List<List<List<Job.Part>>> prompts = Merging.byPrompt(groups);
            try {
                List<double[]> scores = checked(prompts.stream().map(Merging::question).toList());
                for (int q = 0; q < prompts.size(); q++) {
                    int at = 0;
                    for (List<Job.Part> same : prompts.get(q)) {
                        int size = same.get(0).size();
                        deliver(same, Arrays.copyOfRange(scores.get(q), at, at + size));
                        at += size;
                    }
                }
                return;
            } catch (Throwable e) {
                metrics.retriedAlone.add(groups.size());
            }
        }
        groups.forEach(this::computeAlone);
    }

    /** Parts that are equal. */
    private void computeAlone(List<Job.Part> same) {
        List<Job.Part> wanted = new ArrayList<>(same);
        wanted.removeIf(p -> p.job().future.isDone()); // given up, or another of its parts failed
        if (wanted.isEmpty()) {
            return;
        }
        Job.Part one = wanted.get(0);
        try {
            deliver(wanted, checked(List.of(Merging.question(List.of(wanted)))).get(0));
        } catch (Throwable e) {
            int answer = one.size() == 1 ? one.from() : culprit(one);
            wanted.forEach(p -> p.job().future.completeExceptionally(failure(p.question(), answer < 0 ? -1 : answer - one.from() + p.from(), e)));
        }
    }

    /** The first answer that fails by itself, or −1. */
    private int culprit(Job.Part part) {
        for (Job.Part p : part.singly()) {
            try {
                metrics.retriedAlone.increment();
                checked(List.of(Merging.question(List.of(List.of(p)))));
            } catch (Throwable e) {
                return p.from();
            }
        }
        return -1;
    }

    private void deliver(List<Job.Part> same, double[] scores) {
        metrics.answers.add((long) same.size() * scores.length);
        same.forEach(p -> p.job().score(p, scores));
    }

    private static ServiceException failure(int question, int answer, Throwable e) {
        return e instanceof UserException
                ? new ServiceException(ServiceException.Kind.UNSCORABLE, e.getMessage(), question, answer, e)
                : new ServiceException(ServiceException.Kind.FAULT, "the reward failed: " + e, question, answer, e);
    }

    private List<double[]> checked(List<Question> questions) {
        long start = System.nanoTime();
        List<double[]> scores = reward.score(questions);
        speed.add((System.nanoTime() - start) * 1e-9, questions.stream().mapToInt(q -> q.answers().size()).sum());
        if (scores.size() != questions.size()) {
            throw new IllegalStateException(reward.name() + " was asked " + questions.size() + " questions and gave scores to " + scores.size());
        }
        for (int q = 0; q < scores.size(); q++) {
            if (scores.get(q).length != questions.get(q).answers().size()) {
                throw new IllegalStateException(reward.name() + " was asked for " + questions.get(q).answers().size() + " scores and gave " + scores.get(q).length);
            }
            for (double s : scores.get(q)) {
                if (!Double.isFinite(s)) {
                    throw new IllegalStateException(reward.name() + " gave the score " + s + ", which is not finite");
                }
            }
        }
        return scores;
    }
}
