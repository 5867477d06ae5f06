package org.align4j.recipes.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * Where a command writes.
 *
 * @param out         results
 * @param err         progress and errors
 * @param interactive whether a person watches, so that a progress bar may redraw its line
 */
public record Terminal(PrintWriter out, PrintWriter err, boolean interactive) {
    /** The streams of this process. */
    public static Terminal ofProcess() {
        return new Terminal(new PrintWriter(System.out, true, StandardCharsets.UTF_8), new PrintWriter(System.err, true, StandardCharsets.UTF_8),
                System.console() != null);
    }
}
