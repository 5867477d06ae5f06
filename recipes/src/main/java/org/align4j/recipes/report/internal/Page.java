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
                .raw("\n<style>\n" + css() + "</style>\n</head>\n<body>\n<main>\n");
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

    private static String css() {
        try (InputStream in = Page.class.getResourceAsStream("/org/align4j/recipes/report/report.css")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
