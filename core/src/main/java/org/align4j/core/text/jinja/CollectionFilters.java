package org.align4j.core.text.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Filters on lists and maps. Those that give a generator in Python give one here: it can be looped over once, and has no length. */
final class CollectionFilters {
    static final Set<String> NAMES = Set.of("dictsort", "first", "items", "join", "last", "list", "map", "max", "min", "reject", "rejectattr", "reverse",
            "select", "selectattr", "sort", "sum", "unique");

    private CollectionFilters() {}

    static Object apply(String name, Object v, Args args, Budget budget) {
        return switch (name) {
            case "dictsort" -> dictsort(v, args, budget);
            case "first", "last" -> end(v, name, args, budget);
            case "items" -> items(v, args, budget);
            case "join" -> join(v, args, budget);
            case "list" -> {
                args.bind(0);
                List<Object> all = new ArrayList<>(Python.iterate(v, budget));
                budget.make(all.size());
                yield all;
            }
            case "map" -> map(v, args, budget);
            case "max", "min" -> extreme(v, name, args, budget);
            case "reverse" -> reverse(v, args, budget);
            case "select", "reject", "selectattr", "rejectattr" -> select(v, name, args, budget);
            case "sort" -> sort(v, args, budget);
            case "sum" -> sum(v, args, budget);
            case "unique" -> unique(v, args, budget);
            default -> throw new Fault("the filter '" + name + "' is not supported.");
        };
    }

    private static Sequence generator(List<Object> items, Budget budget) {
        budget.make(items.size());
        return new Sequence(Sequence.Kind.GENERATOR, items);
    }

    private static Object end(Object v, String name, Args args, Budget budget) {
        args.bind(0);
        if (v instanceof Sequence s && s.kind == Sequence.Kind.GENERATOR) {
            throw new Fault("'" + name + "' of a generator is not supported; put '|list' before it.");
        }
        List<Object> items = Python.iterate(v, budget);
        if (items.isEmpty()) {
            if (name.equals("last") && v instanceof Undefined u) {
                throw u.fault();
            }
            return new Undefined("there is no " + name + " item, the sequence is empty");
        }
        return items.get(name.equals("first") ? 0 : items.size() - 1);
    }

    private static Object items(Object v, Args args, Budget budget) {
        args.bind(0);
        if (v instanceof Undefined) {
            return generator(List.of(), budget);
        }
        if (v instanceof Map<?, ?> m) {
            return generator(pairs(m), budget);
        }
        throw new Fault("'items' needs a dict, found " + Python.type(v) + ".");
    }

    static List<Object> pairs(Map<?, ?> m) {
        List<Object> out = new ArrayList<>();
        m.forEach((k, x) -> out.add(Sequence.tuple(k, x)));
        return out;
    }

    private static String join(Object v, Args args, Budget budget) {
        Object[] a = args.bind(0, "d", "attribute");
        String separator = a[0] == Args.MISSING ? "" : Repr.str(a[0], budget);
        List<Object> parts = new ArrayList<>();
        for (Object item : Python.iterate(v, budget)) {
            Object part = a[1] == Args.MISSING || a[1] == null ? item : Filters.path(item, a[1], budget);
            if (part instanceof Values.Markup) {
                throw Python.markup();
            }
            parts.add(Repr.str(part, budget));
        }
        return StringMethods.join(separator, parts, budget);
    }

    /** What map and select walk: nothing where the value is false, even if it could not be iterated over. */
    private static List<Object> walk(Object v, Budget budget) {
        return Python.truth(v) ? Python.iterate(v, budget) : List.of();
    }

    private static Object map(Object v, Args args, Budget budget) {
        List<Object> out = new ArrayList<>();
        if (args.positional().isEmpty() && args.keyword().containsKey("attribute")) {
            Object[] a = args.bind(0, "attribute", "default");
            for (Object item : walk(v, budget)) {
                Object x = Filters.path(item, a[0], budget);
                out.add(x instanceof Undefined && a[1] != Args.MISSING && a[1] != null ? a[1] : x);
            }
        } else {
            if (args.positional().isEmpty()) {
                throw new Fault("'map' needs the name of a filter, or attribute=.");
            }
            String filter = Args.string(args.positional().get(0), "the filter given to map");
            Filters.require(filter, 0);
            for (Object item : walk(v, budget)) {
                out.add(Filters.apply(filter, item, args.withoutFirst("the filter " + filter), budget));
            }
        }
        return generator(out, budget);
    }

    private static Object select(Object v, String name, Args args, Budget budget) {
        boolean byAttribute = name.endsWith("attr");
        boolean keep = name.startsWith("select");
        Args rest = args;
        Object attribute = null;
        if (byAttribute) {
            if (args.positional().isEmpty()) {
                throw new Fault("'" + name + "' needs the name of an attribute.");
            }
            attribute = args.positional().get(0);
            rest = args.withoutFirst(args.of());
        }
        String test = null;
        if (!rest.positional().isEmpty()) {
            test = Args.string(rest.positional().get(0), "the test given to " + name);
            Tests.require(test, 0);
            rest = rest.withoutFirst("the test " + test);
        } else {
            Filters.noKeywords(rest);
        }
        List<Object> out = new ArrayList<>();
        for (Object item : walk(v, budget)) {
            Object x = byAttribute ? Filters.path(item, attribute, budget) : item;
            if ((test == null ? Python.truth(x) : Tests.apply(test, x, rest, budget)) == keep) {
                out.add(item);
            }
        }
        return generator(out, budget);
    }

