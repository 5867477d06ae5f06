package org.align4j.rewardmodels.selection;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a list of steps made of rows: each step sees what the one before it left.
 *
 * @param kept    the rows that stayed, in their order
 * @param dropped the others, step after step
 * @param steps   how many each step read and kept
 */
public record Selection(List<Kept> kept, List<Dropped> dropped, List<Count> steps) {
    public Selection {
        kept = List.copyOf(kept);
        dropped = List.copyOf(dropped);
        steps = List.copyOf(steps);
    }

    /**
     * A row that stayed.
     *
     * @param index  its place among the rows that were read, from 0
     * @param scores what the steps judged it by, where they did by a number
     * @param notes  what the steps said of it beside, where they said something
     */
    public record Kept(int index, Candidate row, Map<String, Double> scores, Map<String, String> notes) {}

    /**
     * A row that fell away.
     *
     * @param index  its place among the rows that were read, from 0
     * @param step   which step dropped it, such as {@code 2-quality}
     * @param score  what it was judged by; NaN where there is none
     * @param reason why
     */
    public record Dropped(int index, Candidate row, String step, double score, String reason) {}

    /** Rows a step read and kept; the rest it dropped. */
    public record Count(String step, int read, int kept) {
        public int dropped() {
            return read - kept;
        }
    }

    /** Applies steps in order; it may be that no row is left. */
    public static Selection of(List<Candidate> rows, List<Step> steps) {
        List<Kept> left = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            left.add(new Kept(i, rows.get(i), new LinkedHashMap<>(), new LinkedHashMap<>()));
        }
        List<Dropped> dropped = new ArrayList<>();
        List<Count> counts = new ArrayList<>();
        for (int s = 0; s < steps.size(); s++) {
            Step step = steps.get(s);
            String name = (s + 1) + "-" + step.name();
            List<Verdict> verdicts = left.isEmpty() ? List.of() : step.judge(left.stream().map(Kept::row).toList());
            if (verdicts.size() != left.size()) {
                throw new IllegalStateException(name + " gave " + verdicts.size() + " verdicts on " + left.size() + " rows");
            }
            List<Kept> next = new ArrayList<>();
            for (int i = 0; i < left.size(); i++) {
                Verdict v = verdicts.get(i);
                Kept k = left.get(i);
                if (!v.kept()) {
                    dropped.add(new Dropped(k.index(), k.row(), name, v.score(), v.reason()));
                    continue;
                }
                if (!Double.isNaN(v.score())) {
                    k.scores().put(name, v.score());
                }
                if (!v.reason().isEmpty()) {
                    k.notes().put(name, v.reason());
                }
                next.add(k);
            }
            counts.add(new Count(name, left.size(), next.size()));
            left = next;
        }
        return new Selection(left, dropped, counts);
    }
}
