package org.align4j.core.text.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Recursive descent over Jinja's precedences, loosest first: inline if, or, and, not, comparison, + and -, ~, * / // %,
 * **, sign, postfix, filter and test. A sign binds tighter than a filter, {@code is} binds like a filter.
 */
final class ExpressionParser {
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
    private static final Set<String> IMPLICIT = Set.of("caller", "varargs", "kwargs");
    private final Cursor in;
    /** Which of a macro's implicit names were read since this was last cleared. */
    final Set<String> implicitNames = new TreeSet<>();

    ExpressionParser(Cursor in) {
        this.in = in;
    }

    Expr expression() {
        in.enter();
        Expr e = conditional();
        in.leave();
        return e;
    }

    /** An expression, or a tuple written without parentheses. */
    Expr tuple(boolean withConditional) {
        Expr first = withConditional ? expression() : or();
        if (!in.current().operator(",")) {
            return first;
        }
        List<Expr> items = new ArrayList<>(List.of(first));
        while (in.skipOperator(",")) {
            if (tupleEnds()) {
                break;
            }
            items.add(withConditional ? expression() : or());
        }
        return new Expr.TupleOf(items);
    }

    private boolean tupleEnds() {
        Token t = in.current();
        return t.kind() == Token.Kind.BLOCK_END || t.kind() == Token.Kind.PRINT_END || t.operator(")") || t.name("recursive");
    }

    private Expr conditional() {
        int line = in.line();
        Expr e = or();
        while (in.skipName("if")) {
            Expr test = or();
            Expr otherwise = in.skipName("else") ? expression() : null;
            e = new Expr.Conditional(test, e, otherwise, line);
            line = in.line();
        }
        return e;
    }

    Expr or() {
        Expr left = and();
        while (in.skipName("or")) {
            left = new Expr.Or(left, and());
        }
        return left;
    }

    private Expr and() {
        Expr left = not();
        while (in.skipName("and")) {
            left = new Expr.And(left, not());
        }
        return left;
    }

    private Expr not() {
        if (in.skipName("not")) {
            in.enter();
            Expr operand = not();
            in.leave();
            return new Expr.Not(operand);
        }
        return compare();
    }

    private Expr compare() {
        int line = in.line();
        Expr first = sum();
        List<String> operators = new ArrayList<>();
        List<Expr> operands = new ArrayList<>();
        while (true) {
            Token t = in.current();
            if (t.kind() == Token.Kind.OPERATOR && COMPARISONS.contains((String) t.value())) {
                operators.add((String) in.next().value());
            } else if (in.skipName("in")) {
                operators.add("in");
            } else if (t.name("not") && in.look().name("in")) {
                in.next();
                in.next();
                operators.add("not in");
            } else {
                break;
            }
            operands.add(sum());
        }
        return operators.isEmpty() ? first : new Expr.Compare(first, operators, operands, line);
    }

    private Expr sum() {
        Expr left = concat();
        while (in.current().operator("+") || in.current().operator("-")) {
            Token op = in.next();
            left = new Expr.Binary((String) op.value(), left, concat(), op.line());
        }
        return left;
    }

    private Expr concat() {
        int line = in.line();
        Expr first = product();
        if (!in.current().operator("~")) {
            return first;
        }
        List<Expr> parts = new ArrayList<>(List.of(first));
        while (in.skipOperator("~")) {
            parts.add(product());
        }
        return new Expr.Concat(parts, line);
    }

    private Expr product() {
        Expr left = power();
        while (in.current().operator("*") || in.current().operator("/") || in.current().operator("//") || in.current().operator("%")) {
            Token op = in.next();
            left = new Expr.Binary((String) op.value(), left, power(), op.line());
        }
        return left;
    }

    private Expr power() {
        Expr left = unary(true);
        while (in.current().operator("**")) {
            Token op = in.next();
            left = new Expr.Binary("**", left, unary(true), op.line());
        }
        return left;
    }

    private Expr unary(boolean withFilter) {
        in.enter();
        Token t = in.current();
        Expr e;
        if (t.operator("-") || t.operator("+")) {
            in.next();
            e = new Expr.Sign(t.operator("-"), unary(false), t.line());
        } else {
            e = primary();
        }
        e = postfix(e);
        if (withFilter) {
            e = filters(e);
        }
        in.leave();
        return e;
    }

    Expr primary() {
        Token t = in.next();
        switch (t.kind()) {
            case NAME:
                return name((String) t.value(), t.line());
            case STRING:
                StringBuilder text = new StringBuilder((String) t.value());
                while (in.current().kind() == Token.Kind.STRING) {
                    text.append((String) in.next().value());
                }
                return new Expr.Constant(text.toString());
            case INTEGER, FLOAT:
                return new Expr.Constant(t.value());
            default:
                if (t.operator("(")) {
                    return parenthesised();
                }
                if (t.operator("[")) {
                    return list();
                }
                if (t.operator("{")) {
                    return dict(t.line());
                }
                throw new Fault("expected an expression, found " + t.describe() + ".", t.line());
        }
    }

    private Expr name(String name, int line) {
        switch (name) {
            case "true", "True":
                return new Expr.Constant(Boolean.TRUE);
            case "false", "False":
                return new Expr.Constant(Boolean.FALSE);
            case "none", "None":
                return new Expr.Constant(null);
            default:
                if (IMPLICIT.contains(name)) {
                    implicitNames.add(name);
                }
                return new Expr.Name(name, line);
        }
    }

