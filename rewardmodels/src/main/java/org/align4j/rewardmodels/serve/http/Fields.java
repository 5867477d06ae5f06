package org.align4j.rewardmodels.serve.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/** Reads the fields of an object strictly: a wrong type, a missing field or an unknown one is a problem that names the field. */
final class Fields {
    private final JsonNode object;
    private final String path;
    private final Set<String> known = new TreeSet<>();

    /** @param path of the object from the body on, as a JSON pointer; empty for the body */
    Fields(JsonNode node, String path) {
        this.object = node;
        this.path = path;
        if (!node.isObject()) {
            throw new Problem(422, path.isEmpty() ? null : path, (path.isEmpty() ? "The body" : path) + " must be an object, found " + kind(node) + ".");
        }
    }

    String at(String name) {
        return path + "/" + name;
    }

    boolean has(String name) {
        known.add(name);
        return object.has(name) && !object.get(name).isNull();
    }

    JsonNode node(String name) {
        return has(name) ? object.get(name) : null;
    }

    /** A text, or null where it is absent. */
    String text(String name) {
        return has(name) ? text(object.get(name), at(name)) : null;
    }

    String requiredText(String name) {
        require(name, "a string");
        return text(name);
    }

    boolean flag(String name, boolean otherwise) {
        if (!has(name)) {
            return otherwise;
        }
        JsonNode n = object.get(name);
        if (!n.isBoolean()) {
            throw wrong(at(name), "true or false", n);
        }
        return n.booleanValue();
    }

    /** A whole number of at least 1, or null where it is absent. */
    Integer count(String name) {
        if (!has(name)) {
            return null;
        }
        JsonNode n = object.get(name);
        if (!n.isIntegralNumber()) {
            throw wrong(at(name), "a whole number", n);
        }
        if (!n.canConvertToInt() || n.intValue() < 1) {
            throw new Problem(422, at(name), at(name) + " must be from 1 to " + Integer.MAX_VALUE + ".");
        }
        return n.intValue();
    }

    /** The elements of a list, or null where it is absent. */
    List<JsonNode> list(String name) {
        if (!has(name)) {
            return null;
        }
        JsonNode n = object.get(name);
        if (!n.isArray()) {
            throw wrong(at(name), "a list", n);
        }
        List<JsonNode> all = new ArrayList<>();
        n.forEach(all::add);
        return all;
    }

    List<JsonNode> requiredList(String name) {
        require(name, "a list");
        List<JsonNode> all = list(name);
        if (all.isEmpty()) {
            throw new Problem(422, at(name), at(name) + " must not be empty.");
        }
        return all;
    }

    private void require(String name, String type) {
        if (!has(name)) {
            throw new Problem(422, at(name), at(name) + " is required: " + type + ".");
        }
    }

    /** Refuses fields that were not asked for. */
    void noOthers() {
        for (String name : object.propertyNames()) {
            if (!known.contains(name)) {
                String shown = name.matches("[\\w.-]{1,64}") ? at(name) : path + "/?";
                throw new Problem(422, shown, shown + " is not a field of this object; known are " + String.join(", ", known) + ".");
            }
        }
    }

    static String text(JsonNode n, String at) {
        if (!n.isString()) {
            throw wrong(at, "a string", n);
        }
        String s = n.stringValue();
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < s.length() && Character.isLowSurrogate(s.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new Problem(422, at, at + " has half of a surrogate pair at character " + i + ", which is no text.");
            }
        }
        return s;
    }

    static Problem wrong(String at, String type, JsonNode found) {
        return new Problem(422, at, at + " must be " + type + ", found " + kind(found) + ".");
    }

    private static String kind(JsonNode n) {
        return switch (n.getNodeType()) {
            case OBJECT -> "an object";
            case ARRAY -> "a list";
            case STRING -> "a string";
            case NUMBER -> "a number";
            case BOOLEAN -> "true or false";
            default -> "null";
        };
    }
}
