package org.align4j.recipes.quickstart;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.recipes.quickstart.Attempts.Attempt;

/** Pairs of a model's own answers to one problem: a right one is preferred to a wrong one. */
final class PreferencePairs {
    private PreferencePairs() {}

    /** One pair for every problem that has both: the first right answer and the first wrong one. Answers that never ended are left out. */
    static List<Map<String, String>> of(List<Problem> problems, List<List<Attempt>> attempts) {
        List<Map<String, String>> rows = new ArrayList<>();
        for (int i = 0; i < problems.size(); i++) {
            Attempt right = attempts.get(i).stream().filter(Attempt::correct).findFirst().orElse(null);
            Attempt wrong = attempts.get(i).stream().filter(a -> !a.correct() && a.valid()).findFirst().orElse(null);
            if (right != null && wrong != null) {
                Map<String, String> row = new LinkedHashMap<>();
                row.put("prompt", problems.get(i).prompt());
                row.put("chosen", right.text());
                row.put("rejected", wrong.text());
                rows.add(row);
            }
        }
        return rows;
    }
}
