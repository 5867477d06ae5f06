package org.align4j.recipes.progress;

import java.io.Console;
import java.util.Map;

/**
 * What standard output can do.
 *
 * @param rewritable whether a line may be rewritten in place with control sequences
 * @param width      columns
 */
public record Terminal(boolean rewritable, int width) {
    /** No terminal: plain lines. */
    public static final Terminal NONE = new Terminal(false, 100);

    public Terminal {
        if (width < 1) {
            throw new IllegalArgumentException("width must be positive, found " + width);
        }
    }

    /** Looks at the console and the variables COLUMNS, NO_COLOR and TERM. */
    public static Terminal detect() {
        return of(System.getenv(), interactive(System.console()));
    }

    static Terminal of(Map<String, String> environment, boolean interactive) {
        String term = environment.getOrDefault("TERM", "");
        String noColor = environment.getOrDefault("NO_COLOR", "");
        boolean rewritable = interactive && noColor.isEmpty() && !term.equals("dumb");
        int width = rewritable ? 80 : NONE.width();
        try {
            width = Math.max(20, Integer.parseInt(environment.getOrDefault("COLUMNS", "").strip()));
        } catch (NumberFormatException e) {
            // Unset or not a number: the usual width.
        }
        return new Terminal(rewritable, width);
    }

    /** Since Java 22 there is a console even when the output is a file; it then knows that it is no terminal. */
    private static boolean interactive(Console console) {
        if (console == null) {
            return false;
        }
        try {
            return (Boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException e) {
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }
}
