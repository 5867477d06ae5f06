package org.align4j.core.io.internal;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * JSON into plain Java values (ordered map, list, String, Long, BigInteger, Double, Boolean, null), without leniency: duplicate keys,
 * invalid UTF-8, trailing text, numbers that are not finite and deep nesting are refused. Every failure names the source.
 */
public final class StrictJson {
    private static final int MAX_DEPTH = 64;
    /** Bounds the memory that a small but crowded text can claim. */
    private static final int MAX_VALUES = 4_000_000;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNameLength(1 << 16)
                    .maxStringLength(100_000_000)
                    .maxNumberLength(400)
                    .build())
            .build();

    private int values;

    private StrictJson() {}

    /** Parses bytes that must hold one JSON object; {@code source} stands at the start of every message. */
    public static Map<String, Object> object(byte[] utf8, String source) {
        return object(decode(utf8, source), source);
    }

    /** Parses text that must hold one JSON object. */
    public static Map<String, Object> object(String text, String source) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new UserException(source + ": expected a JSON object, but it does not begin with one; fetch or write the file again");
            }
            Map<String, Object> result = new StrictJson().readObject(parser, source, "");
            if (parser.nextToken() != null) {
                throw new UserException(source + ": text follows the JSON object at " + place(parser) + "; remove it");
            }
            return result;
        } catch (JacksonException e) {
            throw new UserException(source + ": not valid JSON: " + e.getOriginalMessage() + where(e) + "; fetch or write the file again", e);
        }
    }

    private static String decode(byte[] utf8, String source) {
        if (ascii(utf8)) {
            return new String(utf8, StandardCharsets.US_ASCII);
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
        } catch (CharacterCodingException e) {
            throw new UserException(source + ": not valid UTF-8 text; JSON must be UTF-8, so the file is damaged or of another kind", e);
        }
    }

    private static boolean ascii(byte[] bytes) {
        for (byte b : bytes) {
            if (b < 0) {
                return false;
            }
        }
        return true;
    }

    private Map<String, Object> readObject(JsonParser parser, String source, String path) {
        Map<String, Object> map = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            String here = path.isEmpty() ? key : path + "." + key;
            if (map.containsKey(key)) {
                throw new UserException(source + ": key \"" + here + "\" appears twice (second at " + place(parser)
                        + "); keep one, for it is unclear which is meant");
            }
            parser.nextToken();
            map.put(key, readValue(parser, source, here));
        }
        return map;
    }

    private Object readValue(JsonParser parser, String source, String path) {
        if (++values > MAX_VALUES) {
            throw new UserException(source + ": more than " + MAX_VALUES + " values, which no sound file of this kind has");
        }
        switch (parser.currentToken()) {
            case START_OBJECT:
                return readObject(parser, source, path);
            case START_ARRAY:
                List<Object> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    list.add(readValue(parser, source, path + "[" + list.size() + "]"));
                }
                return list;
            case VALUE_STRING:
                return parser.getString();
            case VALUE_NUMBER_INT:
                BigInteger integer = parser.getBigIntegerValue();
                return integer.bitLength() < Long.SIZE ? (Object) integer.longValue() : integer;
            case VALUE_NUMBER_FLOAT:
                double value = parser.getDoubleValue();
                if (!Double.isFinite(value)) {
                    throw new UserException(source + ": \"" + path + "\" is " + parser.getString() + ", beyond the range of a double");
                }
                return value;
            case VALUE_TRUE:
                return Boolean.TRUE;
            case VALUE_FALSE:
                return Boolean.FALSE;
            case VALUE_NULL:
                return null;
            default:
                throw new UserException(source + ": unexpected " + parser.currentToken() + " at " + place(parser));
        }
    }

    private static String place(JsonParser parser) {
        return "line " + parser.currentTokenLocation().getLineNr() + ", column " + parser.currentTokenLocation().getColumnNr();
    }

    private static String where(JacksonException e) {
        return e.getLocation() == null ? "" : " (line " + e.getLocation().getLineNr() + ", column " + e.getLocation().getColumnNr() + ")";
    }

    /** Writes maps, lists, strings, numbers, booleans and nulls; {@code indent} is spaces per level, 0 for one line. */
    public static String write(Object value, int indent) {
        StringBuilder out = new StringBuilder();
        write(value, indent, 0, out);
        return out.toString();
    }

    private static void write(Object value, int indent, int level, StringBuilder out) {
        if (value == null || value instanceof Boolean) {
            out.append(value);
        } else if (value instanceof CharSequence text) {
            quote(text, out);
        } else if (value instanceof Number number) {
            writeNumber(number, out);
        } else if (value instanceof Map<?, ?> map) {
            String separator = "{";
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                out.append(separator);
                newLine(indent, level + 1, out);
                quote((String) entry.getKey(), out);
                out.append(indent > 0 ? ": " : ":");
                write(entry.getValue(), indent, level + 1, out);
                separator = ",";
            }
            close(map.isEmpty(), "{", "}", indent, level, out);
        } else if (value instanceof Iterable<?> list) {
            String separator = "[";
            for (Object element : list) {
                out.append(separator);
                newLine(indent, level + 1, out);
                write(element, indent, level + 1, out);
                separator = ",";
            }
            close(!list.iterator().hasNext(), "[", "]", indent, level, out);
        } else {
            throw new IllegalArgumentException("no JSON form for " + value.getClass());
        }
    }

    private static void close(boolean empty, String open, String close, int indent, int level, StringBuilder out) {
        if (empty) {
            out.append(open);
        } else {
            newLine(indent, level, out);
        }
        out.append(close);
    }

    private static void newLine(int indent, int level, StringBuilder out) {
        if (indent > 0) {
            out.append('\n').append(" ".repeat(indent * level));
        }
    }

    private static void writeNumber(Number number, StringBuilder out) {
        if (number instanceof Double || number instanceof Float) {
            double value = number.doubleValue();
            if (!Double.isFinite(value)) {
                throw new IllegalArgumentException("no JSON form for " + value);
            }
            out.append(number);
        } else if (number instanceof BigDecimal || number instanceof BigInteger || number instanceof Long || number instanceof Integer) {
            out.append(number);
        } else {
            throw new IllegalArgumentException("no JSON form for " + number.getClass());
        }
    }

    private static void quote(CharSequence text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    // Lone surrogates have no UTF-8 form, so they are escaped rather than replaced by a question mark.
                    boolean paired = Character.isHighSurrogate(c) ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
                            : !Character.isLowSurrogate(c) || i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
                    if (c < 0x20 || c == 0x7f || !paired) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
