package org.align4j.core;

/**
 * A mistake the user can mend: a missing file, an unusable model, an impossible setting.
 * The message is one paragraph that says what was required, what was found, where, and what to do; the command line prints it and exits with 2.
 */
public class UserException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UserException(String message) {
        super(message);
    }

    public UserException(String message, Throwable cause) {
        super(message, cause);
    }
}