    private static Object reverse(Object v, Args args, Budget budget) {
        args.bind(0);
        if (v instanceof String s) {
            return Access.slice(s, null, null, -1L, budget);
        }
        if (v instanceof Undefined u) {
            throw u.fault();
        }
        List<Object> items = new ArrayList<>(Python.iterate(v, budget));
        Collections.reverse(items);
        return generator(items, budget);
    }

    /** What items are compared by: strings in lower case unless asked otherwise, as Jinja does. */
    private static Object sortKey(Object item, Object attribute, boolean caseSensitive, Budget budget) {
        Object key = attribute == Args.MISSING || attribute == null ? item : Filters.path(item, attribute, budget);
        if (key instanceof String s && !caseSensitive) {
            budget.make(s.length());
            return Case.lower(s);
        }
        return key;
    }

    private static boolean flag(Object v) {
        return v != Args.MISSING && Python.truth(v);
    }

    private static void oneAttribute(Object attribute) {
        if (attribute instanceof String s && s.indexOf(',') >= 0) {
            throw new Fault("sorting by several attributes is not supported.");
        }
    }

    private record Keyed(Object key, Object item) {}

    private static List<Object> sorted(List<Keyed> keyed, boolean reverse, Budget budget) {
        Comparator<Keyed> order = (x, y) -> Python.compare(x.key(), y.key(), budget);
        List<Keyed> copy = new ArrayList<>(keyed);
        copy.sort(reverse ? order.reversed() : order);
        List<Object> out = new ArrayList<>();
        copy.forEach(k -> out.add(k.item()));
        budget.make(out.size());
        return out;
    }

    private static Object sort(Object v, Args args, Budget budget) {
        Object[] a = args.bind(0, "reverse", "case_sensitive", "attribute");
        oneAttribute(a[2]);
        List<Keyed> keyed = new ArrayList<>();
        for (Object item : Python.iterate(v, budget)) {
            keyed.add(new Keyed(sortKey(item, a[2], flag(a[1]), budget), item));
        }
        return sorted(keyed, flag(a[0]), budget);
    }

    private static Object dictsort(Object v, Args args, Budget budget) {
        Object[] a = args.bind(0, "case_sensitive", "by", "reverse");
        if (!(v instanceof Map<?, ?> m)) {
            throw v instanceof Undefined u ? u.fault() : new Fault("'dictsort' needs a dict, found " + Python.type(v) + ".");
        }
        String by = a[1] == Args.MISSING ? "key" : Args.string(a[1], "'by' of dictsort");
        if (!by.equals("key") && !by.equals("value")) {
            throw new Fault("'by' of dictsort must be key or value, found '" + by + "'.");
        }
        List<Keyed> keyed = new ArrayList<>();
        for (Map.Entry<?, ?> e : m.entrySet()) {
            keyed.add(new Keyed(sortKey(by.equals("key") ? e.getKey() : e.getValue(), null, flag(a[0]), budget), Sequence.tuple(e.getKey(), e.getValue())));
        }
        return sorted(keyed, flag(a[2]), budget);
    }

    private static Object extreme(Object v, String name, Args args, Budget budget) {
        Object[] a = args.bind(0, "case_sensitive", "attribute");
        oneAttribute(a[1]);
        Keyed best = null;
        for (Object item : Python.iterate(v, budget)) {
            Object key = sortKey(item, a[1], flag(a[0]), budget);
            if (best == null || (name.equals("max") ? Python.ordered(">", key, best.key(), budget) : Python.ordered("<", key, best.key(), budget))) {
                best = new Keyed(key, item);
            }
        }
        return best == null ? new Undefined("there is no aggregated item, the sequence is empty") : best.item();
    }

    private static Object sum(Object v, Args args, Budget budget) {
        Object[] a = args.bind(0, "attribute", "start");
        Object total = a[1] == Args.MISSING ? (Object) 0L : a[1];
        for (Object item : Python.iterate(v, budget)) {
            Object x = a[0] == Args.MISSING || a[0] == null ? item : Filters.path(item, a[0], budget);
            if (!Python.isNumber(x) || !Python.isNumber(total)) {
                throw x instanceof Undefined u ? u.fault() : new Fault("'sum' needs numbers, found " + Python.type(x) + ".");
            }
            total = Arithmetic.apply("+", total, x, budget);
        }
        return total;
    }

    private static Object unique(Object v, Args args, Budget budget) {
        Object[] a = args.bind(0, "case_sensitive", "attribute");
        oneAttribute(a[1]);
        List<Object> seen = new ArrayList<>();
        List<Object> out = new ArrayList<>();
        for (Object item : Python.iterate(v, budget)) {
            Object key = sortKey(item, a[1], flag(a[0]), budget);
            if (key instanceof List || key instanceof Map) {
                throw new Fault("'unique' cannot compare " + Python.type(key) + ".");
            }
            if (!Python.contains(seen, key, budget)) {
                seen.add(key);
                out.add(item);
            }
        }
        return generator(out, budget);
    }

}
