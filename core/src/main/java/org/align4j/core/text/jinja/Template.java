package org.align4j.core.text.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A chat template, parsed once and rendered many times; immutable.
 *
 * <p>Work is bounded: a rendering that takes too many steps, makes too much text or nests too deeply ends with a
 * {@link TemplateException}, and so does everything outside the supported part of Jinja (see the package).
 */
public final class Template {
    private final String name;
    private final List<Node> body;

    private Template(String name, List<Node> body) {
        this.name = name;
        this.body = body;
    }

    /**
     * Parses {@code source}.
     *
     * @param name what error messages call the template, e.g. its file
     */
    public static Template parse(String name, String source) {
        try {
            return new Template(name, Parser.parse(Lexer.scan(source)));
        } catch (Fault e) {
            throw new TemplateException(name, Math.max(1, e.line()), e.getMessage(), e);
        } catch (StackOverflowError e) {
            throw new TemplateException(name, 1, "nested too deeply.", null);
        }
    }

    /**
     * Renders with {@code variables}: null, booleans, numbers, strings, and lists and string-keyed maps of these.
     *
     * @param clock what {@code strftime_now} reads
     */
    public Rendered render(Map<String, ?> variables, Clock clock) {
        Budget budget = new Budget();
        Interpreter interpreter = new Interpreter(budget);
        Scope globals = new Scope(null);
        Globals.define(globals, clock, budget);
        variables.forEach((key, value) -> globals.set(key, convert(value, key, 0)));
        try {
            return interpreter.run(body, new Scope(globals));
        } catch (Fault e) {
            throw new TemplateException(name, e.line() > 0 ? e.line() : interpreter.evaluator().line(), e.getMessage(), e);
        } catch (StackOverflowError e) {
            throw new TemplateException(name, interpreter.evaluator().line(), "nested too deeply.", null);
        }
    }

    private static Object convert(Object v, String where, int depth) {
        if (depth > Budget.DEPTH) {
            throw new IllegalArgumentException("variable " + where + " is nested more than " + Budget.DEPTH + " deep");
        }
        if (v == null || v instanceof Boolean || v instanceof String || v instanceof Long || v instanceof Double) {
            return v;
        }
        if (v instanceof Integer || v instanceof Short || v instanceof Byte) {
            return ((Number) v).longValue();
        }
        if (v instanceof BigInteger i && i.bitLength() < 64) {
            return i.longValue();
        }
        if (v instanceof Float || v instanceof BigDecimal) {
            return ((Number) v).doubleValue();
        }
        if (v instanceof Collection<?> c) {
            List<Object> out = new ArrayList<>();
            for (Object o : c) {
                out.add(convert(o, where + "[" + out.size() + "]", depth + 1));
            }
            return out;
        }
        if (v instanceof Map<?, ?> m) {
            Map<Object, Object> out = new LinkedHashMap<>();
            m.forEach((key, value) -> {
                if (!(key instanceof String)) {
                    throw new IllegalArgumentException("variable " + where + " has a key that is not a string: " + key);
                }
                out.put(key, convert(value, where + "." + key, depth + 1));
            });
            return out;
        }
        throw new IllegalArgumentException("variable " + where + " must be null, a boolean, a number, a string, a list or a map, found " + v.getClass().getName());
    }
}
