package org.align4j.core.text.jinja;

import org.align4j.core.UserException;

/** A template that cannot be parsed or rendered; the message names the template and the line. */
public final class TemplateException extends UserException {
    private static final long serialVersionUID = 1L;
    private final int line;

    TemplateException(String template, int line, String problem, Throwable cause) {
        super("Chat template " + template + ", line " + line + ": " + problem, cause);
        this.line = line;
    }

    /** 1-based line in the template's source. */
    public int line() {
        return line;
    }
}
