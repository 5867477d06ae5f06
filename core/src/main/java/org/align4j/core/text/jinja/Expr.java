package org.align4j.core.text.jinja;

import java.util.List;
import java.util.Map;

/** An expression; {@code line} is where its operator or name stands. */
sealed interface Expr {
    record Constant(Object value) implements Expr {}

    record Name(String name, int line) implements Expr {}

    record ListOf(List<Expr> items) implements Expr {}

    record TupleOf(List<Expr> items) implements Expr {}

    record DictOf(List<Expr> keys, List<Expr> values, int line) implements Expr {}

    /** {@code -x}, {@code +x}. */
    record Sign(boolean negative, Expr operand, int line) implements Expr {}

    record Binary(String operator, Expr left, Expr right, int line) implements Expr {}

    /** {@code a < b <= c}: every operand is evaluated once, and evaluation stops at the first comparison that fails. */
    record Compare(Expr first, List<String> operators, List<Expr> operands, int line) implements Expr {}

    record And(Expr left, Expr right) implements Expr {}

    record Or(Expr left, Expr right) implements Expr {}

    record Not(Expr operand) implements Expr {}

    /** {@code a ~ b ~ c}. */
    record Concat(List<Expr> parts, int line) implements Expr {}

    /** {@code then if test else otherwise}; {@code otherwise} may be null. */
    record Conditional(Expr test, Expr then, Expr otherwise, int line) implements Expr {}

    /** {@code object.name}. */
    record Attribute(Expr object, String name, int line) implements Expr {}

    /** {@code object[index]}. */
    record Item(Expr object, Expr index, int line) implements Expr {}

    /** {@code start:stop:step} inside brackets; parts may be null. */
    record Slice(Expr start, Expr stop, Expr step) implements Expr {}

    record Call(Expr function, Arguments arguments, int line) implements Expr {}

    /** {@code operand|name(arguments)}; {@code operand} is null for the text of a filter or set block. */
    record Filter(Expr operand, String name, Arguments arguments, int line) implements Expr {}

    record Test(Expr operand, String name, Arguments arguments, int line) implements Expr {}

    /** Arguments as written. */
    record Arguments(List<Expr> positional, Map<String, Expr> keyword) {
        static final Arguments NONE = new Arguments(List.of(), Map.of());
    }
}
