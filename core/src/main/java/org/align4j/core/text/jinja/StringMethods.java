package org.align4j.core.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Methods of strings. */
final class StringMethods {
    /** All of Python's, so that an unsupported one is an error and not a missing attribute. */
    static final Set<String> NAMES = Set.of("capitalize", "casefold", "center", "count", "encode", "endswith", "expandtabs", "find", "format",
            "format_map", "index", "isalnum", "isalpha", "isascii", "isdecimal", "isdigit", "isidentifier", "islower", "isnumeric", "isprintable",
            "isspace", "istitle", "isupper", "join", "ljust", "lower", "lstrip", "maketrans", "partition", "removeprefix", "removesuffix", "replace",
            "rfind", "rindex", "rjust", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title",
            "translate", "upper", "zfill");

    private StringMethods() {}

    static Object call(String s, String method, Args args, Budget budget) {
        budget.make(s.length());
        switch (method) {
            case "strip", "lstrip", "rstrip":
                Object chars = args.bind(0, "chars")[0];
                return strip(s, chars == Args.MISSING ? null : chars, !method.equals("rstrip"), !method.equals("lstrip"));
            case "lower", "casefold":
                args.bind(0);
                if (method.equals("casefold") && !s.chars().allMatch(c -> c < 128)) {
                    throw new Fault("casefold on other than ASCII text is not supported.");
                }
                return Case.lower(s);
            case "upper":
                args.bind(0);
                return Case.upper(s);
            case "capitalize":
                args.bind(0);
                return Case.capitalize(s);
            case "title":
                args.bind(0);
                return Case.title(s);
            case "startswith", "endswith":
                return affix(s, method, args, budget);
            case "removeprefix", "removesuffix":
                String affix = Args.string(args.bind(1, "affix")[0], "the argument of " + method);
                if (method.equals("removeprefix")) {
                    return s.startsWith(affix) ? s.substring(affix.length()) : s;
                }
                return s.endsWith(affix) ? s.substring(0, s.length() - affix.length()) : s;
            case "split", "rsplit":
                return split(s, method, args, budget);
            case "splitlines":
                Object keep = args.bind(0, "keepends")[0];
                List<Object> lines = Chars.lines(s, keep != Args.MISSING && Python.truth(keep));
                budget.make(lines.size());
                return lines;
            case "replace":
                Object[] r = args.bind(2, "old", "new", "count");
                return replace(s, Args.string(r[0], "'old' of replace"), Args.string(r[1], "'new' of replace"),
                        r[2] == Args.MISSING ? -1 : Args.integer(r[2], "'count' of replace"), budget);
            case "find", "rfind", "index", "rindex", "count":
                return find(s, method, Args.string(args.bind(1, "sub")[0], "the argument of " + method), budget);
            case "join":
                return join(s, Python.iterate(args.bind(1, "iterable")[0], budget), budget);
            case "partition", "rpartition":
                return partition(s, method, args);
            case "format":
                return Formats.braces(s, args, budget);
            case "isdigit", "isdecimal", "isnumeric", "isalpha", "isalnum", "isspace", "isupper", "islower", "isascii":
                args.bind(0);
                return Case.is(s, method);
            default:
                throw new Fault("the string method '" + method + "' is not supported.");
        }
    }

    static String strip(String s, Object chars, boolean start, boolean end) {
        if (chars == null) {
            String left = start ? Chars.stripStart(s) : s;
            return end ? Chars.stripEnd(left) : left;
        }
        String set = Args.string(chars, "the characters to strip");
        int from = 0;
        int to = s.length();
        while (start && from < to && set.indexOf(s.codePointAt(from)) >= 0) {
            from += Character.charCount(s.codePointAt(from));
        }
        while (end && to > from && set.indexOf(s.codePointBefore(to)) >= 0) {
            to -= Character.charCount(s.codePointBefore(to));
        }
        return s.substring(from, to);
    }

