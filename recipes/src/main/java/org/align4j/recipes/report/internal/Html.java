package org.align4j.recipes.report.internal;

/** Markup that is HTML and well-formed XML at once; text goes through {@link #escape} alone. */
public final class Html {
    private final StringBuilder out = new StringBuilder();

    /** Appends markup as it is. */
    public Html raw(String markup) {
        out.append(markup);
        return this;
    }

    /** Appends text. */
    public Html text(String text) {
        out.append(escape(text));
        return this;
    }

    /** An element with text in it. */
    public Html element(String tag, String text) {
        return raw("<" + tag + ">").text(text).raw("</" + tag.split(" ", 2)[0] + ">");
    }

    /** A row of table cells with text in them. */
    public Html row(String cell, Object... texts) {
        raw("<tr>");
        for (Object t : texts) {
            element(cell, String.valueOf(t));
        }
        return raw("</tr>\n");
    }

    @Override
    public String toString() {
        return out.toString();
    }

    /** Text made safe for element content and quoted attributes; what XML cannot hold becomes U+FFFD. */
    public static String escape(String text) {
        StringBuilder b = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '<' -> b.append("&lt;");
                case '>' -> b.append("&gt;");
                case '&' -> b.append("&amp;");
                case '"' -> b.append("&quot;");
                case '\'' -> b.append("&#39;");
                case '\r' -> b.append("&#13;");
                default -> b.appendCodePoint(allowed(c) ? c : 0xFFFD);
            }
        });
        return b.toString();
    }

    private static boolean allowed(int c) {
        return c == '\t' || c == '\n' || c >= 0x20 && c < 0x7F || c >= 0xA0 && c < 0xD800 || c >= 0xE000 && c < 0xFFFE || c >= 0x10000;
    }
}
