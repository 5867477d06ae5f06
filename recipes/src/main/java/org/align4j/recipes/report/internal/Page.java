package org.align4j.recipes.report.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** The frame of a report: one file that needs no network, no scripts and no other file. */
public final class Page {
    private Page() {
    }

    /** A page up to its heading and a sentence or two that sum it up (none where blank). */
    public static Html open(String title, String lead) {
        Html h = new Html();
        h.raw("<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n").element("title", title)
                .raw("\n<style>\n" + css("picture") + css("report") + "</style>\n</head>\n<body>\n<main>\n");
        h.element("h1", title).raw("\n");
        if (!lead.isBlank()) {
            h.element("p class=\"lead\"", lead);
        }
        return h;
    }

    /** Begins a section. */
    public static void section(Html h, String id, String title) {
        h.raw("<section id=\"" + id + "\">\n<h2>" + title + "</h2>\n");
    }

    /** The page, ended. */
    public static String close(Html h) {
        return h.raw("</main>\n</body>\n</html>\n").toString();
    }

    /** A picture of a page as a file that stands alone: with colours, letters and paper of its own. */
    public static String alone(String svg) {
        int begin = svg.indexOf('>') + 1;
        return svg.substring(0, begin).replace("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ") + "<style>\n" + css("picture")
                + "text { font-family: system-ui, \"Segoe UI\", Roboto, \"Helvetica Neue\", Arial, sans-serif; }\n</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>"
                + svg.substring(begin) + "\n";
    }

    private static String css(String name) {
        try (InputStream in = Page.class.getResourceAsStream("/org/align4j/recipes/report/" + name + ".css")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
