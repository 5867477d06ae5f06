package org.align4j.recipes.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.recipes.report.internal.Numbers;
import org.align4j.rewardmodels.evaluate.Interval;

/** What a study comes to, in sentences; the same in the terminal, the report and {@code advice.md}. */
final class StudyWords {
    private static final int FEW_SEEDS = 5;

    private StudyWords() {}

    /** What is not there yet; empty where all is. */
    static String missing(Analysis a, int done) {
        if (a.missing().isEmpty()) {
            return "";
        }
        Map<Double, Integer> byBudget = new TreeMap<>();
        a.missing().forEach(k -> byBudget.merge(k.budget(), 1, Integer::sum));
        List<String> parts = new ArrayList<>();
        byBudget.forEach((b, n) -> parts.add(Numbers.of(n) + " at " + Numbers.of(b)));
        return "This is a part of the study: " + Numbers.of(done) + " of " + Numbers.of(done + a.missing().size()) + " cells are done. Missing by budget: " + String.join(", ", parts) + ".";
    }

    /** How far the numbers can be trusted. */
    static String caution(Analysis a) {
        int seeds = a.subject().seeds().size();
        if (seeds < 2) {
            return "There is one seed: no number here says how much is chance. Add seeds.";
        }
        return "Every cell was run with " + seeds + " seeds, each with its own rows and order; intervals are Student's t over them" + (seeds < FEW_SEEDS ? ", and wide because they are few" : "")
                + ". The best of several ways is chosen by the same numbers that say how good it is, so its expected value is a little too high.";
    }

    /** When a split begins to beat demonstrations alone. */
    static String crossing(Analysis a, String method) {
        Crossing c = a.crossings().get(method);
        if (Double.isNaN(c.at())) {
            return method + ": the cells that would say when a split beats demonstrations alone are missing.";
        }
        double first = a.subject().budgets().get(0);
        StringBuilder out = new StringBuilder(method).append(": ");
        if (Double.isInfinite(c.at())) {
            out.append("no split has a better mean than demonstrations alone at any budget");
        } else if (c.at() == first) {
            out.append("some split has a better mean than demonstrations alone from the smallest budget, ").append(Numbers.of(first)).append(", on");
        } else {
            out.append("some split has a better mean than demonstrations alone from a budget of about ").append(Numbers.of(Math.rint(c.at()))).append(" on");
        }
        if (!Double.isNaN(c.low())) {
            out.append(" (95 % of draws of seeds: ").append(end(c.low(), first)).append(" to ").append(end(c.high(), first)).append(')');
        }
        out.append(c.certain().isPresent() ? "; beyond chance from " + Numbers.of(c.certain().getAsDouble()) + " on." : "; at no budget beyond chance.");
        return out.toString();
    }

    private static String end(double budget, double first) {
        return Double.isInfinite(budget) ? "never in this range" : budget == first ? "the smallest" : Numbers.of(Math.rint(budget));
    }

    static String coldStart(Analysis a, String method) {
        Interval gap = Estimates.coldStart(a.grid(), a.subject(), method);
        String tenth = Arm.share(Estimates.tenth(a.subject()));
        if (Double.isNaN(Estimates.tenth(a.subject()))) {
            return method + ": no share of demonstrations from 5 % to 20 % was tried, so nothing is said of what no demonstrations cost.";
        }
        if (Double.isNaN(gap.value())) {
            return method + ": the cells that would say what no demonstrations cost are missing.";
        }
        return method + ": on average over budgets " + tenth + " demonstrations give " + Words.difference(a.grid(), gap) + " more than none"
                + (gap.low() > 0 ? "." : gap.high() < 0 ? ", that is: less." : "; it may be chance.");
    }

    static String law(Analysis a, String name) {
        PowerLaw law = a.laws().get(name);
        if (Double.isNaN(law.exponent().value())) {
            return name + ": there are too few budgets, or values that are not positive, for a power law.";
        }
        return name + ": " + a.grid().figure() + " = " + Numbers.fixed(law.k(), 4) + "·D^" + Numbers.fixed(law.exponent().value(), 3) + ", that is D^(1/b) with b = "
                + Numbers.fixed(law.b(), 1) + (Double.isNaN(law.exponent().low()) ? "" : " (95 % of the exponent: " + Numbers.fixed(law.exponent().low(), 3) + " to " + Numbers.fixed(law.exponent().high(), 3) + ")")
                + "; r² = " + Numbers.fixed(law.r2(), 3) + " over " + law.points() + " budgets. " + quality(a, law);
    }

    private static String quality(Analysis a, PowerLaw law) {
        double last = a.subject().budgets().get(a.subject().budgets().size() - 1);
        if (law.points() < 3) {
            return "Two points always lie on a line: this says nothing of whether it is a power law.";
        }
        if (!law.good()) {
            return "A power law describes this badly: do not extrapolate.";
        }
        return a.grid().percent() && law.at(10 * last) > 1 ? "It fits here, but passes 100 % before ten times the largest budget, so it cannot go on." : "It fits over these budgets.";
    }
}
