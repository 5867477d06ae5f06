package org.align4j.rewardmodels.selection;

import java.util.List;
import java.util.Map;

/** Gives rows a number. The number of a row does not depend on which rows it is asked with, but for the rounding of a model's products. */
public interface RowScorer {
    /** One number for every row; NaN where there is none. */
    double[] score(List<Candidate> rows);

    /** What it is, in a few words. */
    String name();

    /** All that scores depend on: where it is the same, they may be reused. */
    Map<String, Object> identity();
}
