package org.align4j.rewardmodels.serve;

import java.time.Duration;

/** Why a request was not scored. */
public final class ServiceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The kinds of failure. */
    public enum Kind {
        /** The queue is full: come back after {@link #retryAfter}. */
        OVERLOADED,
        /** The service is not ready yet, is ending, or could not start. */
        UNAVAILABLE,
        /** The deadline passed before the scores were there. */
        EXPIRED,
        /** The request itself cannot be scored: too long, or without something the reward needs. */
        UNSCORABLE,
        /** The reward failed. */
        FAULT
    }

    private final Kind kind;
    private final transient Duration retryAfter;
    private final int question;
    private final int answer;

    ServiceException(Kind kind, String message, Duration retryAfter) {
        this(kind, message, retryAfter, -1, -1, null);
    }

    ServiceException(Kind kind, String message, int question, int answer, Throwable cause) {
        this(kind, message, null, question, answer, cause);
    }

    private ServiceException(Kind kind, String message, Duration retryAfter, int question, int answer, Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.retryAfter = retryAfter;
        this.question = question;
        this.answer = answer;
    }

    public Kind kind() {
        return kind;
    }

    /** When it is worth another try: for {@link Kind#OVERLOADED} and {@link Kind#UNAVAILABLE}; null otherwise. */
    public Duration retryAfter() {
        return retryAfter;
    }

    /** Index of the question at fault in its request, or −1. */
    public int question() {
        return question;
    }

    /** Index of the answer at fault in its question, or −1. */
    public int answer() {
        return answer;
    }
}
