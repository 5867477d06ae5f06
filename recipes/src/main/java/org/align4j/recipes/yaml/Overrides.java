package org.align4j.recipes.yaml;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Settings given on the command line as {@code path=value}, put into the tree before it is decoded, so that whatever is wrong with them is found
 * by the same checks and reported at {@code --set path=value}.
 *
 * <p>A path is keys with dots between them; {@code [i]} picks the i-th item of a list from 0, and a name after a list picks the one item that
 * has that key: {@code stages[1].dpo.beta=0.2} and {@code stages.dpo.beta=0.2} mean the same where the second stage is the only dpo.
 * The value is YAML.
 */
public final class Overrides {
    private static final Pattern PATH = Pattern.compile("[A-Za-z_][\\w-]*(\\[\\d{1,6}])*(\\.[A-Za-z_][\\w-]*(\\[\\d{1,6}])*)*");
    private static final Pattern STEP = Pattern.compile("\\[(\\d+)]|[A-Za-z_][\\w-]*");

    private final Place at;
    private final List<String> steps;
    private final YamlNode value;

    private Overrides(Place at, List<String> steps, YamlNode value) {
        this.at = at;
        this.steps = steps;
        this.value = value;
    }

    /** The tree with the overrides in it, applied in order; what cannot be applied is reported and left out. */
    public static YamlNode apply(YamlNode root, List<String> overrides, List<Problem> problems) {
        YamlNode out = root;
        for (String override : overrides) {
            Place at = new Place("--set " + override, 0, 0);
            int eq = override.indexOf('=');
            String path = eq < 0 ? override : override.substring(0, eq).strip();
            if (eq < 0 || !PATH.matcher(path).matches()) {
                problems.add(new Problem(at, path, "must be path=value with keys joined by dots", "for example stages[0].sft.learning_rate=1e-4"));
                continue;
            }
            YamlNode value = value(at, override.substring(eq + 1), path, problems);
            if (value == null) {
                continue;
            }
            List<String> steps = new ArrayList<>();
            for (Matcher m = STEP.matcher(path); m.find(); ) {
                steps.add(m.group());
            }
            try {
                out = new Overrides(at, steps, value).set(out, 0);
            } catch (Unreachable e) {
                problems.add(new Problem(at, path, e.getMessage(), e.suggestion));
            }
        }
        return out;
    }

    private static YamlNode value(Place at, String text, String path, List<Problem> problems) {
        List<Problem> inner = new ArrayList<>();
        YamlNode parsed = text.isBlank() ? null : YamlReader.read(at.source(), text, inner);
        if (parsed == null && inner.isEmpty()) {
            problems.add(new Problem(at, path, "has no value after '='", "give one; null unsets an optional setting"));
        }
        inner.forEach(p -> problems.add(new Problem(at, path, p.message(), p.message().startsWith("not valid YAML") ? "quote the value" : p.suggestion())));
        return inner.isEmpty() && parsed != null ? moved(parsed, at) : null;
    }

    /** The same nodes, all placed at the override: lines and columns within an argument help nobody. */
    private static YamlNode moved(YamlNode node, Place at) {
        if (node instanceof YamlNode.Mapping m) {
            return new YamlNode.Mapping(m.entries().stream().map(e -> new YamlNode.Entry(e.key(), at, moved(e.value(), at))).toList(), at);
        } else if (node instanceof YamlNode.Sequence s) {
            return new YamlNode.Sequence(s.items().stream().map(i -> moved(i, at)).toList(), at);
        }
        YamlNode.Scalar scalar = (YamlNode.Scalar) node;
        return new YamlNode.Scalar(scalar.text(), scalar.plain(), at);
    }

    private YamlNode set(YamlNode node, int step) {
        if (step == steps.size()) {
            return value;
        }
        String name = steps.get(step);
        if (node instanceof YamlNode.Sequence list) {
            int i = name.startsWith("[") ? Integer.parseInt(name.substring(1, name.length() - 1)) : find(list, name);
            if (i >= list.items().size()) {
                throw new Unreachable("there is no item " + name + ", the list has " + list.items().size(), "the first is [0]");
            }
            List<YamlNode> items = new ArrayList<>(list.items());
            items.set(i, set(items.get(i), name.startsWith("[") ? step + 1 : step));
            return new YamlNode.Sequence(items, list.at());
        }
        if (name.startsWith("[")) {
            throw new Unreachable("'" + before(step) + "' is not a list", "remove " + name);
        }
        if (node instanceof YamlNode.Scalar s && !s.isMissing() && !s.isNull()) {
            throw new Unreachable("'" + before(step) + "' is " + s.describe() + " and has no key '" + name + "'", "");
        }
        return put(node instanceof YamlNode.Mapping m ? m : new YamlNode.Mapping(List.of(), at), name, step);
    }

    private YamlNode put(YamlNode.Mapping mapping, String name, int step) {
        List<YamlNode.Entry> entries = new ArrayList<>(mapping.entries());
        for (int i = 0; i < entries.size(); i++) {
            YamlNode.Entry e = entries.get(i);
            if (e.key().equals(name)) {
                boolean last = step + 1 == steps.size();
                entries.set(i, new YamlNode.Entry(name, last ? at : e.at(), set(e.value(), step + 1)));
                return new YamlNode.Mapping(entries, mapping.at());
            }
        }
        if (step + 1 < steps.size() && steps.get(step + 1).startsWith("[")) {
            throw new Unreachable("there is no list '" + name + "'", "give it in the recipe");
        }
        entries.add(new YamlNode.Entry(name, at, set(new YamlNode.Mapping(List.of(), at), step + 1)));
        return new YamlNode.Mapping(entries, mapping.at());
    }

    private int find(YamlNode.Sequence list, String name) {
        int found = -1;
        for (int i = 0; i < list.items().size(); i++) {
            if (list.items().get(i) instanceof YamlNode.Mapping m && m.entry(name).isPresent()) {
                if (found >= 0) {
                    throw new Unreachable("several items have the key '" + name + "'", "say which, such as [" + found + "]." + name + " or [" + i + "]." + name);
                }
                found = i;
            }
        }
        if (found < 0) {
            throw new Unreachable("no item of the list has the key '" + name + "'", "");
        }
        return found;
    }

    private String before(int step) {
        return step == 0 ? "the document" : String.join(".", steps.subList(0, step)).replace(".[", "[");
    }

    private static final class Unreachable extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final String suggestion;

        Unreachable(String message, String suggestion) {
            super(message, null, false, false);
            this.suggestion = suggestion;
        }
    }
}
