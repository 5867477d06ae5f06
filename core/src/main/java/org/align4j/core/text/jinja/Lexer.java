package org.align4j.core.text.jinja;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Splits a template into tokens. White space follows the settings chat templates are written for: the newline after a
 * block or comment goes (trim_blocks), and so does white space between the start of a line and a block or comment
 * (lstrip_blocks); {@code -} strips all white space on its side, {@code +} keeps it.
 */
final class Lexer {
    private static final String[] OPERATORS = {
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"
    };
    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private final Deque<Character> open = new ArrayDeque<>();
    private int at;
    private int line = 1;
    private int lineCountedTo;
    /** Whether what was last consumed ended with a newline, so that a block at {@code at} stands at the start of a line. */
    private boolean lineStarting = true;

    private Lexer(String source) {
        this.source = source;
    }

    static List<Token> scan(String text) {
        String source = text.replace("\r\n", "\n").replace('\r', '\n');
        if (source.endsWith("\n")) {
            source = source.substring(0, source.length() - 1);
        }
        return new Lexer(source).run();
    }

    private List<Token> run() {
        while (at < source.length()) {
            int tag = nextTag();
            if (tag < 0) {
                data(source.substring(at), line());
                at = source.length();
                break;
            }
            char kind = source.charAt(tag + 1);
            char sign = sign(tag + 2);
            int textLine = line();
            String text = strip(source.substring(at, tag), sign, kind != '{');
            data(text, textLine);
            at = tag + (sign == 0 ? 2 : 3);
            switch (kind) {
                case '#' -> comment();
                case '%' -> block();
                default -> tag('}', Token.Kind.PRINT_BEGIN, Token.Kind.PRINT_END);
            }
        }
        tokens.add(new Token(Token.Kind.END, "", line()));
        return tokens;
    }

    private int nextTag() {
        for (int i = source.indexOf('{', at); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            char c = source.charAt(i + 1);
            if (c == '{' || c == '%' || c == '#') {
                return i;
            }
        }
        return -1;
    }

    private char sign(int index) {
        if (index < source.length() && (source.charAt(index) == '-' || source.charAt(index) == '+')) {
            return source.charAt(index);
        }
        return 0;
    }

    private String strip(String text, char sign, boolean block) {
        if (sign == '-') {
            return Chars.stripEnd(text);
        }
        if (sign == '+' || !block) {
            return text;
        }
        int start = text.lastIndexOf('\n') + 1;
        boolean blank = start < text.length() && Chars.isBlank(text, start);
        return blank && (start > 0 || lineStarting) ? text.substring(0, start) : text;
    }

    private void data(String text, int textLine) {
        if (!text.isEmpty()) {
            tokens.add(new Token(Token.Kind.DATA, text, textLine));
        }
    }

    private void comment() {
        int startLine = line();
        int end = source.indexOf("#}", at);
        if (end < 0) {
            throw new Fault("a comment that starts with '{#' is never closed with '#}'.", startLine);
        }
        char sign = end > at ? sign(end - 1) : 0;
        at = end + 2;
        afterBlock(sign);
    }

    private void block() {
        int raw = word("raw", at);
        if (raw >= 0 && closes(raw)) {
            raw(raw);
        } else {
            tag('%', Token.Kind.BLOCK_BEGIN, Token.Kind.BLOCK_END);
        }
    }

    /** Position after {@code word} when it stands at {@code from} behind white space, else -1. */
    private int word(String word, int from) {
        int i = skipSpace(from);
        return source.startsWith(word, i) ? skipSpace(i + word.length()) : -1;
    }

    private boolean closes(int i) {
        return source.startsWith("%}", i) || source.startsWith("-%}", i) || source.startsWith("+%}", i);
    }

