package org.align4j.core.text.jinja;

import java.util.List;
import java.util.Map;

/** {@code "…%s…" % x} and {@code "…{}…".format(x)}, without widths and precisions. */
final class Formats {
    private Formats() {}

    static String percent(String format, Object values, Budget budget) {
        if (values instanceof Map) {
            throw new Fault("'%' with named values is not supported.");
        }
        List<Object> items = values instanceof Sequence s && s.kind == Sequence.Kind.TUPLE ? s.items() : null;
        int used = 0;
        int available = items == null ? 1 : items.size();
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%') {
                out.append(c);
                continue;
            }
            char kind = ++i < format.length() ? format.charAt(i) : 0;
            if (kind == '%') {
                out.append('%');
                continue;
            }
            if (kind != 's' && kind != 'd' && kind != 'r') {
                throw new Fault("'%" + (kind == 0 ? "" : kind) + "' in a format is not supported; %s, %d, %r and %% are.");
            }
            if (used == available) {
                throw new Fault("the format needs more values than the " + available + " given.");
            }
            Object v = items == null ? values : items.get(used);
            used++;
            if (kind == 'd' && !Python.isInteger(v)) {
                throw new Fault("'%d' needs an integer, found " + Python.type(v) + ".");
            }
            String text = kind == 'd' ? Long.toString(Python.asLong(v)) : kind == 's' ? Repr.str(v, budget) : Repr.repr(v, budget);
            budget.make(text.length());
            out.append(text);
        }
        boolean ignorable = items == null && !(values instanceof String) && !Python.isNumber(values) && values != null && !(values instanceof Undefined);
        if (used < available && !ignorable) {
            throw new Fault("the format uses " + used + " of the " + available + " values given.");
        }
        budget.make(format.length());
        return out.toString();
    }

    static String braces(String format, Args args, Budget budget) {
        StringBuilder out = new StringBuilder();
        int next = 0;
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            boolean doubled = i + 1 < format.length() && format.charAt(i + 1) == c;
            if ((c == '{' || c == '}') && doubled) {
                out.append(c);
                i++;
            } else if (c == '}') {
                throw new Fault("a single '}' in a format.");
            } else if (c == '{') {
                int end = format.indexOf('}', i);
                String field = end < 0 ? "[" : format.substring(i + 1, end);
                Object v;
                if (field.isEmpty()) {
                    v = positional(args, next++);
                } else if (field.matches("[0-9]{1,4}")) {
                    v = positional(args, Integer.parseInt(field));
                } else if (field.matches("[A-Za-z_][A-Za-z_0-9]*") && args.keyword().containsKey(field)) {
                    v = args.keyword().get(field);
                } else {
                    throw new Fault("the field '{" + field + "}' in a format is not supported; {}, {0} and {name} are.");
                }
                String text = Repr.str(v, budget);
                budget.make(text.length());
                out.append(text);
                i = end;
            } else {
                out.append(c);
            }
        }
        budget.make(format.length());
        return out.toString();
    }

    private static Object positional(Args args, int i) {
        if (i >= args.positional().size()) {
            throw new Fault("the format needs value " + i + ", but " + args.positional().size() + " are given.");
        }
        return args.positional().get(i);
    }
}
