package org.align4j.recipes.yaml;

import java.util.List;
import java.util.Optional;

/** A document as it was written: every node and every key knows its place. Immutable. */
public sealed interface YamlNode {
    Place at();

    /** What a person would call it in an error message. */
    String describe();

    /**
     * @param text  the value without quotes
     * @param plain whether it was written without quotes, so that it may mean a number, a truth value or null
     */
    record Scalar(String text, boolean plain, Place at) implements YamlNode {
        /** Written out as {@code null} or {@code ~}. */
        public boolean isNull() {
            return plain && (text.equals("null") || text.equals("~"));
        }

        /** A key with nothing after the colon. */
        public boolean isMissing() {
            return plain && text.isEmpty();
        }

        @Override
        public String describe() {
            String shown = text.length() > 60 ? text.substring(0, text.offsetByCodePoints(0, Math.min(50, text.codePointCount(0, text.length())))) + "…" : text;
            return isMissing() ? "nothing" : plain ? "'" + shown + "'" : "the text \"" + shown + "\"";
        }
    }

    /** A list. */
    record Sequence(List<YamlNode> items, Place at) implements YamlNode {
        public Sequence {
            items = List.copyOf(items);
        }

        @Override
        public String describe() {
            return "a list";
        }
    }

    /** Keys and values in the order written; no key stands twice. */
    record Mapping(List<Entry> entries, Place at) implements YamlNode {
        public Mapping {
            entries = List.copyOf(entries);
        }

        public Optional<Entry> entry(String key) {
            return entries.stream().filter(e -> e.key().equals(key)).findFirst();
        }

        @Override
        public String describe() {
            return entries.isEmpty() ? "an empty mapping" : "a mapping with the key '" + entries.get(0).key() + "'";
        }
    }

    /** A key, its place, and its value. */
    record Entry(String key, Place at, YamlNode value) {}
}
