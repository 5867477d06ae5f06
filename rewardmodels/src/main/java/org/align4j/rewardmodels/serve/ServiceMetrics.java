package org.align4j.rewardmodels.serve;

import java.util.concurrent.atomic.LongAdder;

/** What a {@link ScoreService} counts. */
public final class ServiceMetrics {
    final LongAdder accepted = new LongAdder();
    final LongAdder answered = new LongAdder();
    final LongAdder overloaded = new LongAdder();
    final LongAdder unavailable = new LongAdder();
    final LongAdder expired = new LongAdder();
    final LongAdder unscorable = new LongAdder();
    final LongAdder faults = new LongAdder();
    final LongAdder answers = new LongAdder();
    final LongAdder merged = new LongAdder();
    final LongAdder retriedAlone = new LongAdder();
    final Histogram batchAnswers = Histogram.sizes(10);
    final Histogram batchSeconds = Histogram.seconds();
    final Histogram queueSeconds = Histogram.seconds();

    ServiceMetrics() {}

    /** Requests taken into the queue. */
    public long accepted() {
        return accepted.sum();
    }

    /** Requests whose scores were all computed. */
    public long answered() {
        return answered.sum();
    }

    /** Requests that were not scored, for a reason. */
    public long failed(ServiceException.Kind kind) {
        return counter(kind).sum();
    }

    LongAdder counter(ServiceException.Kind kind) {
        return switch (kind) {
            case OVERLOADED -> overloaded;
            case UNAVAILABLE -> unavailable;
            case EXPIRED -> expired;
            case UNSCORABLE -> unscorable;
            case FAULT -> faults;
        };
    }

    /** Answers that got a score. */
    public long answers() {
        return answers.sum();
    }

    /** Answers that got the score of an equal one in the same batch, computed once. */
    public long merged() {
        return merged.sum();
    }

    /** Answers computed again alone because something in their batch failed. */
    public long retriedAlone() {
        return retriedAlone.sum();
    }

    /** Answers of each batch. */
    public Histogram batchAnswers() {
        return batchAnswers;
    }

    /** Seconds of each batch. */
    public Histogram batchSeconds() {
        return batchSeconds;
    }

    /** Seconds each request waited for its first answer to be taken up. */
    public Histogram queueSeconds() {
        return queueSeconds;
    }
}
