package org.align4j.core.text.jinja;

import java.util.List;

/** A statement. */
sealed interface Node {
    record Data(String text) implements Node {}

    record Print(Expr expression, int line) implements Node {}

    record If(Expr test, List<Node> then, List<Node> otherwise, int line) implements Node {}

    record For(Target target, Expr items, Expr filter, List<Node> body, List<Node> otherwise, int line) implements Node {}

    record Set(Target target, Expr value, int line) implements Node {}

    /** {@code {% set x | filter %}…{% endset %}}; {@code filter} may be null. */
    record SetBlock(Target target, Expr.Filter filter, List<Node> body, int line) implements Node {}

    record Macro(String name, Signature signature, List<Node> body, int line) implements Node {}

    /** {@code {% call(x) macro(…) %}…{% endcall %}}. */
    record CallBlock(Signature signature, Expr.Call call, List<Node> body, int line) implements Node {}

    record FilterBlock(Expr.Filter filter, List<Node> body, int line) implements Node {}

    record With(List<Target> targets, List<Expr> values, List<Node> body, int line) implements Node {}

    record Break() implements Node {}

    record Continue() implements Node {}

    /** {@code {% generation %}…{% endgeneration %}}: text the assistant wrote. */
    record Generation(List<Node> body, int line) implements Node {}

    /** Parameters of a macro; the last {@code defaults.size()} have a default. */
    record Signature(List<String> parameters, List<Expr> defaults, boolean caller, boolean varargs, boolean kwargs) {}

    /** What may be assigned to. */
    sealed interface Target {
        record Variable(String name) implements Target {}

        record Tuple(List<Target> targets) implements Target {}

        record NamespaceField(String namespace, String field) implements Target {}
    }
}
