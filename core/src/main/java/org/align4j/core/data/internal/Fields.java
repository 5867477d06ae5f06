package org.align4j.core.data.internal;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.data.DataException;
import org.align4j.core.data.Location;
import org.align4j.core.data.Row;
import tools.jackson.databind.JsonNode;

/** A row, or an object inside one, seen through the user's column names; every complaint names the place and the column. */
public final class Fields {
    private final Location at;
    private final String where;
    private final Map<String, JsonNode> values;
    private final Map<String, String> names;
    private final String prefix;
    private final Set<String> used = new HashSet<>();

    private Fields(Location at, String where, Map<String, JsonNode> values, Map<String, String> names, String prefix) {
        this.at = at;
        this.where = where;
        this.values = values;
        this.names = names;
        this.prefix = prefix;
    }

    /** @param columns the field names Align4J knows → the row's own */
    public static Fields of(Row row, Map<String, String> columns) {
        Map<String, JsonNode> values = new LinkedHashMap<>();
        Map<String, String> names = new HashMap<>();
        for (Map.Entry<String, JsonNode> e : row.fields().properties()) {
            if (!columns.containsValue(e.getKey()) && !columns.containsKey(e.getKey())) {
                values.put(e.getKey(), e.getValue());
            }
        }
        columns.forEach((field, column) -> {
            JsonNode value = row.fields().get(column);
            names.put(field, column);
            if (value == null) {
                throw new DataException(row.where() + ": field '" + column + "' is missing (the setting columns takes '" + field + "' from it); the row has "
                        + listed(row.fields().propertyNames()) + ".");
            }
            values.put(field, value);
        });
        return new Fields(row.at(), row.where(), values, names, "");
    }

    Fields inner(String name, JsonNode object) {
        if (!object.isObject()) {
            throw wrong(name, "an object", object);
        }
        Map<String, JsonNode> inner = new LinkedHashMap<>();
        object.properties().forEach(e -> inner.put(e.getKey(), e.getValue()));
        return new Fields(at, where, inner, Map.of(), path(name) + ".");
    }

    Location at() {
        return at;
    }

    /** Whether the field is there and not null. */
    boolean has(String name) {
        return peek(name) != null;
    }

    /** The field's value, or null where it is absent or JSON null; the field counts as used from now on. */
    JsonNode get(String name) {
        used.add(name);
        return peek(name);
    }

    /** The field's value without using it. */
    JsonNode peek(String name) {
        JsonNode n = values.get(name);
        return n == null || n.isNull() ? null : n;
    }

    JsonNode require(String name) {
        JsonNode n = get(name);
        if (n == null) {
            throw new DataException(where + ": field '" + path(name) + "' is " + (values.containsKey(name) ? "null" : "missing")
                    + "; the " + (prefix.isEmpty() ? "row" : "object") + " has " + listed(values.keySet()) + ".");
        }
        return n;
    }

    String text(String name) {
        return text(name, require(name));
    }

    /** The text, or null where the field is absent or null. */
    String textOrNull(String name) {
        JsonNode n = get(name);
        return n == null ? null : text(name, n);
    }

    String text(String name, JsonNode n) {
        if (!n.isString()) {
            throw wrong(name, "text", n);
        }
        String s = n.stringValue();
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < s.length() && Character.isLowSurrogate(s.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new DataException(String.format("%s: field '%s' holds half of a surrogate pair (\\u%04x) at character %d, which is no text. Repair the row.",
                        where, path(name), (int) c, i));
            }
        }
        return s;
    }

    boolean flag(String name) {
        JsonNode n = require(name);
        if (!n.isBoolean()) {
            throw wrong(name, "true or false", n);
        }
        return n.booleanValue();
    }

    double number(String name, JsonNode n) {
        if (!n.isNumber()) {
            throw wrong(name, "a number", n);
        }
        double v = n.doubleValue(Double.NaN);
        if (!Double.isFinite(v)) {
            throw wrong(name, "a finite number", n);
        }
        return v;
    }

    JsonNode array(String name) {
        return array(name, require(name));
    }

    JsonNode array(String name, JsonNode n) {
        if (!n.isArray()) {
            throw wrong(name, "a list", n);
        }
        return n;
    }

    int[] ids(String name, JsonNode n) {
        array(name, n);
        int[] ids = new int[n.size()];
        for (int i = 0; i < ids.length; i++) {
            JsonNode id = n.get(i);
            if (!id.isInt()) {
                throw wrong(name + "[" + i + "]", "a token id (an integer)", id);
            }
            ids[i] = id.intValue();
            if (ids[i] < 0) {
                throw wrong(name + "[" + i + "]", "a token id (0 or more)", id);
            }
        }
        return ids;
    }

    DataException wrong(String name, String required, JsonNode found) {
        return new DataException(where + ": field '" + path(name) + "' must be " + required + ", found " + kind(found) + ".");
    }

    DataException error(String message) {
        return new DataException(where + ": " + message);
    }

    /** A dotted path with the user's column name in front. */
    String path(String name) {
        int end = 0;
        while (end < name.length() && name.charAt(end) != '[' && name.charAt(end) != '.') {
            end++;
        }
        String head = name.substring(0, end);
        return prefix + names.getOrDefault(head, head) + name.substring(end);
    }

    /** Names of all fields. */
    Set<String> columns() {
        return values.keySet();
    }

    /** Adds the columns that nobody has asked for. */
    void unused(Collection<String> target) {
        for (String name : values.keySet()) {
            if (!used.contains(name)) {
                target.add(path(name));
            }
        }
    }

    String listed() {
        return listed(values.keySet());
    }

    static String listed(Collection<String> names) {
        StringBuilder s = new StringBuilder();
        int n = 0;
        for (String name : new TreeSet<>(names)) {
            if (n == 12) {
                s.append(", …");
                break;
            }
            s.append(n++ == 0 ? "" : ", ").append(name.length() > 40 ? name.substring(0, 40) + "…" : name);
        }
        return n == 0 ? "no fields" : s.toString();
    }

    /** A value in words, shortened. */
    static String kind(JsonNode n) {
        if (n == null || n.isMissingNode()) {
            return "nothing";
        }
        if (n.isObject()) {
            return "an object with " + listed(n.propertyNames());
        }
        if (n.isArray()) {
            return "a list of " + n.size();
        }
        String s = n.isString() ? n.stringValue() : n.toString();
        s = s.length() > 40 ? s.substring(0, 40) + "…" : s;
        if (n.isString()) {
            return "the text \"" + s.replace("\n", "\\n") + "\"";
        }
        return n.isNull() ? "null" : n.isNumber() ? "the number " + s : s;
    }
}
