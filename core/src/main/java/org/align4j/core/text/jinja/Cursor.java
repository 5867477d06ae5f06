package org.align4j.core.text.jinja;

import java.util.List;

/** Reading position in the tokens, with the checks every parser needs. */
final class Cursor {
    /** Deeper nesting than any template people write; keeps recursion off the end of the stack. */
    static final int MAX_DEPTH = 150;
    private final List<Token> tokens;
    private int at;
    private int depth;

    Cursor(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token current() {
        return tokens.get(at);
    }

    Token look() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    Token next() {
        Token token = tokens.get(at);
        if (at < tokens.size() - 1) {
            at++;
        }
        return token;
    }

    boolean skipOperator(String text) {
        if (current().operator(text)) {
            next();
            return true;
        }
        return false;
    }

    boolean skipName(String text) {
        if (current().name(text)) {
            next();
            return true;
        }
        return false;
    }

    void expectOperator(String text) {
        if (!skipOperator(text)) {
            throw fail("expected '" + text + "', found " + current().describe() + ".");
        }
    }

    String expectName() {
        if (current().kind() != Token.Kind.NAME) {
            throw fail("expected a name, found " + current().describe() + ".");
        }
        return (String) next().value();
    }

    void expectName(String text) {
        if (!skipName(text)) {
            throw fail("expected '" + text + "', found " + current().describe() + ".");
        }
    }

    void expect(Token.Kind kind, String text) {
        if (current().kind() != kind) {
            throw fail("expected " + text + ", found " + current().describe() + ".");
        }
        next();
    }

    int line() {
        return current().line();
    }

    Fault fail(String problem) {
        return new Fault(problem, line());
    }

    void enter() {
        if (++depth > MAX_DEPTH) {
            throw fail("nested more than " + MAX_DEPTH + " deep.");
        }
    }

    void leave() {
        depth--;
    }
}
