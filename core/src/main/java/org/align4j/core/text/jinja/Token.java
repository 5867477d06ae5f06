package org.align4j.core.text.jinja;

/** One token; {@code value} is the text, or the decoded value of a literal. */
record Token(Kind kind, Object value, int line) {
    enum Kind { DATA, BLOCK_BEGIN, BLOCK_END, PRINT_BEGIN, PRINT_END, NAME, STRING, INTEGER, FLOAT, OPERATOR, END }

    boolean is(Kind k, String text) {
        return kind == k && value.equals(text);
    }

    boolean operator(String text) {
        return is(Kind.OPERATOR, text);
    }

    boolean name(String text) {
        return is(Kind.NAME, text);
    }

    String describe() {
        return switch (kind) {
            case DATA -> "template text";
            case BLOCK_BEGIN -> "'{%'";
            case BLOCK_END -> "'%}'";
            case PRINT_BEGIN -> "'{{'";
            case PRINT_END -> "'}}'";
            case END -> "the end of the template";
            case STRING -> "a string";
            default -> "'" + value + "'";
        };
    }
}
