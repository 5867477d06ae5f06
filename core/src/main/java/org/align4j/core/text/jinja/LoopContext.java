package org.align4j.core.text.jinja;

import java.util.List;

/** The {@code loop} variable. */
final class LoopContext {
    private final List<Object> items;
    private final int depth;
    private final Budget budget;
    private int index;
    private Object lastSeen = Args.MISSING;

    LoopContext(List<Object> items, int depth, Budget budget) {
        this.items = items;
        this.depth = depth;
        this.budget = budget;
    }

    void at(int i) {
        index = i;
    }

    int size() {
        return items.size();
    }

    Object attribute(String name) {
        int n = items.size();
        return switch (name) {
            case "index" -> (long) index + 1;
            case "index0" -> (long) index;
            case "revindex" -> (long) n - index;
            case "revindex0" -> (long) n - index - 1;
            case "first" -> index == 0;
            case "last" -> index == n - 1;
            case "length" -> (long) n;
            case "depth" -> (long) depth;
            case "depth0" -> (long) depth - 1;
            case "previtem" -> index == 0 ? new Undefined("there is no previous item") : items.get(index - 1);
            case "nextitem" -> index == n - 1 ? new Undefined("there is no next item") : items.get(index + 1);
            case "cycle" -> new Builtin("loop.cycle", this::cycle);
            case "changed" -> new Builtin("loop.changed", this::changed);
            default -> Access.missing(this, name);
        };
    }

    private Object cycle(Args args) {
        if (args.positional().isEmpty() || !args.keyword().isEmpty()) {
            throw new Fault("loop.cycle needs values to cycle through.");
        }
        return args.positional().get(index % args.positional().size());
    }

    private Object changed(Args args) {
        Sequence seen = new Sequence(Sequence.Kind.TUPLE, args.positional());
        if (lastSeen != Args.MISSING && Python.equal(lastSeen, seen, budget)) {
            return false;
        }
        lastSeen = seen;
        return true;
    }
}
