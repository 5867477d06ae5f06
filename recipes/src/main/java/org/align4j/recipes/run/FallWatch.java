package org.align4j.recipes.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.train.FallingTogether;

/** Watches the metrics of a stage for chosen and rejected responses that become less likely together; speaks once. */
final class FallWatch {
    private final FallingTogether rule = new FallingTogether();
    /** The first reports and the last ones, which are all the rule looks at. */
    private final List<Map<String, Double>> reports = new ArrayList<>();
    private boolean found;

    /** Takes one line of metrics; the explanation the first time there is something to explain. */
    Optional<String> see(Map<String, Double> metrics) {
        if (found || !metrics.containsKey("logps/chosen_drift") || !metrics.containsKey("logps/rejected_drift")) {
            return Optional.empty();
        }
        reports.add(metrics);
        if (reports.size() > 2 * rule.window()) {
            reports.remove(rule.window());
        }
        Optional<String> explanation = rule.find(reports).map(FallingTogether.Finding::explanation);
        found = explanation.isPresent();
        return explanation;
    }
}
