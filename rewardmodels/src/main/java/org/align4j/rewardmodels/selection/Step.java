package org.align4j.rewardmodels.selection;

import java.util.List;

/** One step of a selection. What it says depends on the rows it is given, their order, and its own settings alone. */
public interface Step {
    /** What it is, for reports: {@code length}, {@code near_duplicates} … */
    String name();

    /**
     * One verdict for every row, in their order.
     *
     * @throws org.align4j.core.UserException when it cannot be applied to these rows: more clusters than rows, for instance
     */
    List<Verdict> judge(List<Candidate> rows);
}
