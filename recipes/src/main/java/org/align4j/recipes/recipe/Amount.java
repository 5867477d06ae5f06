package org.align4j.recipes.recipe;

import org.align4j.recipes.yaml.TextForm;

/**
 * How many of some rows.
 *
 * @param share part of them, 0 when a count is given
 * @param count number of them, 0 when a share is given
 */
@TextForm(json = "number", says = "a fraction below 1 such as 0.5, or a whole number of rows such as 200")
public record Amount(double share, int count) {
    public Amount {
        if (!(share > 0 && share < 1 && count == 0 || share == 0 && count > 0)) {
            throw new IllegalArgumentException("An amount is a fraction between 0 and 1 or a count of at least 1, found " + share + " and " + count);
        }
    }

    /** Reads {@code 0.5} as a fraction and {@code 200} as a count. */
    public static Amount parse(String text) {
        if (text.matches("\\d{1,9}") && Integer.parseInt(text) > 0) {
            return new Amount(0, Integer.parseInt(text));
        } else if (text.matches("0?\\.\\d{1,17}|\\d(\\.\\d{1,17})?e-\\d{1,2}")) {
            return new Amount(Double.parseDouble(text), 0);
        }
        throw new IllegalArgumentException("");
    }

    @Override
    public String toString() {
        return share > 0 ? Double.toString(share).replace("E", "e").replace(".0e", "e") : Integer.toString(count);
    }
}