    private Expr parenthesised() {
        if (in.skipOperator(")")) {
            return new Expr.TupleOf(List.of());
        }
        Expr e = tuple(true);
        in.expectOperator(")");
        return e;
    }

    private Expr list() {
        List<Expr> items = new ArrayList<>();
        while (!in.current().operator("]")) {
            if (!items.isEmpty()) {
                in.expectOperator(",");
                if (in.current().operator("]")) {
                    break;
                }
            }
            items.add(expression());
        }
        in.expectOperator("]");
        return new Expr.ListOf(items);
    }

    private Expr dict(int line) {
        List<Expr> keys = new ArrayList<>();
        List<Expr> values = new ArrayList<>();
        while (!in.current().operator("}")) {
            if (!keys.isEmpty()) {
                in.expectOperator(",");
                if (in.current().operator("}")) {
                    break;
                }
            }
            keys.add(expression());
            in.expectOperator(":");
            values.add(expression());
        }
        in.expectOperator("}");
        return new Expr.DictOf(keys, values, line);
    }

    Expr postfix(Expr start) {
        Expr e = start;
        while (true) {
            Token t = in.current();
            if (t.operator(".")) {
                in.next();
                Token key = in.next();
                if (key.kind() == Token.Kind.NAME) {
                    e = new Expr.Attribute(e, (String) key.value(), t.line());
                } else if (key.kind() == Token.Kind.INTEGER) {
                    e = new Expr.Item(e, new Expr.Constant(key.value()), t.line());
                } else {
                    throw new Fault("expected a name or a number after '.', found " + key.describe() + ".", key.line());
                }
            } else if (t.operator("[")) {
                in.next();
                e = new Expr.Item(e, subscript(), t.line());
                in.expectOperator("]");
            } else if (t.operator("(")) {
                e = new Expr.Call(e, arguments(), t.line());
            } else {
                return e;
            }
        }
    }

    private Expr subscript() {
        Expr start = null;
        if (!in.current().operator(":")) {
            start = expression();
            if (in.current().operator(",")) {
                throw in.fail("an index of several parts is not supported.");
            }
            if (!in.current().operator(":")) {
                return start;
            }
        }
        in.expectOperator(":");
        Expr stop = in.current().operator("]") || in.current().operator(":") ? null : expression();
        Expr step = null;
        if (in.skipOperator(":") && !in.current().operator("]")) {
            step = expression();
        }
        return new Expr.Slice(start, stop, step);
    }

    private Expr filters(Expr start) {
        Expr e = start;
        while (true) {
            Token t = in.current();
            if (t.operator("|")) {
                e = filterChain(e);
            } else if (t.name("is")) {
                e = test(e);
            } else if (t.operator("(")) {
                e = new Expr.Call(e, arguments(), t.line());
            } else {
                return e;
            }
        }
    }

    /** {@code |name(arguments)|…} on {@code operand}; for a set block {@code operand} is null and there may be no filter. */
    Expr filterChain(Expr operand) {
        Expr e = operand;
        while (in.skipOperator("|")) {
            e = namedFilter(e);
        }
        return e;
    }

    Expr.Filter namedFilter(Expr operand) {
        int line = in.line();
        String name = in.expectName();
        Filters.require(name, line);
        return new Expr.Filter(operand, name, in.current().operator("(") ? arguments() : Expr.Arguments.NONE, line);
    }

    private Expr test(Expr operand) {
        int line = in.next().line();
        boolean negated = in.skipName("not");
        String name = in.expectName();
        Tests.require(name, line);
        Token t = in.current();
        Expr.Arguments arguments = Expr.Arguments.NONE;
        if (t.operator("(")) {
            arguments = arguments();
        } else if (startsArgument(t)) {
            if (t.name("is") || t.name("if") || t.name("in") || t.name("not")) {
                throw in.fail("'" + t.value() + "' after a test would be read as its argument; put the test in parentheses.");
            }
            arguments = new Expr.Arguments(List.of(postfix(primary())), Map.of());
        }
        Expr e = new Expr.Test(operand, name, arguments, line);
        return negated ? new Expr.Not(e) : e;
    }

    private static boolean startsArgument(Token t) {
        return switch (t.kind()) {
            case STRING, INTEGER, FLOAT -> true;
            case NAME -> !(t.name("else") || t.name("or") || t.name("and"));
            case OPERATOR -> t.operator("[") || t.operator("{");
            default -> false;
        };
    }

    Expr.Arguments arguments() {
        in.enter();
        in.expectOperator("(");
        List<Expr> positional = new ArrayList<>();
        Map<String, Expr> keyword = new LinkedHashMap<>();
        boolean first = true;
        while (!in.current().operator(")")) {
            if (!first) {
                in.expectOperator(",");
                if (in.current().operator(")")) {
                    break;
                }
            }
            first = false;
            if (in.current().operator("*") || in.current().operator("**")) {
                throw in.fail("'" + in.current().value() + "' in the arguments of a call is not supported.");
            }
            if (in.current().kind() == Token.Kind.NAME && in.look().operator("=")) {
                String name = in.expectName();
                in.next();
                if (keyword.put(name, expression()) != null) {
                    throw in.fail("the argument '" + name + "' is given twice.");
                }
            } else if (!keyword.isEmpty()) {
                throw in.fail("a positional argument follows a named one.");
            } else {
                positional.add(expression());
            }
        }
        in.expectOperator(")");
        in.leave();
        return new Expr.Arguments(positional, keyword);
    }
}
