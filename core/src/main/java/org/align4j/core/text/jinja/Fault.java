package org.align4j.core.text.jinja;

/** A problem found somewhere below the interpreter, which adds template name and line on the way out. */
final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int line;

    Fault(String problem) {
        this(problem, 0);
    }

    Fault(String problem, int line) {
        super(problem, null, false, false);
        this.line = line;
    }

    /** Line where known, else 0. */
    int line() {
        return line;
    }
}
