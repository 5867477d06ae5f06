package org.align4j.recipes.yaml;

/**
 * One fault of a document.
 *
 * @param at         where it was written
 * @param path       the setting it concerns, such as {@code stages[0].sft.epochs}; empty for the document itself
 * @param message    what was required and what was found
 * @param suggestion what to do, empty when the message says it all
 */
public record Problem(Place at, String path, String message, String suggestion) {
    public Problem {
        if (at == null || path == null || message == null || suggestion == null) {
            throw new IllegalArgumentException("A problem needs a place, a path, a message and a suggestion (which may be empty)");
        }
    }

    /** 1-based line, 0 for an override. */
    public int line() {
        return at.line();
    }

    /** 1-based column, 0 for an override. */
    public int column() {
        return at.column();
    }

    /** The form compilers use: {@code recipe.yaml:12:5: message; suggestion}. */
    @Override
    public String toString() {
        return at + ": " + message + (suggestion.isEmpty() ? "" : "; " + suggestion);
    }
}
