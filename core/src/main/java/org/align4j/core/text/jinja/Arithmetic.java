package org.align4j.core.text.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Python's operators; integers that leave 64 bits are an error. */
final class Arithmetic {
    private Arithmetic() {}

    static Object apply(String operator, Object a, Object b, Budget budget) {
        if (operator.equals("%") && a instanceof String format) {
            return Formats.percent(format, b, budget);
        }
        if (Python.isNumber(a) && Python.isNumber(b)) {
            try {
                return Python.isInteger(a) && Python.isInteger(b) ? integers(operator, Python.asLong(a), Python.asLong(b))
                        : reals(operator, Python.asDouble(a), Python.asDouble(b));
            } catch (ArithmeticException e) {
                throw new Fault("the result of '" + operator + "' does not fit into 64 bits.");
            }
        }
        if (operator.equals("+")) {
            Object joined = join(a, b, budget);
            if (joined != null) {
                return joined;
            }
        }
        if (operator.equals("*")) {
            Object repeated = Python.isInteger(b) ? repeat(a, Python.asLong(b), budget) : Python.isInteger(a) ? repeat(b, Python.asLong(a), budget) : null;
            if (repeated != null) {
                return repeated;
            }
        }
        if (a instanceof Undefined u) {
            throw u.fault();
        }
        if (b instanceof Undefined u) {
            throw u.fault();
        }
        if (a instanceof Values.Markup || b instanceof Values.Markup) {
            throw Python.markup();
        }
        throw new Fault("'" + operator + "' does not work between " + Python.type(a) + " and " + Python.type(b) + ".");
    }

    private static Object join(Object a, Object b, Budget budget) {
        if (a instanceof String x && b instanceof String y) {
            budget.make((long) x.length() + y.length());
            return x.concat(y);
        }
        List<?> x = a instanceof List<?> l ? l : tuple(a);
        List<?> y = b instanceof List<?> l ? l : tuple(b);
        if (x == null || y == null || (a instanceof List) != (b instanceof List)) {
            return null;
        }
        budget.make((long) x.size() + y.size());
        List<Object> out = new ArrayList<>(x);
        out.addAll(y);
        return a instanceof List ? out : new Sequence(Sequence.Kind.TUPLE, out);
    }

    private static List<Object> tuple(Object v) {
        return v instanceof Sequence s && s.kind == Sequence.Kind.TUPLE ? s.items() : null;
    }

    private static Object repeat(Object v, long times, Budget budget) {
        long n = Math.max(0, Math.min(times, Budget.SIZE + 1));
        if (v instanceof String s) {
            budget.make(s.length() * n);
            return s.repeat(s.isEmpty() ? 0 : (int) n);
        }
        List<Object> items = v instanceof List<?> l ? Python.cast(l) : tuple(v);
        if (items == null) {
            return null;
        }
        budget.make(items.size() * n);
        List<Object> out = new ArrayList<>();
        if (!items.isEmpty()) {
            Collections.nCopies((int) n, items).forEach(out::addAll);
        }
        return v instanceof List ? out : new Sequence(Sequence.Kind.TUPLE, out);
    }

    private static Object integers(String operator, long a, long b) {
        switch (operator) {
            case "+":
                return Math.addExact(a, b);
            case "-":
                return Math.subtractExact(a, b);
            case "*":
                return Math.multiplyExact(a, b);
            case "**":
                return b < 0 ? (Object) reals("**", a, b) : (Object) power(a, b);
            default:
                if (b == 0) {
                    throw new Fault("division by zero.");
                }
                if (operator.equals("/")) {
                    if (Math.abs((double) a) > 1L << 53 || Math.abs((double) b) > 1L << 53) {
                        throw new Fault("'/' on integers beyond 2^53 is not supported.");
                    }
                    return (double) a / b;
                }
                if (operator.equals("//")) {
                    if (a == Long.MIN_VALUE && b == -1) {
                        throw new ArithmeticException();
                    }
                    return Math.floorDiv(a, b);
                }
                return Math.floorMod(a, b);
        }
    }

    private static long power(long base, long exponent) {
        long result = 1;
        if (base == 0 || base == 1) {
            return exponent == 0 ? 1 : base;
        }
        if (base == -1) {
            return exponent % 2 == 0 ? 1 : -1;
        }
        for (long i = 0; i < exponent; i++) {
            result = Math.multiplyExact(result, base);
        }
        return result;
    }

    private static double reals(String operator, double a, double b) {
        if (b == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
            throw new Fault("division by zero.");
        }
        double result = switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            case "%" -> modulo(a, b);
            case "//" -> floorDivide(a, b);
            default -> Math.pow(a, b);
        };
        if (operator.equals("**") && (Double.isNaN(result) || Double.isInfinite(result))) {
            throw new Fault("the result of '**' is not a finite real number.");
        }
        return result;
    }

    private static double modulo(double a, double b) {
        double m = a % b;
        if (m == 0) {
            return Math.copySign(0, b);
        }
        return (m < 0) != (b < 0) ? m + b : m;
    }

    private static double floorDivide(double a, double b) {
        double m = a % b;
        double q = (a - m) / b;
        if (m != 0 && (m < 0) != (b < 0)) {
            q -= 1;
        }
        if (q == 0) {
            return Math.copySign(0, a / b);
        }
        double floor = Math.floor(q);
        return q - floor > 0.5 ? floor + 1 : floor;
    }

    static Object sign(boolean negative, Object v) {
        if (v instanceof Double d) {
            return negative ? -d : d;
        }
        if (Python.isInteger(v)) {
            long l = Python.asLong(v);
            if (negative && l == Long.MIN_VALUE) {
                throw new Fault("the result of '-' does not fit into 64 bits.");
            }
            return negative ? -l : l;
        }
        if (v instanceof Undefined u) {
            throw u.fault();
        }
        throw new Fault("a sign before " + Python.type(v) + " makes no sense.");
    }
}
