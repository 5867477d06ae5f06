package org.align4j.core.data.internal;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.align4j.core.data.DataException;

/** Cuts a byte source into the JSON text of its rows: the lines of JSON Lines, or the elements of one JSON array. Nothing is held but one row. */
public final class RowSplitter {
    private final ByteSource source;
    private final int maxRowBytes;
    private final ByteSource.Slice slice = new ByteSource.Slice();
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT);
    private final boolean array;
    private long row;
    private long startLine;
    private long blankLines;
    private boolean finished;

    public RowSplitter(ByteSource source, int maxRowBytes) {
        this.source = source;
        this.maxRowBytes = maxRowBytes;
        int b = source.peek();
        boolean started = false;
        while (isSpace(b)) {
            boolean newline = source.read() == '\n';
            blankLines += newline ? 1 : 0;
            b = source.peek();
            started = true;
        }
        if (b < 0) {
            throw new DataException(source.file() + (started ? " holds blank lines only" : " is empty") + "; at least one row was expected.");
        }
        array = b == '[';
        if (array) {
            source.read();
            blankLines = 0;
        }
    }

    /** Whether the file is one JSON array. */
    public boolean isArray() {
        return array;
    }

    public long blankLines() {
        return blankLines;
    }

    /** 1-based line (JSON Lines) or element (array) of the row last returned. */
    public long row() {
        return row;
    }

    /** Place of the row last returned, for messages. */
    public String where() {
        return array ? source.file() + ", element " + row + " (line " + startLine + ")" : source.file() + ":" + row;
    }

    /** JSON text of the next row, or null after the last. */
    public String next() {
        if (finished) {
            return null;
        }
        return array ? nextElement() : nextLine();
    }

    private String nextLine() {
        while (true) {
            slice.clear();
            startLine = source.line();
            row = startLine;
            if (source.peek() < 0) {
                finished = true;
                return null;
            }
            boolean blank = true;
            int b;
            while ((b = source.read()) >= 0 && b != '\n') {
                blank &= isSpace(b);
                take(b);
            }
            if (!blank) {
                return decode();
            }
            blankLines++;
        }
    }

    private String nextElement() {
        skipSpace();
        if (row > 0) {
            int b = source.read();
            if (b == ']') {
                return endOfArray();
            }
            if (b != ',') {
                throw structure(b, "',' or ']' after element " + row);
            }
            skipSpace();
        } else if (source.peek() == ']') {
            throw new DataException(source.file() + " is an empty JSON array; at least one row was expected.");
        }
        row++;
        startLine = source.line();
        slice.clear();
        int b = source.peek();
        if (b != '{') {
            throw structure(b, "a JSON object ('{') as element " + row);
        }
        int depth = 0;
        boolean inString = false;
        boolean escaped = false;
        do {
            b = source.read();
            if (b < 0) {
                throw new DataException(where() + ": the file ends inside this element. It may be cut short; fetch or write it again.");
            }
            take(b);
            if (inString) {
                if (escaped) {
                    escaped = false;
                } else if (b == '\\') {
                    escaped = true;
                } else if (b == '"') {
                    inString = false;
                }
            } else if (b == '"') {
                inString = true;
            } else if (b == '{' || b == '[') {
                depth++;
            } else if (b == '}' || b == ']') {
                depth--;
            }
        } while (depth > 0);
        return decode();
    }

    private String endOfArray() {
        finished = true;
        skipSpace();
        if (source.peek() >= 0) {
            throw structure(source.peek(), "the end of the file after the array's closing ']'");
        }
        return null;
    }

    private DataException structure(int found, String required) {
        String what = found < 0 ? "the end of the file" : found > 0x20 && found < 0x7f ? "'" + (char) found + "'" : String.format("byte 0x%02X", found);
        return new DataException(source.file() + ", line " + source.line() + ": " + required + " was expected in the JSON array, found " + what + ".");
    }

    private void take(int b) {
        if (slice.size() >= maxRowBytes) {
            throw new DataException(where() + ": this row is longer than " + maxRowBytes + " bytes, the most a row may have. "
                    + (array ? "Is a quote or bracket missing?" : "Are the line ends missing?"));
        }
        slice.add(b);
    }

    private String decode() {
        ByteBuffer bytes = ByteBuffer.wrap(slice.bytes(), 0, slice.size());
        CharBuffer chars = CharBuffer.allocate(slice.size());
        utf8.reset();
        CoderResult result = utf8.decode(bytes, chars, true);
        if (result.isUnderflow()) {
            result = utf8.flush(chars);
        }
        if (result.isError()) {
            throw invalidUtf8(bytes.position(), result);
        }
        return chars.flip().toString();
    }

    private DataException invalidUtf8(int at, CoderResult result) {
        long line = startLine;
        int column = 1;
        for (int i = 0; i < at; i++) {
            column++;
            if (slice.bytes()[i] == '\n') {
                line++;
                column = 1;
            }
        }
        String message = String.format("%s: invalid UTF-8 at line %d, byte %d of the line (0x%02X). Save the file as UTF-8.",
                where(), line, column, slice.bytes()[at] & 0xff);
        try {
            result.throwException();
        } catch (CharacterCodingException e) {
            return new DataException(message, e);
        }
        return new DataException(message);
    }

    private void skipSpace() {
        while (isSpace(source.peek())) {
            source.read();
        }
    }

    private static boolean isSpace(int b) {
        return b == ' ' || b == '\t' || b == '\n' || b == '\r';
    }
}
