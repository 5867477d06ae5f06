package org.align4j.rewardmodels.serve;

import java.time.Duration;

/**
 * How a {@link ScoreService} works.
 *
 * @param exact        whether every question is computed by itself, so that its scores have the same bits whatever else is asked at the same time and
 *                     through whatever door it came. Otherwise waiting answers are computed together and answers to equal prompts share the prompt: more
 *                     answers in a second, and scores that differ in rounding with what they were computed beside. Default true
 * @param batchAnswers most answers taken from the queue at a time, and of one question computed together, at least 1; default 32
 * @param batchTokens  most tokens taken at a time, prompts counted for every answer, at least 1; one longer answer goes alone; default 8192
 * @param patience     how long a batch may wait to be filled, where answers are computed together; default 2 ms
 * @param queueAnswers most answers that wait; what exceeds it is refused, at least 1; default 1024
 * @param maxTokens    most tokens of a prompt with one answer, at least 1; default 4096
 * @param timeout      after which a request that was not answered is given up; default 30 s
 */
public record ServiceOptions(boolean exact, int batchAnswers, int batchTokens, Duration patience, int queueAnswers, int maxTokens, Duration timeout) {
    /** The defaults. */
    public static final ServiceOptions DEFAULT = new ServiceOptions(true, 32, 8192, Duration.ofMillis(2), 1024, 4096, Duration.ofSeconds(30));

    public ServiceOptions {
        atLeastOne("batchAnswers", batchAnswers);
        atLeastOne("batchTokens", batchTokens);
        atLeastOne("queueAnswers", queueAnswers);
        atLeastOne("maxTokens", maxTokens);
        if (patience.isNegative() || patience.compareTo(Duration.ofSeconds(1)) > 0) {
            throw new IllegalArgumentException("patience must be from 0 to 1 s, found " + patience);
        }
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout must be positive, found " + timeout);
        }
    }

    private static void atLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, found " + value);
        }
    }

    /** The same, computing answers alone or together. */
    public ServiceOptions withExact(boolean value) {
        return new ServiceOptions(value, batchAnswers, batchTokens, patience, queueAnswers, maxTokens, timeout);
    }

    /** The same with other batches. */
    public ServiceOptions withBatches(int answers, int tokens, Duration longest) {
        return new ServiceOptions(exact, answers, tokens, longest, queueAnswers, maxTokens, timeout);
    }

    /** The same with another queue. */
    public ServiceOptions withQueue(int answers) {
        return new ServiceOptions(exact, batchAnswers, batchTokens, patience, answers, maxTokens, timeout);
    }

    /** The same with another limit of tokens. */
    public ServiceOptions withMaxTokens(int tokens) {
        return new ServiceOptions(exact, batchAnswers, batchTokens, patience, queueAnswers, tokens, timeout);
    }

    /** The same with another deadline. */
    public ServiceOptions withTimeout(Duration value) {
        return new ServiceOptions(exact, batchAnswers, batchTokens, patience, queueAnswers, maxTokens, value);
    }
}
