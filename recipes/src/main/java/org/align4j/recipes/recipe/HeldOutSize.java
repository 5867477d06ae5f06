package org.align4j.recipes.recipe;

import org.align4j.recipes.yaml.TextForm;

/**
 * How much of a data file is kept for evaluation.
 *
 * @param fraction part of the rows, 0 when a count is given
 * @param count    number of rows, 0 when a fraction is given
 */
@TextForm(json = "number", says = "a fraction below 1 such as 0.05, or a whole number of rows such as 200")
public record HeldOutSize(double fraction, int count) {
    public static final HeldOutSize NONE = new HeldOutSize(0, 0);

    public HeldOutSize {
        if (!(fraction >= 0 && fraction < 1) || count < 0 || (fraction > 0 && count > 0)) {
            throw new IllegalArgumentException("A held-out part is a fraction in [0, 1) or a count, found " + fraction + " and " + count);
        }
    }

    /** Reads {@code 0.05} as a fraction and {@code 200} as a count. */
    public static HeldOutSize parse(String text) {
        if (text.matches("\\d{1,9}")) {
            return new HeldOutSize(0, Integer.parseInt(text));
        } else if (text.matches("0?\\.\\d{1,17}|\\d(\\.\\d{1,17})?e-\\d{1,2}")) {
            return new HeldOutSize(Double.parseDouble(text), 0);
        }
        throw new IllegalArgumentException("");
    }

    public boolean isNone() {
        return fraction == 0 && count == 0;
    }

    @Override
    public String toString() {
        return fraction > 0 ? Double.toString(fraction).replace("E", "e").replace(".0e", "e") : Integer.toString(count);
    }
}
