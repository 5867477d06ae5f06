package org.align4j.core.text.jinja;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What may follow {@code is}. */
final class Tests {
    private static final Set<String> NAMES = Set.of("defined", "undefined", "none", "boolean", "true", "false", "integer", "float", "number", "string",
            "mapping", "sequence", "iterable", "callable", "sameas", "odd", "even", "divisibleby", "lower", "upper", "in", "eq", "equalto", "ne", "lt",
            "lessthan", "le", "gt", "greaterthan", "ge");
    /** Names for the operators that only select and reject can reach. */
    private static final Map<String, String> OPERATORS = Map.of("==", "eq", "!=", "ne", "<", "lt", "<=", "le", ">", "gt", ">=", "ge");

    private Tests() {}

    static void require(String name, int line) {
        if (!NAMES.contains(name) && !OPERATORS.containsKey(name)) {
            throw new Fault("the test '" + name + "' is not supported; these are: " + String.join(", ", new TreeSet<>(NAMES)) + ".", line);
        }
    }

    static boolean apply(String written, Object v, Args args, Budget budget) {
        String name = OPERATORS.getOrDefault(written, written);
        if (v instanceof Values.Markup && !Set.of("defined", "undefined", "none").contains(name)) {
            throw Python.markup();
        }
        return switch (name) {
            case "defined" -> !(none(args, v) instanceof Undefined);
            case "undefined" -> none(args, v) instanceof Undefined;
            case "none" -> none(args, v) == null;
            case "boolean" -> none(args, v) instanceof Boolean;
            case "true" -> Boolean.TRUE.equals(none(args, v));
            case "false" -> Boolean.FALSE.equals(none(args, v));
            case "integer" -> none(args, v) instanceof Long;
            case "float" -> none(args, v) instanceof Double;
            case "number" -> Python.isNumber(none(args, v));
            case "string" -> none(args, v) instanceof String;
            case "mapping" -> none(args, v) instanceof Map;
            case "sequence" -> sequence(none(args, v));
            case "iterable" -> iterable(none(args, v));
            case "callable" -> none(args, v) instanceof Values.Callable || v instanceof Values.Method || v instanceof Undefined;
            case "lower" -> Case.is(Repr.str(none(args, v), budget), "islower");
            case "upper" -> Case.is(Repr.str(none(args, v), budget), "isupper");
            case "odd", "even" -> Python.equal(Arithmetic.apply("%", number(none(args, v)), 2L, budget), name.equals("odd") ? 1L : 0L, budget);
            case "divisibleby" -> Python.equal(Arithmetic.apply("%", number(v), number(args.bind(1, "num")[0]), budget), 0L, budget);
            case "sameas" -> same(v, args.bind(1, "other")[0]);
            case "in" -> Python.contains(args.bind(1, "seq")[0], v, budget);
            case "eq", "equalto" -> Python.equal(v, args.bind(1, "b")[0], budget);
            case "ne" -> !Python.equal(v, args.bind(1, "b")[0], budget);
            case "lt", "lessthan" -> Python.ordered("<", v, args.bind(1, "b")[0], budget);
            case "le" -> Python.ordered("<=", v, args.bind(1, "b")[0], budget);
            case "gt", "greaterthan" -> Python.ordered(">", v, args.bind(1, "b")[0], budget);
            default -> Python.ordered(">=", v, args.bind(1, "b")[0], budget);
        };
    }

    private static Object none(Args args, Object v) {
        args.bind(0);
        return v;
    }

    private static Object number(Object v) {
        if (v instanceof String) {
            throw new Fault("odd, even and divisibleby need numbers, found a string.");
        }
        return v;
    }

    private static boolean sequence(Object v) {
        return v instanceof String || v instanceof List || v instanceof Map || v instanceof Undefined || (v instanceof Sequence s && s.indexed());
    }

    private static boolean iterable(Object v) {
        return v instanceof String || v instanceof List || v instanceof Map || v instanceof Undefined || v instanceof Sequence || v instanceof LoopContext;
    }

    private static boolean same(Object v, Object other) {
        if (v == null || other == null || v instanceof Boolean || other instanceof Boolean) {
            return v == other || (v != null && v.equals(other));
        }
        if (v instanceof String || v instanceof Long || v instanceof Double) {
            throw new Fault("'sameas' on strings and numbers is not supported; use ==.");
        }
        return v == other;
    }
}
