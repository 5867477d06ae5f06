package org.align4j.rewardmodels.evaluate;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How well a reward orders answers that annotators have ordered.
 *
 * @param accuracy    share of pairs in which the better answer has the higher score, ties ½
 * @param subsets     the same by subset, in alphabetical order but for numbers at the beginning, which go by size; empty where the data have none
 * @param macro       mean of the accuracies of subsets, each counting once; NaN without subsets
 * @param tiedPairs   pairs with equal scores
 * @param margin      mean of r_w − r_l
 * @param topOfList   share of lists of three or more answers in which the highest score is on an answer with the best label; a tie for the highest counts in part
 * @param calibration of σ(r_w − r_l)
 * @param length      what length has to do with it
 * @param strengths   accuracy by strength of preference; empty where the data do not say
 * @param agreement   with several annotators; empty where the data have no votes
 */
public record PreferenceEvaluation(Rate accuracy, Map<String, Rate> subsets, double macro, long tiedPairs, double margin, Rate topOfList, Calibration calibration,
        LengthBias length, List<Strengths.Bucket> strengths, Optional<Agreement> agreement) {
    private static final Comparator<String> NATURAL = Comparator.comparingDouble(PreferenceEvaluation::leading).thenComparing(Comparator.naturalOrder());

    public PreferenceEvaluation {
        subsets = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(subsets));
        strengths = List.copyOf(strengths);
    }

    /** Evaluates scores; there must be at least one pair. */
    public static PreferenceEvaluation of(List<ScoredItem> items) {
        Rate.Count all = new Rate.Count();
        Rate.Count tops = new Rate.Count();
        Map<String, Rate.Count> subsets = new TreeMap<>(NATURAL);
        long ties = 0;
        for (ScoredItem item : items) {
            for (ScoredItem.Pair p : item.pairs()) {
                all.add(item.hit(p));
                subsets.computeIfAbsent(item.subset(), s -> new Rate.Count()).add(item.hit(p));
                ties += item.margin(p) == 0 ? 1 : 0;
            }
            if (item.scores().length > 2) {
                tops.add(top(item));
            }
        }
        double[] margins = items.stream().flatMapToDouble(i -> i.pairs().stream().mapToDouble(i::margin)).toArray();
        if (margins.length == 0) {
            throw new IllegalArgumentException("an evaluation needs at least one pair, found none");
        }
        Map<String, Rate> rates = new LinkedHashMap<>();
        subsets.forEach((name, count) -> rates.put(name, count.rate()));
        boolean parts = rates.size() > 1 || !rates.containsKey("");
        boolean votes = items.stream().anyMatch(i -> !i.votes().isEmpty());
        return new PreferenceEvaluation(all.rate(), parts ? rates : Map.of(), parts ? rates.values().stream().mapToDouble(Rate::value).average().getAsDouble() : Double.NaN,
                ties, java.util.Arrays.stream(margins).average().getAsDouble(), tops.rate(), Calibration.of(margins), LengthBias.of(items), Strengths.of(items),
                votes ? Optional.of(Agreement.of(items)) : Optional.empty());
    }

    /** The number a name begins with; names without one come after. */
    private static double leading(String name) {
        int n = 0;
        while (n < Math.min(15, name.length()) && name.charAt(n) >= '0' && name.charAt(n) <= '9') {
            n++;
        }
        return n == 0 ? Double.POSITIVE_INFINITY : Double.parseDouble(name.substring(0, n));
    }

    private static double top(ScoredItem item) {
        double highest = java.util.Arrays.stream(item.scores()).max().getAsDouble();
        double best = java.util.Arrays.stream(item.labels()).max().getAsDouble();
        int tied = 0;
        int right = 0;
        for (int i = 0; i < item.scores().length; i++) {
            if (item.scores()[i] == highest) {
                tied++;
                right += item.labels()[i] == best ? 1 : 0;
            }
        }
        return (double) right / tied;
    }
}
