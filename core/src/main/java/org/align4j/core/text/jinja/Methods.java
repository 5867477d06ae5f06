package org.align4j.core.text.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Methods of maps, lists and tuples. Those that change their object are refused, as in the reference. */
final class Methods {
    private Methods() {}

    static Object call(Values.Method method, Args args, Budget budget) {
        if (method.self() instanceof String s) {
            return StringMethods.call(s, method.name(), args, budget);
        }
        if (method.self() instanceof Map<?, ?> m) {
            return ofMap(m, method.name(), args, budget);
        }
        List<Object> items = method.self() instanceof List<?> l ? Python.cast(l) : ((Sequence) method.self()).items();
        return switch (method.name()) {
            case "copy" -> {
                args.bind(0);
                budget.make(items.size());
                yield new ArrayList<>(items);
            }
            case "count" -> {
                Object wanted = args.bind(1, "value")[0];
                yield items.stream().filter(x -> Python.equal(x, wanted, budget)).count();
            }
            case "index" -> {
                Object wanted = args.bind(1, "value")[0];
                for (int i = 0; i < items.size(); i++) {
                    if (Python.equal(items.get(i), wanted, budget)) {
                        yield (long) i;
                    }
                }
                throw new Fault("'index': the value is not in the list.");
            }
            default -> throw changes(method.name());
        };
    }

    private static Fault changes(String name) {
        return new Fault("the method '" + name + "' would change its list or dict, which templates may not; use a namespace or make a new one.");
    }

    private static Object ofMap(Map<?, ?> m, String name, Args args, Budget budget) {
        budget.make(name.equals("get") ? 1 : m.size());
        switch (name) {
            case "get":
                Object[] a = args.bind(1, "key", "default");
                if (Access.isKey(a[0]) && m.containsKey(Access.key(a[0]))) {
                    return m.get(Access.key(a[0]));
                }
                return a[1] == Args.MISSING ? null : a[1];
            case "items":
                args.bind(0);
                return new Sequence(Sequence.Kind.ITEMS, CollectionFilters.pairs(m));
            case "keys":
                args.bind(0);
                return new Sequence(Sequence.Kind.KEYS, new ArrayList<>(m.keySet()));
            case "values":
                args.bind(0);
                return new Sequence(Sequence.Kind.VALUES, new ArrayList<>(m.values()));
            case "copy":
                args.bind(0);
                return new LinkedHashMap<>(m);
            default:
                throw changes(name);
        }
    }
}
