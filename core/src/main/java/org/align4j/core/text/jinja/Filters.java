package org.align4j.core.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Filters by name; those on text and numbers are here, those on collections in {@link CollectionFilters}. */
final class Filters {
    private static final Set<String> TEXT = Set.of("abs", "capitalize", "count", "d", "default", "e", "escape", "float", "format", "indent", "int", "length",
            "lower", "replace", "round", "safe", "string", "title", "tojson", "trim", "upper");

    private Filters() {}

    static void require(String name, int line) {
        if (!TEXT.contains(name) && !CollectionFilters.NAMES.contains(name)) {
            Set<String> all = new TreeSet<>(TEXT);
            all.addAll(CollectionFilters.NAMES);
            throw new Fault("the filter '" + name + "' is not supported; these are: " + String.join(", ", all) + ".", line);
        }
    }

    static Object apply(String name, Object v, Args args, Budget budget) {
        budget.step();
        if (v instanceof Values.Markup && !Set.of("safe", "d", "default").contains(name)) {
            throw Python.markup();
        }
        return switch (name) {
            case "abs" -> abs(v, args);
            case "capitalize" -> Case.capitalize(text(v, args, budget));
            case "count", "length" -> {
                args.bind(0);
                yield Python.length(v);
            }
            case "d", "default" -> {
                Object[] a = args.bind(0, "default_value", "boolean");
                boolean replace = v instanceof Undefined || (a[1] != Args.MISSING && Python.truth(a[1]) && !Python.truth(v));
                yield replace ? (a[0] == Args.MISSING ? "" : a[0]) : v;
            }
            case "e", "escape" -> new Values.Markup(escape(text(v, args, budget), budget));
            case "float" -> real(v, args);
            case "format" -> {
                if (!args.keyword().isEmpty()) {
                    throw new Fault("'format' with named values is not supported.");
                }
                yield Formats.percent(Repr.str(v, budget), new Sequence(Sequence.Kind.TUPLE, args.positional()), budget);
            }
            case "indent" -> indent(v, args, budget);
            case "int" -> integer(v, args);
            case "lower" -> Case.lower(text(v, args, budget));
            case "replace" -> {
                Object[] a = args.bind(2, "old", "new", "count");
                yield StringMethods.replace(Repr.str(v, budget), Repr.str(a[0], budget), Repr.str(a[1], budget),
                        a[2] == Args.MISSING || a[2] == null ? -1 : Args.integer(a[2], "'count' of replace"), budget);
            }
            case "round" -> round(v, args);
            case "safe" -> new Values.Markup(v instanceof Values.Markup m ? m.text() : text(v, args, budget));
            case "string" -> text(v, args, budget);
            case "title" -> Case.titleFilter(text(v, args, budget));
            case "tojson" -> Json.dump(v, args, budget);
            case "trim" -> {
                Object chars = args.bind(0, "chars")[0];
                String s = Repr.str(v, budget);
                budget.make(s.length());
                yield StringMethods.strip(s, chars == Args.MISSING ? null : chars, true, true);
            }
            case "upper" -> Case.upper(text(v, args, budget));
            default -> CollectionFilters.apply(name, v, args, budget);
        };
    }

    private static String text(Object v, Args args, Budget budget) {
        args.bind(0);
        String s = Repr.str(v, budget);
        budget.make(s.length());
        return s;
    }

