package org.align4j.core.text.jinja;

import java.util.function.Function;

/** A function of ours. */
record Builtin(String name, Function<Args, Object> body) implements Values.Callable {
    @Override
    public Object call(Args args) {
        return body.apply(args);
    }
}
