package org.align4j.core.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Statements. */
final class Parser {
    private static final Set<String> RESERVED = Set.of("true", "false", "none", "True", "False", "None", "and", "or", "not", "in", "is", "if", "else");
    private final Cursor in;
    private final ExpressionParser expressions;
    /** Whether break and continue may stand here. */
    private boolean inLoop;

    private Parser(List<Token> tokens) {
        in = new Cursor(tokens);
        expressions = new ExpressionParser(in);
    }

    static List<Node> parse(List<Token> tokens) {
        Parser parser = new Parser(tokens);
        List<Node> body = parser.body();
        if (parser.in.current().kind() != Token.Kind.END) {
            parser.in.next();
            throw parser.in.fail("unexpected tag " + parser.in.current().describe() + "; no open tag expects it.");
        }
        return body;
    }

    /** Statements up to the end, or to a tag that only an enclosing statement can understand. */
    private List<Node> body() {
        in.enter();
        List<Node> out = new ArrayList<>();
        while (true) {
            Token t = in.current();
            switch (t.kind()) {
                case DATA -> out.add(new Node.Data((String) in.next().value()));
                case PRINT_BEGIN -> {
                    in.next();
                    out.add(new Node.Print(expressions.tuple(true), t.line()));
                    in.expect(Token.Kind.PRINT_END, "'}}'");
                }
                case BLOCK_BEGIN -> {
                    if (ends(in.look())) {
                        in.leave();
                        return out;
                    }
                    in.next();
                    out.add(statement());
                }
                default -> {
                    in.leave();
                    return out;
                }
            }
        }
    }

    private static boolean ends(Token t) {
        return t.kind() == Token.Kind.NAME && (((String) t.value()).startsWith("end") || t.name("else") || t.name("elif"));
    }

    private Node statement() {
        int line = in.line();
        String tag = in.expectName();
        return switch (tag) {
            case "if" -> ifNode(line);
            case "for" -> forNode(line);
            case "set" -> setNode(line);
            case "macro" -> macroNode(line);
            case "call" -> callNode(line);
            case "filter" -> filterNode(line);
            case "with" -> withNode(line);
            case "generation" -> {
                close();
                yield new Node.Generation(closed(false, "endgeneration", line), line);
            }
            case "break", "continue" -> {
                if (!inLoop) {
                    throw new Fault("'" + tag + "' stands outside a loop.", line);
                }
                close();
                yield tag.equals("break") ? new Node.Break() : new Node.Continue();
            }
            default -> throw new Fault("the tag '" + tag + "' is not supported; chat templates may use if, for, set, macro, call, filter, with,"
                    + " raw, break, continue and generation.", line);
        };
    }

    private void close() {
        in.expect(Token.Kind.BLOCK_END, "'%}'");
    }

    /** A body up to {@code {% end %}}. */
    private List<Node> closed(boolean loopInside, String end, int line) {
        boolean before = inLoop;
        inLoop = loopInside;
        List<Node> body = body();
        inLoop = before;
        finish(end, line);
        return body;
    }

    private void finish(String end, int line) {
        if (in.current().kind() == Token.Kind.END) {
            throw new Fault("the tag opened here is never closed with '{% " + end + " %}'.", line);
        }
        in.next();
        if (!in.skipName(end)) {
            throw in.fail("expected '" + end + "' for the tag opened on line " + line + ", found " + in.current().describe() + ".");
        }
        close();
    }

    private Node ifNode(int line) {
        Expr test = expressions.tuple(false);
        close();
        List<Node> then = body();
        if (in.current().kind() == Token.Kind.BLOCK_BEGIN) {
            int next = in.line();
            if (in.look().name("elif")) {
                in.next();
                in.next();
                // The nested if consumes the one endif.
                in.enter();
                Node nested = ifNode(next);
                in.leave();
                return new Node.If(test, then, List.of(nested), line);
            }
            if (in.look().name("else")) {
                in.next();
                in.next();
                close();
                List<Node> otherwise = body();
                finish("endif", line);
                return new Node.If(test, then, otherwise, line);
            }
        }
        finish("endif", line);
        return new Node.If(test, then, List.of(), line);
    }

    private Node forNode(int line) {
        Node.Target target = target(false);
        in.expectName("in");
        Expr items = expressions.tuple(false);
        Expr filter = in.skipName("if") ? expressions.expression() : null;
        if (in.current().name("recursive")) {
            throw in.fail("recursive loops are not supported; use a macro that calls itself.");
        }
        close();
        boolean before = inLoop;
        inLoop = true;
        List<Node> body = body();
        inLoop = before;
        List<Node> otherwise = List.of();
        if (in.current().kind() == Token.Kind.BLOCK_BEGIN && in.look().name("else")) {
            in.next();
            in.next();
            close();
            otherwise = body();
        }
        finish("endfor", line);
        return new Node.For(target, items, filter, body, otherwise, line);
    }

