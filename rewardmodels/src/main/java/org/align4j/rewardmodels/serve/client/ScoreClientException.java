package org.align4j.rewardmodels.serve.client;

import org.align4j.core.UserException;

/** A service that refused, failed, or did not answer; after the tries the client was allowed. */
public final class ScoreClientException extends UserException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String field;
    private final String requestId;

    ScoreClientException(String message, int status, String field, String requestId, Throwable cause) {
        super(message, cause);
        this.status = status;
        this.field = field;
        this.requestId = requestId;
    }

    /** The HTTP status, or 0 where none came. */
    public int status() {
        return status;
    }

    /** JSON pointer to the field at fault, or null. */
    public String field() {
        return field;
    }

    /** The request's name in the service's log, or null where none came. */
    public String requestId() {
        return requestId;
    }
}
