package org.align4j.recipes.study;

/**
 * What a budget bought.
 *
 * @param demonstrations bought
 * @param preferences    bought
 */
public record Spent(Kind demonstrations, Kind preferences) {

    /**
     * One kind of annotation.
     *
     * @param allowed what the split gives it, in the unit of the budget
     * @param cost    of the rows bought, in the same unit
     * @param rows    bought
     * @param tokens  of prompts and responses in them
     */
    public record Kind(double allowed, double cost, long rows, long tokens) {
        /** Nothing asked for, nothing bought. */
        public static final Kind NONE = new Kind(0, 0, 0, 0);

        /** What is left over. */
        public double left() {
            return allowed - cost;
        }
    }

    /** What was spent in all. */
    public double cost() {
        return demonstrations.cost() + preferences.cost();
    }

    /** What is left over of both. */
    public double left() {
        return demonstrations.left() + preferences.left();
    }
}