    private static String escape(String s, Budget budget) {
        budget.make(5L * s.length());
        return s.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;").replace("\"", "&#34;");
    }

    private static Object abs(Object v, Args args) {
        args.bind(0);
        if (!Python.isNumber(v)) {
            throw v instanceof Undefined u ? u.fault() : new Fault("abs needs a number, found " + Python.type(v) + ".");
        }
        return v instanceof Double d ? (Object) Math.abs(d) : (Object) Math.absExact(Python.asLong(v));
    }

    private static Object integer(Object v, Args args) {
        Object[] a = args.bind(0, "default", "base");
        Object otherwise = a[0] == Args.MISSING ? (Object) 0L : a[0];
        if (a[1] != Args.MISSING && !Long.valueOf(10).equals(a[1])) {
            throw new Fault("'int' with a base other than 10 is not supported.");
        }
        if (v instanceof Undefined u) {
            throw u.fault();
        }
        if (Python.isInteger(v)) {
            return Python.asLong(v);
        }
        if (v instanceof String s) {
            String digits = StringMethods.strip(s, null, true, true);
            if (digits.matches("[+-]?[0-9]+(_[0-9]+)*")) {
                try {
                    return Long.parseLong(digits.replace("_", ""));
                } catch (NumberFormatException e) {
                    throw new Fault("the integer " + digits + " does not fit into 64 bits.");
                }
            }
        }
        Double d = parse(v);
        if (d == null || d.isNaN() || d.isInfinite()) {
            return otherwise;
        }
        if (Math.abs(d) >= 9.2e18) {
            throw new Fault("the number " + d + " does not fit into 64 bits.");
        }
        return d.longValue();
    }

    private static Object real(Object v, Args args) {
        Object otherwise = args.bind(0, "default")[0];
        if (v instanceof Undefined u) {
            throw u.fault();
        }
        Double d = parse(v);
        return d != null ? d : otherwise == Args.MISSING ? (Object) 0.0 : otherwise;
    }

    private static Double parse(Object v) {
        if (Python.isNumber(v)) {
            return Python.asDouble(v);
        }
        if (v instanceof String s) {
            String t = StringMethods.strip(s, null, true, true);
            if (t.matches("[+-]?([0-9]+(_[0-9]+)*\\.?|[0-9]*\\.[0-9]+|[0-9]+\\.[0-9]*)([eE][+-]?[0-9]+)?")) {
                return Double.valueOf(t.replace("_", ""));
            }
            if (t.matches("(?i)[+-]?(inf|infinity|nan)")) {
                return t.toLowerCase(java.util.Locale.ROOT).endsWith("nan") ? Double.NaN : t.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
            }
        }
        return null;
    }

    private static Object round(Object v, Args args) {
        Object[] a = args.bind(0, "precision", "method");
        int precision = a[0] == Args.MISSING ? 0 : Args.integer(a[0], "'precision' of round");
        String method = a[1] == Args.MISSING ? "common" : Args.string(a[1], "'method' of round");
        if (!Python.isNumber(v)) {
            throw v instanceof Undefined u ? u.fault() : new Fault("round needs a number, found " + Python.type(v) + ".");
        }
        if (precision < 0 || precision > 15 || !Set.of("common", "floor", "ceil").contains(method)) {
            throw new Fault("round takes a precision of 0 to 15 and one of the methods common, floor, ceil.");
        }
        if (method.equals("common")) {
            if (Python.isInteger(v)) {
                return Python.asLong(v);
            }
            double d = (Double) v;
            return Double.isNaN(d) || Double.isInfinite(d) ? v : signed(new java.math.BigDecimal(d).setScale(precision, java.math.RoundingMode.HALF_EVEN).doubleValue(), d);
        }
        double scale = Math.pow(10, precision);
        double scaled = Python.asDouble(v) * scale;
        return (method.equals("floor") ? Math.floor(scaled) : Math.ceil(scaled)) / scale;
    }

    private static double signed(double rounded, double original) {
        return rounded == 0 ? Math.copySign(0, original) : rounded;
    }

    /** All lines but the first are indented, blank ones only when asked. */
    private static String indent(Object v, Args args, Budget budget) {
        if (!(v instanceof String text)) {
            throw v instanceof Undefined u ? u.fault() : new Fault("'indent' needs a string, found " + Python.type(v) + ".");
        }
        Object[] a = args.bind(0, "width", "first", "blank");
        String by = a[0] instanceof String s ? s : " ".repeat(a[0] == Args.MISSING ? 4 : Math.max(0, Math.min(1000, Args.integer(a[0], "'width' of indent"))));
        boolean first = a[1] != Args.MISSING && Python.truth(a[1]);
        boolean blank = a[2] != Args.MISSING && Python.truth(a[2]);
        List<Object> lines = new ArrayList<>(Chars.lines(text + "\n", false));
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            String line = (String) lines.get(i);
            budget.make((long) line.length() + by.length() + 1);
            out.append(i == 0 ? "" : "\n");
            if (i == 0 ? first : blank || !line.isEmpty()) {
                out.append(by);
            }
            out.append(line);
        }
        return out.toString();
    }

    /** Value of {@code path} ("a.b.0" or an integer) in {@code item}. */
    static Object path(Object item, Object path, Budget budget) {
        if (!(path instanceof String s)) {
            return Access.item(item, path, budget);
        }
        Object v = item;
        for (String part : s.split("\\.", -1)) {
            v = Access.item(v, part.matches("[0-9]{1,9}") ? (Object) Long.valueOf(part) : part, budget);
        }
        return v;
    }

    static Map<String, Object> noKeywords(Args args) {
        if (!args.keyword().isEmpty()) {
            throw new Fault(args.of() + " has no argument named '" + args.keyword().keySet().iterator().next() + "'.");
        }
        return args.keyword();
    }
}
