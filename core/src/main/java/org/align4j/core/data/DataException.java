package org.align4j.core.data;

import org.align4j.core.UserException;

/** Data that cannot be used: the message names file, row and field, says what was found, and what to do. */
public final class DataException extends UserException {
    private static final long serialVersionUID = 1L;

    public DataException(String message) {
        super(message);
    }

    public DataException(String message, Throwable cause) {
        super(message, cause);
    }
}
