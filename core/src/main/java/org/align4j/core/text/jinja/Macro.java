package org.align4j.core.text.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A macro together with the scope it was defined in. */
record Macro(String name, Node.Signature signature, List<Node> body, Scope defined, Interpreter interpreter) implements Values.Callable {
    @Override
    public Object call(Args args) {
        Scope scope = new Scope(defined);
        List<String> parameters = signature.parameters();
        Map<String, Object> keyword = new LinkedHashMap<>(args.keyword());
        Object caller = keyword.remove("caller");
        if (caller != null && !signature.caller()) {
            throw new Fault("the macro '" + name + "' is called with a block, but never calls 'caller'.");
        }
        if (signature.caller()) {
            scope.set("caller", caller != null ? caller : new Undefined("no caller defined"));
        }
        int firstDefault = parameters.size() - signature.defaults().size();
        for (int i = 0; i < parameters.size(); i++) {
            String parameter = parameters.get(i);
            if (i < args.positional().size()) {
                if (keyword.containsKey(parameter)) {
                    throw new Fault("the macro '" + name + "' is given '" + parameter + "' twice.");
                }
                scope.set(parameter, args.positional().get(i));
            } else if (keyword.containsKey(parameter)) {
                scope.set(parameter, keyword.remove(parameter));
            } else {
                scope.set(parameter, i >= firstDefault ? interpreter.evaluator().evaluate(signature.defaults().get(i - firstDefault), scope)
                        : new Undefined("parameter '" + parameter + "' was not provided"));
            }
        }
        rest(args, keyword, scope);
        return interpreter.capture(body, scope);
    }

    private void rest(Args args, Map<String, Object> keyword, Scope scope) {
        int given = args.positional().size();
        int taken = Math.min(given, signature.parameters().size());
        if (signature.varargs()) {
            scope.set("varargs", new Sequence(Sequence.Kind.TUPLE, new ArrayList<>(args.positional().subList(taken, given))));
        } else if (given > taken) {
            throw new Fault("the macro '" + name + "' takes at most " + taken + " arguments, found " + given + ".");
        }
        if (signature.kwargs()) {
            scope.set("kwargs", keyword);
        } else if (!keyword.isEmpty()) {
            throw new Fault("the macro '" + name + "' has no parameter '" + keyword.keySet().iterator().next() + "'.");
        }
    }
}
