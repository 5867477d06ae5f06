package org.align4j.core.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Notices in logged metrics that chosen and rejected responses become less likely together, and says why and what to do.
 *
 * <p>With d_w and d_l the means of log π(y|x) − log π_ref(y|x) of chosen and rejected responses in nats ({@code logps/chosen_drift},
 * {@code logps/rejected_drift}) and the margin {@code rewards/margins}, each averaged over {@code window} reports: they fall together when the last
 * d_w and the last d_l are both below −{@code threshold} and the last margin is above the first. See Razin et al.,
 * <a href="https://arxiv.org/abs/2410.08847">Unintentional Unalignment: Likelihood Displacement in Direct Preference Optimization</a> (2024), and
 * Pal et al., <a href="https://arxiv.org/abs/2402.13228">Smaug: Fixing Failure Modes of Preference Optimisation with DPO-Positive</a> (2024).
 *
 * @param threshold fall per response in nats that counts, &gt; 0; 1 by default: the chosen response is less than e⁻¹ times as likely as it was
 * @param window    reports averaged at either end, at least 1; 3 by default
 */
public record FallingTogether(double threshold, int window) {
    private static final String EXPLANATION = "Chosen and rejected responses both became less likely than under the reference (chosen by %.2f nats, rejected by"
            + " %.2f nats a response) while the reward margin rose from %.3f to %.3f. A loss permits this that sees the difference of the two log-ratios"
            + " alone, as DPO's does, and where the two responses share most tokens, what pushes the rejected one down takes the chosen one along. A little is usual; judge by"
            + " generations and held-out accuracy. If they got worse, try, one at a time: an anchor on the chosen response (rpo, or another loss with a"
            + " likelihood term), dpop, a smaller learning rate, a larger beta, fewer epochs, finetuning on the chosen responses first, or pairs whose"
            + " responses differ more.";

    public FallingTogether {
        if (!(threshold > 0 && Double.isFinite(threshold))) {
            throw new IllegalArgumentException("The threshold must be positive and finite, found " + threshold);
        }
        if (window < 1) {
            throw new IllegalArgumentException("The window must be at least 1 report, found " + window);
        }
    }

    /** One nat, three reports. */
    public FallingTogether() {
        this(1, 3);
    }

    /**
     * What was found.
     *
     * @param chosenDrift   last mean of log π − log π_ref of chosen responses, nats
     * @param rejectedDrift the same of rejected responses
     * @param firstMargin   first mean reward margin
     * @param lastMargin    last mean reward margin
     */
    public record Finding(double chosenDrift, double rejectedDrift, double firstMargin, double lastMargin) {

        /** For a log or a report: what happened, why, and what to try. */
        public String explanation() {
            return String.format(Locale.ROOT, EXPLANATION, -chosenDrift, -rejectedDrift, firstMargin, lastMargin);
        }
    }

    /** As {@link #find(List, String)} for the metrics of training batches. */
    public Optional<Finding> find(List<Map<String, Double>> reports) {
        return find(reports, "");
    }

    /**
     * Decides.
     *
     * @param reports metrics in the order they were logged; reports without these metrics are passed over
     * @param prefix  {@code eval_} for held-out metrics, nothing for those of training batches
     * @return empty when they do not fall together, or there are not yet more reports than {@code window}
     */
    public Optional<Finding> find(List<Map<String, Double>> reports, String prefix) {
        List<double[]> lines = new ArrayList<>();
        for (Map<String, Double> m : reports) {
            Double chosen = m.get(prefix + "logps/chosen_drift");
            Double rejected = m.get(prefix + "logps/rejected_drift");
            Double margin = m.get(prefix + "rewards/margins");
            if (chosen != null && rejected != null && margin != null) {
                lines.add(new double[] {chosen, rejected, margin});
            }
        }
        if (lines.size() <= window) {
            return Optional.empty();
        }
        List<double[]> first = lines.subList(0, window);
        List<double[]> last = lines.subList(lines.size() - window, lines.size());
        Finding f = new Finding(mean(last, 0), mean(last, 1), mean(first, 2), mean(last, 2));
        boolean falls = f.chosenDrift < -threshold && f.rejectedDrift < -threshold && f.lastMargin > f.firstMargin;
        return falls ? Optional.of(f) : Optional.empty();
    }

    private static double mean(List<double[]> lines, int column) {
        return lines.stream().mapToDouble(l -> l[column]).average().orElseThrow();
    }
}
