package org.align4j.recipes.yaml;

import java.util.List;
import java.util.Optional;

/** Where a {@link Checked} record puts what it finds. Paths are relative to the record, such as {@code warmup_steps} or {@code stages[1].dpo.beta}. */
public final class Findings {
    private final String base;
    private final YamlNode.Mapping node;
    private final List<Problem> problems;

    /**
     * @param base     path of the record in the document, empty for the document itself
     * @param node     the record as it was written
     * @param problems receives what is found
     */
    public Findings(String base, YamlNode.Mapping node, List<Problem> problems) {
        this.base = base;
        this.node = node;
        this.problems = problems;
    }

    /** Whether the setting was written down, rather than defaulted. */
    public boolean given(String path) {
        return walk(path).complete;
    }

    /** Whether nothing is wrong with the document so far. */
    public boolean clean() {
        return problems.isEmpty();
    }

    /** Reports a problem at the setting, or at the nearest enclosing one that was written down. */
    public void problem(String path, String message, String suggestion) {
        String full = base.isEmpty() ? path : path.isEmpty() ? base : base + "." + path;
        Problem found = new Problem(walk(path).at, full, message, suggestion);
        if (!problems.contains(found)) { // a repeated stage is looked at once for every round
            problems.add(found);
        }
    }

    private record Walk(Place at, boolean complete) {}

    private Walk walk(String path) {
        Place at = node.at();
        YamlNode here = node;
        for (String step : path.isEmpty() ? new String[0] : path.replace("[", ".[").split("\\.")) {
            if (step.startsWith("[") && here instanceof YamlNode.Sequence list) {
                int i = Integer.parseInt(step.substring(1, step.length() - 1));
                if (i >= list.items().size()) {
                    return new Walk(at, false);
                }
                here = list.items().get(i);
                at = here.at();
            } else {
                Optional<YamlNode.Entry> entry = here instanceof YamlNode.Mapping m ? m.entry(step) : Optional.empty();
                if (entry.isEmpty()) {
                    return new Walk(at, false);
                }
                at = entry.get().at();
                here = entry.get().value();
            }
        }
        return new Walk(at, true);
    }
}