    private static boolean affix(String s, String method, Args args, Budget budget) {
        Object affix = args.bind(1, "affix")[0];
        List<Object> choices = affix instanceof Sequence t && t.kind == Sequence.Kind.TUPLE ? t.items() : List.of(orFault(affix));
        budget.steps(choices.size());
        for (Object choice : choices) {
            String text = Args.string(choice, "the argument of " + method);
            if (method.equals("startswith") ? s.startsWith(text) : s.endsWith(text)) {
                return true;
            }
        }
        return false;
    }

    private static String orFault(Object v) {
        if (v instanceof Undefined u) {
            throw u.fault();
        }
        return Args.string(v, "the argument of startswith or endswith");
    }

    private static List<Object> split(String s, String method, Args args, Budget budget) {
        Object[] a = args.bind(0, "sep", "maxsplit");
        int max = a[1] == Args.MISSING ? -1 : Args.integer(a[1], "'maxsplit' of " + method);
        boolean right = method.equals("rsplit");
        List<Object> out;
        if (a[0] == Args.MISSING || a[0] == null) {
            out = right && max >= 0 ? Splits.spaceRight(s, max) : Splits.space(s, max);
        } else {
            String separator = Args.string(a[0], "'sep' of " + method);
            if (separator.isEmpty()) {
                throw new Fault("the separator of " + method + " must not be empty.");
            }
            out = right && max >= 0 ? Splits.onRight(s, separator, max) : Splits.on(s, separator, max);
        }
        budget.make(out.size());
        return out;
    }

    static String replace(String s, String old, String with, int count, Budget budget) {
        if (count == 0) {
            return s;
        }
        StringBuilder out = new StringBuilder();
        int at = 0;
        int done = 0;
        if (old.isEmpty()) {
            while (at <= s.length() && (count < 0 || done < count)) {
                budget.make(with.length());
                out.append(with);
                done++;
                if (at == s.length()) {
                    return out.toString();
                }
                int next = s.offsetByCodePoints(at, 1);
                out.append(s, at, next);
                at = next;
            }
            return out.append(s, at, s.length()).toString();
        }
        for (int i = s.indexOf(old); i >= 0 && (count < 0 || done < count); i = s.indexOf(old, at)) {
            budget.make((long) with.length() + i - at);
            out.append(s, at, i).append(with);
            at = i + old.length();
            done++;
        }
        budget.make((long) s.length() - at);
        return out.append(s, at, s.length()).toString();
    }

    private static Object find(String s, String method, String sub, Budget budget) {
        if (method.equals("count")) {
            if (sub.isEmpty()) {
                return Python.length(s) + 1;
            }
            return (long) Splits.on(s, sub, -1).size() - 1;
        }
        int i = method.startsWith("r") ? s.lastIndexOf(sub) : s.indexOf(sub);
        if (i < 0 && method.endsWith("index")) {
            throw new Fault("'" + method + "': the text was not found.");
        }
        return i < 0 ? -1L : (long) s.codePointCount(0, i);
    }

    static String join(String separator, List<Object> items, Budget budget) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < items.size(); i++) {
            if (!(items.get(i) instanceof String text)) {
                throw new Fault("join needs strings, found " + Python.type(items.get(i)) + " at position " + i + ".");
            }
            budget.make((long) text.length() + separator.length());
            out.append(i == 0 ? "" : separator).append(text);
        }
        return out.toString();
    }

    private static Sequence partition(String s, String method, Args args) {
        String separator = Args.string(args.bind(1, "sep")[0], "the separator of " + method);
        if (separator.isEmpty()) {
            throw new Fault("the separator of " + method + " must not be empty.");
        }
        boolean right = method.startsWith("r");
        int i = right ? s.lastIndexOf(separator) : s.indexOf(separator);
        List<Object> parts = new ArrayList<>();
        if (i < 0) {
            parts.addAll(right ? List.of("", "", s) : List.of(s, "", ""));
        } else {
            parts.addAll(List.of(s.substring(0, i), separator, s.substring(i + separator.length())));
        }
        return new Sequence(Sequence.Kind.TUPLE, parts);
    }
}
