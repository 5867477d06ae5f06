package org.align4j.core.text.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Evaluates expressions, and remembers the line it works on for error messages. */
final class Evaluator {
    private final Budget budget;
    private int line = 1;
    private int calls;

    Evaluator(Budget budget) {
        this.budget = budget;
    }

    int line() {
        return line;
    }

    void at(int newLine) {
        line = newLine;
    }

    Object evaluate(Expr expression, Scope scope) {
        budget.step();
        if (expression instanceof Expr.Constant c) {
            return c.value();
        }
        if (expression instanceof Expr.Name n) {
            line = n.line();
            return scope.get(n.name());
        }
        if (expression instanceof Expr.Attribute a) {
            Object object = evaluate(a.object(), scope);
            line = a.line();
            return Access.attribute(object, a.name(), budget);
        }
        if (expression instanceof Expr.Item i) {
            return item(i, scope);
        }
        if (expression instanceof Expr.Binary b) {
            Object left = evaluate(b.left(), scope);
            Object right = evaluate(b.right(), scope);
            line = b.line();
            return Arithmetic.apply(b.operator(), left, right, budget);
        }
        if (expression instanceof Expr.Compare c) {
            return compare(c, scope);
        }
        if (expression instanceof Expr.And a) {
            Object left = evaluate(a.left(), scope);
            return Python.truth(left) ? evaluate(a.right(), scope) : left;
        }
        if (expression instanceof Expr.Or o) {
            Object left = evaluate(o.left(), scope);
            return Python.truth(left) ? left : evaluate(o.right(), scope);
        }
        if (expression instanceof Expr.Not n) {
            return !Python.truth(evaluate(n.operand(), scope));
        }
        if (expression instanceof Expr.Conditional c) {
            boolean test = Python.truth(evaluate(c.test(), scope));
            if (!test && c.otherwise() == null) {
                return new Undefined("the inline 'if' is false and has no 'else'");
            }
            return evaluate(test ? c.then() : c.otherwise(), scope);
        }
        if (expression instanceof Expr.Filter f) {
            return filter(f, evaluate(f.operand(), scope), scope);
        }
        if (expression instanceof Expr.Test t) {
            Object v = evaluate(t.operand(), scope);
            Args args = arguments("the test " + t.name(), t.arguments(), scope);
            line = t.line();
            return Tests.apply(t.name(), v, args, budget);
        }
        if (expression instanceof Expr.Call c) {
            Object function = evaluate(c.function(), scope);
            return call(function, arguments(nameOf(function), c.arguments(), scope), c.line());
        }
        return literal(expression, scope);
    }

    private Object literal(Expr expression, Scope scope) {
        if (expression instanceof Expr.ListOf l) {
            return all(l.items(), scope);
        }
        if (expression instanceof Expr.TupleOf t) {
            return new Sequence(Sequence.Kind.TUPLE, all(t.items(), scope));
        }
        if (expression instanceof Expr.DictOf d) {
            Map<Object, Object> out = new LinkedHashMap<>();
            for (int i = 0; i < d.keys().size(); i++) {
                Object key = evaluate(d.keys().get(i), scope);
                if (!Access.isKey(key)) {
                    line = d.line();
                    throw new Fault("a key of a dict must be a string or an integer, found " + Python.type(key) + ".");
                }
                out.put(Access.key(key), evaluate(d.values().get(i), scope));
            }
            budget.make(out.size());
            return out;
        }
        if (expression instanceof Expr.Sign s) {
            Object v = evaluate(s.operand(), scope);
            line = s.line();
            return Arithmetic.sign(s.negative(), v);
        }
        if (expression instanceof Expr.Concat c) {
            StringBuilder out = new StringBuilder();
            for (Object v : all(c.parts(), scope)) {
                line = c.line();
                if (v instanceof Values.Markup) {
                    throw Python.markup();
                }
                String text = Repr.str(v, budget);
                budget.make(text.length());
                out.append(text);
            }
            return out.toString();
        }
        throw new Fault("a slice may only stand in brackets.");
    }

    private List<Object> all(List<Expr> expressions, Scope scope) {
        List<Object> out = new ArrayList<>(expressions.size());
        for (Expr e : expressions) {
            out.add(evaluate(e, scope));
        }
        budget.make(out.size());
        return out;
    }

    private Object item(Expr.Item i, Scope scope) {
        Object object = evaluate(i.object(), scope);
        if (i.index() instanceof Expr.Slice s) {
            Object start = s.start() == null ? null : evaluate(s.start(), scope);
            Object stop = s.stop() == null ? null : evaluate(s.stop(), scope);
            Object step = s.step() == null ? null : evaluate(s.step(), scope);
            line = i.line();
            return Access.slice(object, start, stop, step, budget);
        }
        Object index = evaluate(i.index(), scope);
        line = i.line();
        return Access.item(object, index, budget);
    }

    private boolean compare(Expr.Compare c, Scope scope) {
        Object left = evaluate(c.first(), scope);
        for (int i = 0; i < c.operators().size(); i++) {
            Object right = evaluate(c.operands().get(i), scope);
            line = c.line();
            boolean holds = switch (c.operators().get(i)) {
                case "==" -> Python.equal(left, right, budget);
                case "!=" -> !Python.equal(left, right, budget);
                case "in" -> Python.contains(right, left, budget);
                case "not in" -> !Python.contains(right, left, budget);
                default -> Python.ordered(c.operators().get(i), left, right, budget);
            };
            if (!holds) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private Object filter(Expr.Filter f, Object input, Scope scope) {
        Args args = arguments("the filter " + f.name(), f.arguments(), scope);
        line = f.line();
        return Filters.apply(f.name(), input, args, budget);
    }

    /** The chain of filters of a set or filter block, applied to its text. */
    Object block(Expr.Filter f, String text, Scope scope) {
        Object v = f.operand() instanceof Expr.Filter inner ? block(inner, text, scope) : text;
        return filter(f, v, scope);
    }

    Args arguments(String of, Expr.Arguments written, Scope scope) {
        Map<String, Object> keyword = new LinkedHashMap<>();
        List<Object> positional = written.positional().isEmpty() ? List.of() : all(written.positional(), scope);
        for (Map.Entry<String, Expr> e : written.keyword().entrySet()) {
            keyword.put(e.getKey(), evaluate(e.getValue(), scope));
        }
        return new Args(of, positional, keyword);
    }

    static String nameOf(Object function) {
        return function instanceof Values.Callable c ? c.name() : function instanceof Values.Method m ? m.name() : "a call";
    }

    Object call(Object function, Args args, int callLine) {
        line = callLine;
        Budget.depth(++calls);
        try {
            if (function instanceof Values.Callable c) {
                return c.call(args);
            }
            if (function instanceof Values.Method m) {
                return Methods.call(m, args, budget);
            }
            if (function instanceof Undefined u) {
                throw u.fault();
            }
            throw new Fault(Python.type(function) + " cannot be called.");
        } finally {
            calls--;
        }
    }
}