    private Node setNode(int line) {
        Node.Target target = target(true);
        if (in.skipOperator("=")) {
            Expr value = expressions.tuple(true);
            close();
            return new Node.Set(target, value, line);
        }
        Expr.Filter filter = (Expr.Filter) expressions.filterChain(null);
        close();
        return new Node.SetBlock(target, filter, closed(false, "endset", line), line);
    }

    private Node.Target target(boolean namespaces) {
        Node.Target first = singleTarget(namespaces);
        if (!in.current().operator(",")) {
            return first;
        }
        List<Node.Target> targets = new ArrayList<>(List.of(first));
        while (in.skipOperator(",")) {
            if (in.current().name("in") || in.current().operator("=") || in.current().operator(")")) {
                break;
            }
            targets.add(singleTarget(namespaces));
        }
        return new Node.Target.Tuple(targets);
    }

    private Node.Target singleTarget(boolean namespaces) {
        if (in.skipOperator("(")) {
            in.enter();
            Node.Target inner = target(namespaces);
            in.leave();
            in.expectOperator(")");
            return inner;
        }
        int line = in.line();
        String name = in.expectName();
        if (RESERVED.contains(name)) {
            throw new Fault("'" + name + "' cannot be assigned to.", line);
        }
        if (namespaces && in.skipOperator(".")) {
            return new Node.Target.NamespaceField(name, in.expectName());
        }
        return new Node.Target.Variable(name);
    }

    private Node macroNode(int line) {
        String name = in.expectName();
        Set<String> outer = new TreeSet<>(expressions.implicitNames);
        expressions.implicitNames.clear();
        List<String> parameters = new ArrayList<>();
        List<Expr> defaults = parameters(parameters);
        close();
        List<Node> body = closed(false, "endmacro", line);
        return new Node.Macro(name, signature(parameters, defaults, outer), body, line);
    }

    private Node callNode(int line) {
        Set<String> outer = new TreeSet<>(expressions.implicitNames);
        expressions.implicitNames.clear();
        List<String> parameters = new ArrayList<>();
        List<Expr> defaults = in.current().operator("(") ? parameters(parameters) : List.of();
        if (!(expressions.expression() instanceof Expr.Call call)) {
            throw new Fault("'call' must be followed by the call of a macro.", line);
        }
        close();
        List<Node> body = closed(false, "endcall", line);
        return new Node.CallBlock(signature(parameters, defaults, outer), call, body, line);
    }

    private Node.Signature signature(List<String> parameters, List<Expr> defaults, Set<String> outer) {
        Set<String> used = expressions.implicitNames;
        Node.Signature s = new Node.Signature(parameters, defaults, used.contains("caller"), used.contains("varargs"), used.contains("kwargs"));
        used.addAll(outer);
        return s;
    }

    private List<Expr> parameters(List<String> names) {
        List<Expr> defaults = new ArrayList<>();
        in.expectOperator("(");
        while (!in.current().operator(")")) {
            if (!names.isEmpty()) {
                in.expectOperator(",");
            }
            int line = in.line();
            String name = in.expectName();
            if (names.contains(name)) {
                throw new Fault("the parameter '" + name + "' is declared twice.", line);
            }
            names.add(name);
            if (in.skipOperator("=")) {
                defaults.add(expressions.expression());
            } else if (!defaults.isEmpty()) {
                throw in.fail("a parameter without default follows one with default.");
            }
        }
        in.expectOperator(")");
        return defaults;
    }

    private Node filterNode(int line) {
        Expr.Filter filter = (Expr.Filter) expressions.filterChain(expressions.namedFilter(null));
        close();
        return new Node.FilterBlock(filter, closed(false, "endfilter", line), line);
    }

    private Node withNode(int line) {
        List<Node.Target> targets = new ArrayList<>();
        List<Expr> values = new ArrayList<>();
        while (in.current().kind() != Token.Kind.BLOCK_END) {
            if (!targets.isEmpty()) {
                in.expectOperator(",");
            }
            targets.add(singleTarget(false));
            in.expectOperator("=");
            values.add(expressions.expression());
        }
        close();
        return new Node.With(targets, values, closed(inLoop, "endwith", line), line);
    }
}
