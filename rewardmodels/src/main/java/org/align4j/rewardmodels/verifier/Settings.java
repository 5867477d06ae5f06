package org.align4j.rewardmodels.verifier;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.TreeSet;
import org.align4j.core.UserException;

/** Reads the settings of a verifier by name; what nobody asked for is an error in the end. Remembers every value, defaults too, as the verifier's identity. */
final class Settings {
    private final String kind;
    private final Map<String, Object> given;
    private final Map<String, Object> resolved = new TreeMap<>();

    Settings(VerifierSpec spec) {
        kind = spec.kind();
        given = spec.settings();
    }

    boolean has(String name) {
        resolved.putIfAbsent(name, "");
        return given.get(name) != null;
    }

    String text(String name) {
        if (!has(name)) {
            throw new UserException("The verifier " + kind + " needs the setting " + name + ", a text.");
        }
        return keep(name, given.get(name) instanceof String s ? s : wrong(name, "a text"));
    }

    boolean flag(String name, boolean otherwise) {
        return keep(name, !has(name) ? otherwise : given.get(name) instanceof Boolean b ? b : wrong(name, "true or false"));
    }

    double number(String name, double otherwise) {
        return keep(name, !has(name) ? otherwise : given.get(name) instanceof Number n ? n.doubleValue() : wrong(name, "a number"));
    }

    OptionalDouble numberOrNone(String name, OptionalDouble otherwise) {
        if ("none".equals(given.get(name))) {
            keep(name, "none");
            return OptionalDouble.empty();
        }
        if (!has(name)) {
            keep(name, otherwise.isPresent() ? otherwise.getAsDouble() : "none");
            return otherwise;
        }
        return OptionalDouble.of(keep(name, given.get(name) instanceof Number n ? n.doubleValue() : wrong(name, "a number or none")));
    }

    int whole(String name, int otherwise) {
        if (!has(name)) {
            return keep(name, otherwise);
        }
        boolean whole = given.get(name) instanceof Number n && n.doubleValue() == Math.rint(n.doubleValue()) && Math.abs(n.doubleValue()) <= Integer.MAX_VALUE;
        return keep(name, whole ? ((Number) given.get(name)).intValue() : wrong(name, "a whole number"));
    }

    List<String> texts(String name, List<String> otherwise) {
        if (!has(name)) {
            return keep(name, otherwise);
        }
        if (given.get(name) instanceof List<?> l && l.stream().allMatch(String.class::isInstance)) {
            return keep(name, l.stream().map(String.class::cast).toList());
        }
        return wrong(name, "a list of texts");
    }

    /** A JSON object, or text that holds one. */
    Object objectOrText(String name) {
        return given.get(name) instanceof Map<?, ?> || given.get(name) instanceof String ? given.get(name) : wrong(name, "a JSON object or text");
    }

    /** What the verifier's identity holds under a name. */
    <T> T keep(String name, T value) {
        resolved.put(name, value);
        return value;
    }

    private <T> T wrong(String name, String required) {
        throw new UserException("The verifier " + kind + ": " + name + " must be " + required + ", found " + given.get(name) + ".");
    }

    /** All values by name once each was asked for. */
    Map<String, Object> finish() {
        for (String name : new TreeSet<>(given.keySet())) {
            if (!resolved.containsKey(name)) {
                throw new UserException("The verifier " + kind + " has no setting " + name + "; known are " + String.join(", ", resolved.keySet()) + ".");
            }
        }
        return resolved;
    }
}
