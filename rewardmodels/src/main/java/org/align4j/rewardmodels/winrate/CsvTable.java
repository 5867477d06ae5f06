package org.align4j.rewardmodels.winrate;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;

/**
 * A CSV file with a header (<a href="https://www.rfc-editor.org/rfc/rfc4180">RFC 4180</a>): commas, fields in double quotes where they hold commas, quotes (doubled)
 * or line breaks. UTF-8, held in memory whole.
 */
record CsvTable(List<Line> lines) {

    /** One line's fields by column; {@code where} names file and line. */
    record Line(String where, Map<String, String> fields) {

        String text(String column) {
            String text = fields.get(column);
            if (text == null || text.isBlank()) {
                throw new UserException(where + ": the column " + column + " is missing or empty; there are " + String.join(", ", fields.keySet()) + ".");
            }
            return text;
        }

        double number(String column) {
            try {
                return Double.parseDouble(text(column));
            } catch (NumberFormatException e) {
                throw new UserException(where + ": " + column + " must be a number, found \"" + text(column) + "\".", e);
            }
        }
    }

    static CsvTable read(Path file) {
        return new Parser(file, text(file)).table();
    }

    private static String text(Path file) {
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(Files.readAllBytes(file))).toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new UserException(file + " must be UTF-8 and is not. Save it as UTF-8.", e);
        } catch (IOException e) {
            throw new UserException(file + " cannot be read: " + e.getMessage() + ".", e);
        }
    }

    private static final class Parser {
        private final Path file;
        private final String text;
        private int at;
        private int line = 1;

        Parser(Path file, String text) {
            this.file = file;
            this.text = text;
        }

        CsvTable table() {
            if (text.isBlank()) {
                throw new UserException(file + " is empty: a CSV file begins with a line of column names.");
            }
            List<String> header = record();
            for (String name : header) {
                if (header.indexOf(name) != header.lastIndexOf(name)) {
                    throw new UserException(file + ", line 1: the column " + name + " stands twice.");
                }
            }
            List<Line> lines = new ArrayList<>();
            while (at < text.length()) {
                String where = file + ", line " + line;
                List<String> fields = record();
                if (fields.size() == 1 && fields.get(0).isEmpty()) {
                    continue;
                }
                if (fields.size() != header.size()) {
                    throw new UserException(where + ": there must be " + header.size() + " fields (" + String.join(", ", header) + "), found " + fields.size() + ".");
                }
                Map<String, String> named = new LinkedHashMap<>();
                for (int i = 0; i < fields.size(); i++) {
                    named.put(header.get(i), fields.get(i));
                }
                lines.add(new Line(where, named));
            }
            return new CsvTable(lines);
        }

        private List<String> record() {
            List<String> fields = new ArrayList<>();
            fields.add(field());
            while (at < text.length() && text.charAt(at) == ',') {
                at++;
                fields.add(field());
            }
            if (at < text.length() && text.charAt(at) == '\r') {
                at++;
            }
            if (at < text.length() && text.charAt(at) == '\n') {
                at++;
            }
            line++;
            return fields;
        }

        private String field() {
            if (at < text.length() && text.charAt(at) == '"') {
                return quoted();
            }
            int from = at;
            while (at < text.length() && ",\r\n".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            return text.substring(from, at);
        }

        private String quoted() {
            int opened = line;
            StringBuilder out = new StringBuilder();
            for (at++; at < text.length(); at++) {
                char c = text.charAt(at);
                if (c == '"' && at + 1 < text.length() && text.charAt(at + 1) == '"') {
                    at++;
                } else if (c == '"') {
                    at++;
                    if (at < text.length() && ",\r\n".indexOf(text.charAt(at)) < 0) {
                        throw new UserException(file + ", line " + line + ": after a closing quote there must be a comma or the line's end, found " + text.charAt(at)
                                + ". Quotes within a field are doubled.");
                    }
                    return out.toString();
                }
                line += c == '\n' ? 1 : 0;
                out.append(c);
            }
            throw new UserException(file + ", line " + opened + ": a quote is opened and never closed.");
        }
    }
}
