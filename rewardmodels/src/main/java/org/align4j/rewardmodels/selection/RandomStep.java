package org.align4j.rewardmodels.selection;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.align4j.core.UserException;
import org.align4j.core.data.PromptKey;
import org.align4j.core.data.Subset;

/**
 * Keeps a random part, the same for the same seed; a larger part holds the smaller ({@link Subset}). What other choices are to be compared with.
 *
 * @param count how many rows, or 0 where a share is given
 * @param share part of the rows, rounded to the nearest number, or 0 where a count is given
 */
public record RandomStep(int count, double share, long seed) implements Step {
    public RandomStep {
        if (!(count > 0 && share == 0 || count == 0 && share > 0 && share <= 1)) {
            throw new IllegalArgumentException("A random part is a count of at least 1 or a share in (0, 1], found " + count + " and " + share);
        }
    }

    @Override
    public String name() {
        return "random";
    }

    @Override
    public List<Verdict> judge(List<Candidate> rows) {
        int n = count > 0 ? count : (int) Math.round(share * rows.size());
        if (n > rows.size()) {
            throw new UserException(n + " random rows were asked for, and there are only " + rows.size() + ". Lower the number, or give more rows.");
        }
        Set<Candidate> taken = Collections.newSetFromMap(new IdentityHashMap<>());
        taken.addAll(Subset.take(rows, row -> PromptKey.of(row.group()), n, seed));
        return rows.stream().map(row -> taken.contains(row) ? Verdict.keep(Double.NaN) : Verdict.drop(Double.NaN, "not among " + n + " drawn")).toList();
    }
}
