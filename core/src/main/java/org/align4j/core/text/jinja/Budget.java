package org.align4j.core.text.jinja;

/** Bounds the work of one rendering, since templates come with models and are not trusted. */
final class Budget {
    /** Statements, expressions, iterations and comparisons. */
    static final long STEPS = 5_000_000;
    /** Characters and list items made, output included. */
    static final long SIZE = 50_000_000;
    /** Nested macro calls and nested values. */
    static final int DEPTH = 100;
    private long steps;
    private long size;

    void step() {
        steps(1);
    }

    void steps(long n) {
        steps += n;
        if (steps > STEPS) {
            throw new Fault("rendering takes more than " + STEPS + " steps; does the template loop without end?");
        }
    }

    /** Accounts for {@code n} characters or items about to be made. */
    void make(long n) {
        size += n;
        if (size > SIZE || n < 0) {
            throw new Fault("rendering makes more than " + SIZE + " characters; does the template grow text without end?");
        }
    }

    static void depth(int depth) {
        if (depth > DEPTH) {
            throw new Fault("calls or values are nested more than " + DEPTH + " deep.");
        }
    }
}
