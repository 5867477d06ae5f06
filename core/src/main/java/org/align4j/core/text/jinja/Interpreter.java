package org.align4j.core.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs statements. */
final class Interpreter {
    private enum Flow { NEXT, BREAK, CONTINUE }

    private final Budget budget;
    private final Evaluator evaluator;
    private final List<Rendered.Span> spans = new ArrayList<>();
    private StringBuilder out = new StringBuilder();
    private int captures;

    Interpreter(Budget budget) {
        this.budget = budget;
        evaluator = new Evaluator(budget);
    }

    Evaluator evaluator() {
        return evaluator;
    }

    Rendered run(List<Node> body, Scope scope) {
        execute(body, scope);
        return new Rendered(out.toString(), spans);
    }

    /** Text that {@code body} prints. */
    String capture(List<Node> body, Scope scope) {
        StringBuilder before = out;
        out = new StringBuilder();
        captures++;
        try {
            execute(body, scope);
            return out.toString();
        } finally {
            captures--;
            out = before;
        }
    }

    private Flow execute(List<Node> body, Scope scope) {
        for (Node node : body) {
            Flow flow = execute(node, scope);
            if (flow != Flow.NEXT) {
                return flow;
            }
        }
        return Flow.NEXT;
    }

    private void print(String text) {
        budget.make(text.length());
        out.append(text);
    }

    private Flow execute(Node node, Scope scope) {
        budget.step();
        if (node instanceof Node.Data d) {
            print(d.text());
        } else if (node instanceof Node.Print p) {
            evaluator.at(p.line());
            print(Repr.str(evaluator.evaluate(p.expression(), scope), budget));
        } else if (node instanceof Node.If i) {
            evaluator.at(i.line());
            return execute(Python.truth(evaluator.evaluate(i.test(), scope)) ? i.then() : i.otherwise(), scope);
        } else if (node instanceof Node.For f) {
            evaluator.at(f.line());
            return loop(f, scope);
        } else if (node instanceof Node.Set s) {
            evaluator.at(s.line());
            assign(s.target(), evaluator.evaluate(s.value(), scope), scope);
        } else if (node instanceof Node.SetBlock s) {
            String text = capture(s.body(), new Scope(scope));
            evaluator.at(s.line());
            assign(s.target(), s.filter() == null ? text : evaluator.block(s.filter(), text, scope), scope);
        } else if (node instanceof Node.Macro m) {
            scope.set(m.name(), new Macro(m.name(), m.signature(), m.body(), scope, this));
        } else if (node instanceof Node.CallBlock c) {
            callBlock(c, scope);
        } else if (node instanceof Node.FilterBlock f) {
            Scope inner = new Scope(scope);
            print(Repr.str(evaluator.block(f.filter(), capture(f.body(), inner), inner), budget));
        } else if (node instanceof Node.With w) {
            Scope inner = new Scope(scope);
            for (int i = 0; i < w.targets().size(); i++) {
                evaluator.at(w.line());
                assign(w.targets().get(i), evaluator.evaluate(w.values().get(i), scope), inner);
            }
            return execute(w.body(), inner);
        } else if (node instanceof Node.Break) {
            return Flow.BREAK;
        } else if (node instanceof Node.Continue) {
            return Flow.CONTINUE;
        } else if (node instanceof Node.Generation g) {
            generation(g, scope);
        }
        return Flow.NEXT;
    }

    private void generation(Node.Generation g, Scope scope) {
        if (captures > 0) {
            evaluator.at(g.line());
            throw new Fault("'generation' inside a macro, call, filter or set block is not supported.");
        }
        int start = out.length();
        execute(g.body(), new Scope(scope));
        spans.add(new Rendered.Span(start, out.length()));
    }

    private void callBlock(Node.CallBlock c, Scope scope) {
        evaluator.at(c.line());
        Object function = evaluator.evaluate(c.call().function(), scope);
        Args args = evaluator.arguments(Evaluator.nameOf(function), c.call().arguments(), scope);
        args.keyword().put("caller", new Macro("caller", c.signature(), c.body(), scope, this));
        print(Repr.str(evaluator.call(function, args, c.line()), budget));
    }

    private Flow loop(Node.For f, Scope scope) {
        List<Object> items = Python.iterate(evaluator.evaluate(f.items(), scope), budget);
        if (f.filter() != null) {
            List<Object> kept = new ArrayList<>();
            for (Object item : items) {
                Scope test = new Scope(scope);
                assign(f.target(), item, test);
                if (Python.truth(evaluator.evaluate(f.filter(), test))) {
                    kept.add(item);
                }
            }
            items = kept;
        }
        if (items.isEmpty()) {
            return execute(f.otherwise(), new Scope(scope));
        }
        // Depth is 1 in every loop that is not recursive.
        LoopContext context = new LoopContext(items, 1, budget);
        for (int i = 0; i < items.size(); i++) {
            budget.step();
            context.at(i);
            Scope inner = new Scope(scope);
            inner.set("loop", context);
            assign(f.target(), items.get(i), inner);
            if (execute(f.body(), inner) == Flow.BREAK) {
                break;
            }
        }
        return Flow.NEXT;
    }

    private void assign(Node.Target target, Object value, Scope scope) {
        if (target instanceof Node.Target.Variable v) {
            scope.set(v.name(), value);
        } else if (target instanceof Node.Target.NamespaceField f) {
            if (!(scope.get(f.namespace()) instanceof Values.Namespace n)) {
                throw new Fault("'" + f.namespace() + "." + f.field() + "' can only be set when '" + f.namespace() + "' is a namespace.");
            }
            n.fields().put(f.field(), value);
        } else if (target instanceof Node.Target.Tuple t) {
            List<Object> parts = value instanceof Map<?, ?> || value instanceof String || value instanceof List || value instanceof Sequence
                    ? Python.iterate(value, budget) : null;
            if (parts == null || parts.size() != t.targets().size()) {
                throw new Fault(t.targets().size() + " values are expected here, found " + (parts == null ? Python.type(value) : String.valueOf(parts.size())) + ".");
            }
            for (int i = 0; i < parts.size(); i++) {
                assign(t.targets().get(i), parts.get(i), scope);
            }
        }
    }
}
