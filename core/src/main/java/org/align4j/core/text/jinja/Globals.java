package org.align4j.core.text.jinja;

import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Functions every template sees. */
final class Globals {
    private static final int MAX_RANGE = 100_000;

    private Globals() {}

    static void define(Scope scope, Clock clock, Budget budget) {
        builtin(scope, new Builtin("range", args -> range(args, budget)));
        builtin(scope, new Builtin("dict", args -> new LinkedHashMap<>(fields(args))));
        builtin(scope, new Builtin("namespace", args -> new Values.Namespace(fields(args))));
        builtin(scope, new Builtin("raise_exception", args -> {
            throw new Fault("the template refuses this conversation: " + Repr.str(args.bind(1, "message")[0], budget));
        }));
        builtin(scope, new Builtin("strftime_now", args -> Dates.format(clock, Args.string(args.bind(1, "format")[0], "the format of strftime_now"))));
        for (String name : List.of("cycler", "joiner", "lipsum")) {
            builtin(scope, new Builtin(name, args -> {
                throw new Fault("the function '" + name + "' is not supported.");
            }));
        }
    }

    private static void builtin(Scope scope, Builtin function) {
        scope.set(function.name(), function);
    }

    private static Map<String, Object> fields(Args args) {
        Map<String, Object> out = new LinkedHashMap<>();
        if (!args.positional().isEmpty()) {
            if (args.positional().size() > 1 || !(args.positional().get(0) instanceof Map<?, ?> m)) {
                throw new Fault(args.of() + " takes named values, or one dict.");
            }
            m.forEach((k, v) -> out.put(Args.string(k, "a key given to " + args.of()), v));
        }
        out.putAll(args.keyword());
        return out;
    }

    private static Sequence range(Args args, Budget budget) {
        if (args.positional().isEmpty() || args.positional().size() > 3 || !args.keyword().isEmpty()) {
            throw new Fault("range takes one to three integers.");
        }
        long[] a = args.positional().stream().mapToLong(v -> {
            if (!Python.isInteger(v)) {
                throw v instanceof Undefined u ? u.fault() : new Fault("range takes integers, found " + Python.type(v) + ".");
            }
            return Python.asLong(v);
        }).toArray();
        long start = a.length == 1 ? 0 : a[0];
        long stop = a.length == 1 ? a[0] : a[1];
        long step = a.length == 3 ? a[2] : 1;
        if (step == 0) {
            throw new Fault("the step of range must not be 0.");
        }
        List<Object> items = new ArrayList<>();
        for (long i = start; step > 0 ? i < stop : i > stop; i += step) {
            if (items.size() == MAX_RANGE) {
                throw new Fault("range gives more than " + MAX_RANGE + " numbers.");
            }
            items.add(i);
            if (step > 0 ? i > Long.MAX_VALUE - step : i < Long.MIN_VALUE - step) {
                break;
            }
        }
        budget.make(items.size());
        return new Sequence(Sequence.Kind.RANGE, items);
    }
}
