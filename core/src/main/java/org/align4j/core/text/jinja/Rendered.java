package org.align4j.core.text.jinja;

import java.util.List;

/**
 * What a template printed.
 *
 * @param generated the parts between {@code {% generation %}} and {@code {% endgeneration %}}: what the assistant wrote
 */
public record Rendered(String text, List<Span> generated) {
    public Rendered {
        generated = List.copyOf(generated);
    }

    /** Characters (UTF-16 units) {@code start} up to but not including {@code end} of the text. */
    public record Span(int start, int end) {}
}
