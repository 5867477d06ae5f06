package org.align4j.core.text.jinja;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Number and string literals, with Python's escapes. */
final class Literals {
    private static final Pattern FLOAT = Pattern.compile("[0-9]+(?:_[0-9]+)*(?:(?:\\.[0-9]+(?:_[0-9]+)*)?[eE][+-]?[0-9]+(?:_[0-9]+)*|\\.[0-9]+(?:_[0-9]+)*)");
    private static final Pattern INTEGER = Pattern.compile("0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[0-9a-fA-F])+|[1-9](?:_?[0-9])*|0(?:_?0)*");

    private Literals() {}

    /** Adds the number at {@code at} to {@code tokens}; returns the position after it. */
    static int number(String source, int at, int line, List<Token> tokens) {
        Matcher m = FLOAT.matcher(source).region(at, source.length());
        // In "content.0.type" the digits after the dot are an index.
        boolean afterDot = at > 0 && source.charAt(at - 1) == '.';
        if (!afterDot && m.lookingAt()) {
            tokens.add(new Token(Token.Kind.FLOAT, Double.valueOf(m.group().replace("_", "")), line));
            return m.end();
        }
        m = INTEGER.matcher(source).region(at, source.length());
        if (!m.lookingAt()) {
            throw new Fault("not a number: '" + source.substring(at, Math.min(at + 10, source.length())) + "'.", line);
        }
        String digits = m.group().replace("_", "").toLowerCase(java.util.Locale.ROOT);
        try {
            int radix = digits.startsWith("0b") ? 2 : digits.startsWith("0o") ? 8 : digits.startsWith("0x") ? 16 : 10;
            tokens.add(new Token(Token.Kind.INTEGER, Long.valueOf(radix == 10 ? digits : digits.substring(2), radix), line));
        } catch (NumberFormatException e) {
            throw new Fault("the integer " + digits + " does not fit into 64 bits.", line);
        }
        return m.end();
    }

    static int stringEnd(String source, int at, int line) {
        char quote = source.charAt(at);
        for (int i = at + 1; i < source.length(); i++) {
            char c = source.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == quote) {
                return i + 1;
            }
        }
        throw new Fault("a string that starts with " + quote + " is never closed.", line);
    }

    static String unescape(String raw, int line) {
        if (raw.indexOf('\\') < 0) {
            return raw;
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char e = raw.charAt(++i);
            switch (e) {
                case '\n' -> { }
                case '\\', '\'', '"' -> out.append(e);
                case 'a' -> out.append('\u0007');
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case 'v' -> out.append('\u000b');
                case 'x' -> i = code(raw, i, 2, out, line);
                case 'u' -> i = code(raw, i, 4, out, line);
                case 'U' -> i = code(raw, i, 8, out, line);
                case 'N' -> throw new Fault("the escape \\N{...} in a string is not supported; write the character itself.", line);
                default -> {
                    if (e >= '0' && e <= '7') {
                        i = octal(raw, i, out) - 1;
                    } else if (e > 0x7f) {
                        throw new Fault("a backslash before '" + e + "' in a string is not supported; write two backslashes.", line);
                    } else {
                        out.append('\\').append(e);
                    }
                }
            }
        }
        return out.toString();
    }

    private static int octal(String raw, int from, StringBuilder out) {
        int i = from;
        int value = 0;
        while (i < raw.length() && i < from + 3 && raw.charAt(i) >= '0' && raw.charAt(i) <= '7') {
            value = value * 8 + raw.charAt(i++) - '0';
        }
        out.appendCodePoint(value);
        return i;
    }

    private static int code(String raw, int at, int digits, StringBuilder out, int line) {
        int end = at + 1 + digits;
        int value = 0;
        for (int i = at + 1; i < end; i++) {
            int digit = i < raw.length() ? Character.digit(raw.charAt(i), 16) : -1;
            if (digit < 0 || raw.charAt(i) > 0x7f || value > 0x10ffff) {
                throw new Fault("the escape \\" + raw.charAt(at) + " in a string needs " + digits + " hexadecimal digits.", line);
            }
            value = value * 16 + digit;
        }
        if (value < 0 || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
            throw new Fault("the escape \\" + raw.charAt(at) + " in a string does not name a character.", line);
        }
        out.appendCodePoint(value);
        return end - 1;
    }
}
