package org.align4j.rewardmodels.ifeval;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What an instruction is given, by name; everything given must be asked for. */
final class Arguments {
    private final String id;
    private final Map<String, Object> given;
    private final Set<String> left;

    Arguments(String id, Map<String, Object> given) {
        this.id = id;
        this.given = given;
        left = new LinkedHashSet<>(given.keySet());
    }

    /** A text that is not blank, as it is. */
    String text(String name) {
        if (!(find(name) instanceof String text) || text.isBlank()) {
            throw wrong(name, "a text");
        }
        return text;
    }

    /** A list of at least one text. */
    List<String> texts(String name) {
        if (!(find(name) instanceof List<?> list) || list.isEmpty() || !list.stream().allMatch(e -> e instanceof String s && !s.isBlank())) {
            throw wrong(name, "a list of one or more texts");
        }
        return list.stream().map(String.class::cast).toList();
    }

    /** A whole number, also one written as 3.0, as tables of several kinds of rows have it. */
    int whole(String name, int least) {
        if (!(find(name) instanceof Number number) || number.doubleValue() != Math.rint(number.doubleValue()) || number.doubleValue() < least
                || number.doubleValue() > Integer.MAX_VALUE) {
            throw wrong(name, "a whole number of " + least + " or more");
        }
        return number.intValue();
    }

    /** Whether it is {@code at least} that is asked for, and not {@code less than}. */
    boolean atLeast(String name) {
        String relation = text(name);
        if (!relation.equals("at least") && !relation.equals("less than")) {
            throw wrong(name, "\"at least\" or \"less than\"");
        }
        return relation.equals("at least");
    }

    void finish() {
        if (!left.isEmpty()) {
            throw new IllegalArgumentException("the instruction " + id + " takes no " + String.join(", ", left));
        }
    }

    private Object find(String name) {
        left.remove(name);
        return given.get(name);
    }

    private IllegalArgumentException wrong(String name, String required) {
        return new IllegalArgumentException("the instruction " + id + " needs " + name + ", " + required + ", found " + (given.containsKey(name) ? given.get(name) : "none"));
    }
}
