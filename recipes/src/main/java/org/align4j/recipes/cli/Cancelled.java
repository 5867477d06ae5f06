package org.align4j.recipes.cli;

/** The user stopped the work (Ctrl-C) and what had to be saved is saved; the command line exits with 130. */
public final class Cancelled extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message what was saved and how to go on */
    public Cancelled(String message) {
        super(message);
    }
}
