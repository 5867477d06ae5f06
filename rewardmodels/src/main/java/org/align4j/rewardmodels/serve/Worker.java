package org.align4j.rewardmodels.serve;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.UserException;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;

/** Computes batches on the model thread. */
final class Worker {
    private final Reward reward;
    private final ServiceMetrics metrics;

    Worker(Reward reward, ServiceMetrics metrics) {
        this.reward = reward;
        this.metrics = metrics;
    }

    /** @param alone whether every answer is computed in a call of its own */
    void compute(List<Job.Unit> batch, boolean alone) {
        Merging merging = new Merging(batch);
        metrics.merged.add(batch.size() - merging.distinct());
        List<List<List<Job.Unit>>> units = merging.units();
        if (!alone && merging.distinct() > 1) {
            try {
                List<double[]> scores = checked(merging.questions());
                for (int q = 0; q < units.size(); q++) {
                    for (int a = 0; a < units.get(q).size(); a++) {
                        deliver(units.get(q).get(a), scores.get(q)[a]);
                    }
                }
                return;
            } catch (Throwable e) {
                metrics.retriedAlone.add(merging.distinct());
            }
        }
        units.forEach(answers -> answers.forEach(this::computeAlone));
    }

    /** Equal answers to equal prompts. */
    private void computeAlone(List<Job.Unit> same) {
        List<Job.Unit> wanted = new ArrayList<>(same);
        wanted.removeIf(u -> u.job().future.isDone()); // given up, or failed by another of its answers
        if (wanted.isEmpty()) {
            return;
        }
        Question asked = wanted.get(0).asked();
        try {
            deliver(wanted, checked(List.of(new Question(asked.prompt(), List.of(wanted.get(0).text()), asked.reference()))).get(0)[0]);
        } catch (Throwable e) {
            wanted.forEach(u -> u.job().future.completeExceptionally(failure(u, e)));
        }
    }

    private void deliver(List<Job.Unit> same, double score) {
        metrics.answers.add(same.size());
        same.forEach(u -> u.job().score(u, score));
    }

    private static ServiceException failure(Job.Unit unit, Throwable e) {
        return e instanceof UserException
                ? new ServiceException(ServiceException.Kind.UNSCORABLE, e.getMessage(), unit.question(), unit.answer(), e)
                : new ServiceException(ServiceException.Kind.FAULT, "the reward failed: " + e, unit.question(), unit.answer(), e);
    }

    private List<double[]> checked(List<Question> questions) {
        List<double[]> scores = reward.score(questions);
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