    private void raw(int close) {
        int startLine = line();
        if (source.charAt(close) == '+') {
            throw new Fault("'+%}' is not allowed after raw.", startLine);
        }
        boolean strip = source.charAt(close) == '-';
        at = close + (strip ? 3 : 2);
        if (strip) {
            at = skipSpace(at);
        }
        lineStarting = at > 0 && source.charAt(at - 1) == '\n';
        for (int tag = source.indexOf("{%", at); tag >= 0; tag = source.indexOf("{%", tag + 1)) {
            char sign = sign(tag + 2);
            int end = word("endraw", tag + (sign == 0 ? 2 : 3));
            if (end >= 0 && closes(end)) {
                data(strip(source.substring(at, tag), sign, true), startLine);
                char endSign = source.charAt(end);
                at = end + (endSign == '%' ? 2 : 3);
                afterBlock(endSign == '%' ? 0 : endSign);
                return;
            }
        }
        throw new Fault("'{% raw %}' is never closed with '{% endraw %}'.", startLine);
    }

    private void afterBlock(char sign) {
        if (sign == '-') {
            at = skipSpace(at);
        } else if (sign != '+' && at < source.length() && source.charAt(at) == '\n') {
            at++;
        }
        lineStarting = source.charAt(at - 1) == '\n';
    }

    private int skipSpace(int from) {
        int i = from;
        while (i < source.length() && Chars.isSpace(source.charAt(i))) {
            i++;
        }
        return i;
    }

    private void tag(char closing, Token.Kind begin, Token.Kind end) {
        int startLine = line();
        tokens.add(new Token(begin, "", startLine));
        open.clear();
        while (true) {
            at = skipSpace(at);
            if (at >= source.length()) {
                throw new Fault("a tag is never closed with '" + closing + "}'.", startLine);
            }
            if (open.isEmpty() && ends(closing)) {
                tokens.add(new Token(end, "", line()));
                char sign = sign(at);
                at += sign == 0 ? 2 : 3;
                if (closing == '%') {
                    afterBlock(sign);
                } else {
                    if (sign == '-') {
                        at = skipSpace(at);
                    }
                    lineStarting = source.charAt(at - 1) == '\n';
                }
                return;
            }
            token();
        }
    }

    private boolean ends(char closing) {
        int i = at;
        char sign = sign(at);
        if (sign == '-' || (sign == '+' && closing == '%')) {
            i++;
        }
        return i + 1 < source.length() && source.charAt(i) == closing && source.charAt(i + 1) == '}';
    }

    private void token() {
        char c = source.charAt(at);
        int l = line();
        if (c >= '0' && c <= '9') {
            at = Literals.number(source, at, l, tokens);
        } else if (Character.isUnicodeIdentifierStart(c) || c == '_') {
            int start = at;
            while (at < source.length() && (Character.isUnicodeIdentifierPart(source.charAt(at)) && !Character.isIdentifierIgnorable(source.charAt(at)))) {
                at++;
            }
            tokens.add(new Token(Token.Kind.NAME, source.substring(start, at), l));
        } else if (c == '\'' || c == '"') {
            int end = Literals.stringEnd(source, at, l);
            tokens.add(new Token(Token.Kind.STRING, Literals.unescape(source.substring(at + 1, end - 1), l), l));
            at = end;
        } else {
            operator(l);
        }
    }

    private void operator(int l) {
        for (String op : OPERATORS) {
            if (source.startsWith(op, at)) {
                balance(op.charAt(0), l);
                tokens.add(new Token(Token.Kind.OPERATOR, op, l));
                at += op.length();
                return;
            }
        }
        throw new Fault("unexpected character '" + source.substring(at, source.offsetByCodePoints(at, 1)) + "' in an expression.", l);
    }

    private void balance(char c, int l) {
        switch (c) {
            case '(' -> open.push(')');
            case '[' -> open.push(']');
            case '{' -> open.push('}');
            case ')', ']', '}' -> {
                if (open.isEmpty()) {
                    throw new Fault("'" + c + "' closes nothing.", l);
                }
                char expected = open.pop();
                if (expected != c) {
                    throw new Fault("'" + c + "' found where '" + expected + "' must close first.", l);
                }
            }
            default -> { }
        }
    }

    /** Line of {@code at}, counted on from the last question. */
    private int line() {
        for (; lineCountedTo < Math.min(at, source.length()); lineCountedTo++) {
            if (source.charAt(lineCountedTo) == '\n') {
                line++;
            }
        }
        return line;
    }
}
