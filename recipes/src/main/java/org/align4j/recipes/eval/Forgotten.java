package org.align4j.recipes.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a model no longer has right: the share of the items both have that the baseline has right and the model has wrong; of values from 0 to 1, the mean of what is lost. */
final class Forgotten {
    private static final String NAME = "forgotten";

    private Forgotten() {}

    /** @param right name of the value that is 1 where an item is right */
    static Optional<Figure> of(String right, Estimator.Pairs pairs) {
        if (pairs.from().isEmpty()) {
            return Optional.empty();
        }
        List<Item> lost = new ArrayList<>();
        for (int i = 0; i < pairs.from().size(); i++) {
            lost.add(pairs.to().get(i).with(Map.of(NAME, Math.max(0, pairs.from().get(i).value(right) - pairs.to().get(i).value(right)))));
        }
        return Optional.of(Ratio.share(NAME, NAME, false).of(lost));
    }
}
