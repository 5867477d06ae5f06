package org.align4j.recipes.yaml;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.align4j.core.UserException;

/** A document that cannot be used; carries every problem found, in the order of the text, overrides last. */
public final class RecipeException extends UserException {
    private static final long serialVersionUID = 1L;
    private static final int SHOWN = 30;

    private final transient List<Problem> problems;

    /**
     * @param source   the file as the user named it
     * @param problems what was found, at least one
     */
    public RecipeException(String source, List<Problem> problems) {
        this(source, sorted(problems), null);
    }

    private RecipeException(String source, List<Problem> sorted, Throwable cause) {
        super(message(source, sorted), cause);
        this.problems = sorted;
    }

    public List<Problem> problems() {
        return problems;
    }

    private static List<Problem> sorted(List<Problem> problems) {
        if (problems.isEmpty()) {
            throw new IllegalArgumentException("A RecipeException needs at least one problem");
        }
        return problems.stream()
                .sorted(Comparator.comparing((Problem p) -> p.line() == 0).thenComparing(Problem::line).thenComparing(Problem::column))
                .distinct()
                .toList();
    }

    private static String message(String source, List<Problem> problems) {
        if (problems.size() == 1) {
            return problems.get(0).toString();
        }
        String lines = problems.stream().limit(SHOWN).map(p -> "\n  " + p).collect(Collectors.joining());
        String rest = problems.size() > SHOWN ? "\n  and " + (problems.size() - SHOWN) + " more" : "";
        return source + " has " + problems.size() + " problems:" + lines + rest;
    }
}
