package org.align4j.recipes.study;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.recipes.recipe.BudgetUnit;
import org.align4j.rewardmodels.evaluate.Interval;

/**
 * What to do with a budget.
 *
 * @param interpolated whether the study has no such budget and neighbours were used
 * @param text         one paragraph
 */
record Advice(double budget, boolean interpolated, Choice choice, String text) {
    /** With fewer seeds, intervals are too wide to tell much. */
    private static final int FEW_SEEDS = 3;

    /** Of a choice among all arms at a budget of the grid, which may be an interpolated one. */
    static Advice of(StudySubject subject, Grid grid, Choice choice, boolean interpolated) {
        Arm arm = grid.arms().get(choice.arm());
        StringBuilder text = new StringBuilder("With a budget of ").append(budget(subject, choice.budget())).append(": ").append(spend(subject, choice.budget(), arm))
                .append(". Expected ").append(grid.figure()).append(' ').append(Words.value(grid, choice.expected().value()));
        int seeds = grid.found(0, choice.arm()).length;
        boolean known = !Double.isNaN(choice.certainty());
        text.append(seeds > 1 ? " (95 % interval of the mean over " + seeds + " seeds: " + Words.ends(grid, choice.expected()) + "; of one more run: " + Words.ends(grid, oneMore(choice.expected(), seeds)) + "). " : ", from one seed, which says nothing of chance. ");
        if (known) {
            text.append("That this is the best of the ").append(choice.arms().length).append(" ways tried has probability ").append(Words.chance(choice.certainty()))
                    .append(choice.alike().isEmpty() ? "" : " (how often draws of the means put it first; at most 95 % while another is not ruled out)").append(". ");
        }
        text.append(alike(grid, choice));
        if (known && seeds < FEW_SEEDS) {
            text.append(seeds == 1 ? " One seed says little" : " Two seeds say little").append(": add seeds before you rely on this.");
        }
        if (interpolated) {
            text.append(" The study has no such budget; this is read between its neighbours.");
        }
        return new Advice(choice.budget(), interpolated, choice, text.toString());
    }

    /** Where one more run may come out, s·t·√(1 + 1/n), from the mean's interval s·t/√n. */
    static Interval oneMore(Interval mean, int n) {
        double half = mean.half() * Math.sqrt(n + 1);
        return new Interval(mean.value(), mean.value() - half, mean.value() + half);
    }

    private static String alike(Grid grid, Choice choice) {
        List<Integer> alike = choice.alike();
        if (alike.isEmpty()) {
            return choice.arms().length == 1 ? "Nothing else has been tried yet." : "Every other way is worse beyond what seeds explain.";
        }
        if (alike.size() == choice.arms().length - 1) {
            return "The seeds do not tell any of the other " + alike.size() + " ways from it: take this as a guess.";
        }
        Map<String, List<String>> ratios = new LinkedHashMap<>();
        List<String> list = new ArrayList<>();
        for (int i : alike) {
            Arm arm = grid.arms().get(choice.arms()[i]);
            if (arm.alone()) {
                list.add(arm.words());
            } else {
                ratios.computeIfAbsent(arm.method(), k -> new ArrayList<>()).add(Arm.share(arm.ratio()));
            }
        }
        ratios.forEach((method, r) -> list.add(method + " with " + (r.size() == 1 ? r.get(0) : String.join(", ", r.subList(0, r.size() - 1)) + " or " + r.get(r.size() - 1)) + " demonstrations"));
        return "Not ruled out as the best, with all ways compared at once at 95 %: " + String.join("; ", list) + ".";
    }

    /** Such as {@code 1,000 examples}. */
    static String budget(StudySubject subject, double budget) {
        return Words.amount(budget) + switch (subject.unit()) {
            case EXAMPLES -> " examples";
            case TOKENS -> " tokens";
            case COST -> " (a demonstration costs " + Words.amount(subject.cost().sft()) + ", a preference " + Words.amount(subject.cost().preference()) + ")";
        };
    }

    private static String spend(StudySubject subject, double budget, Arm arm) {
        String demonstrations = bought(subject, arm.ratio() * budget, subject.cost().sft());
        String preferences = bought(subject, (1 - arm.ratio()) * budget, subject.cost().preference());
        if (arm.alone()) {
            return "spend all of it on demonstrations" + demonstrations;
        }
        return arm.ratio() == 0 ? "spend all of it on preferences" + preferences + " and train with " + arm.method()
                : "spend " + Arm.share(arm.ratio()) + " on demonstrations" + demonstrations + " and " + Arm.share(1 - arm.ratio()) + " on preferences" + preferences + ", and train with " + arm.method()
                        + " after supervised finetuning";
    }

    private static String bought(StudySubject subject, double money, double price) {
        double count = subject.unit() == BudgetUnit.COST ? Math.floor(money / price + 1e-9) : Math.floor(money + 1e-9);
        return " (" + Words.amount(count) + (subject.unit() == BudgetUnit.TOKENS ? " tokens)" : ")");
    }

    /** Budgets half-way between those of the study, on a logarithmic scale, at two digits. */
    static double[] between(List<Double> budgets) {
        double[] out = new double[Math.max(0, budgets.size() - 1)];
        for (int i = 0; i < out.length; i++) {
            double middle = Math.sqrt(budgets.get(i) * budgets.get(i + 1));
            double unit = Math.pow(10, Math.floor(Math.log10(middle)) - 1);
            double rounded = Math.rint(middle / unit) * unit;
            out[i] = rounded > budgets.get(i) && rounded < budgets.get(i + 1) ? rounded : middle;
        }
        return out;
    }
}
