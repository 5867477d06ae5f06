package org.align4j.recipes.eval;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.Group;
import org.align4j.core.data.TaskKind;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.evaluate.Calibration;

/**
 * A chosen response y_w and a rejected one y_l: margin = log π(y_w|x) − log π(y_l|x), its sign says which the model finds likelier; per token the same of means over
 * tokens; DPO's implicit reward margin = β (log π(y_w)/π_ref(y_w) − log π(y_l)/π_ref(y_l)). σ(margin) is the probability of the chosen one of the two, whose calibration
 * is measured.
 */
record PreferenceChoices(EvalSpec.Preferences spec) implements EvalWork {

    @Override
    public String look(Subject subject) {
        List<Group> groups = Losses.groups(Losses.read(spec.data(), TaskKind.PAIR, subject));
        return String.format(java.util.Locale.ROOT, "%,d pairs of %,d tokens", groups.size(), groups.stream().mapToLong(Group::tokensUnshared).sum());
    }

    @Override
    public List<Item> measure(Subject subject) {
        List<Losses.Read> rows = Losses.read(spec.data(), TaskKind.PAIR, subject);
        List<Group> groups = Losses.groups(rows);
        double[][] sums = Likelihoods.sums(subject, groups);
        List<Item> items = new ArrayList<>();
        for (int g = 0; g < groups.size(); g++) {
            Group group = groups.get(g);
            double chosen = group.responses().get(0).ids().length;
            double rejected = group.responses().get(1).ids().length;
            Map<String, Double> values = new LinkedHashMap<>();
            values.put("chosen_logp", sums[g][0]);
            values.put("rejected_logp", sums[g][1]);
            values.put("chosen_tokens", chosen);
            values.put("rejected_tokens", rejected);
            double margin = sums[g][0] - sums[g][1];
            double perToken = sums[g][0] / chosen - sums[g][1] / rejected;
            values.put("margin", margin);
            values.put("margin_per_token", perToken);
            values.put("accuracy", right(margin));
            values.put("accuracy_per_token", right(perToken));
            values.put("brier", Calibration.brier(margin));
            items.add(new Item(rows.get(g).id(), rows.get(g).key(), values, Map.of()));
        }
        return items;
    }

    private static double right(double margin) {
        return margin > 0 ? 1 : margin == 0 ? 0.5 : 0;
    }

    @Override
    public Map<String, List<Item>> complete(Map<String, List<Item>> measured, Completion completion) {
        String reference = spec.reference().orElse(completion.baseline());
        Map<String, Item> base = new HashMap<>();
        measured.getOrDefault(reference, List.of()).forEach(i -> base.put(i.id(), i));
        Map<String, List<Item>> out = new LinkedHashMap<>();
        // Against itself every margin would be 0.
        measured.forEach((model, items) -> out.put(model, model.equals(reference) || base.isEmpty() ? items
                : items.stream().map(i -> base.containsKey(i.id()) ? implicit(i, base.get(i.id())) : i).toList()));
        return out;
    }

    private Item implicit(Item item, Item reference) {
        Map<String, Double> values = new LinkedHashMap<>();
        double margin = spec.beta() * (item.value("margin") - reference.value("margin"));
        values.put("reward_margin", margin);
        values.put("reward_accuracy", right(margin));
        values.put("reward_brier", Calibration.brier(margin));
        return item.with(values);
    }

    @Override
    public List<Estimator> estimators(Bootstrap bootstrap) {
        List<Estimator> all = new ArrayList<>(List.of(Ratio.share("accuracy", "accuracy", true), Ratio.share("accuracy_per_token", "accuracy_per_token", true),
                Ratio.mean("margin", "margin", true), Ratio.mean("margin_per_token", "margin_per_token", true),
                Ratio.share("reward_accuracy", "reward_accuracy", true), Ratio.mean("reward_margin", "reward_margin", true)));
        calibration(all, "", bootstrap);
        calibration(all, "reward_", bootstrap);
        return all;
    }

    private static void calibration(List<Estimator> all, String prefix, Bootstrap bootstrap) {
        List<String> needs = List.of(prefix + "margin");
        all.add(new CalibrationError(prefix + "ece", needs, items -> Calibration.ece(margins(items, needs.get(0))), bootstrap));
        all.add(Ratio.mean(prefix + "brier", prefix + "brier", false));
        all.add(new Statistic(prefix + "auroc", needs, items -> Calibration.auroc(margins(items, needs.get(0))), false, true, bootstrap));
    }

    private static double[] margins(List<Item> items, String name) {
        return items.stream().mapToDouble(i -> i.value(name)).toArray();
    }
}
