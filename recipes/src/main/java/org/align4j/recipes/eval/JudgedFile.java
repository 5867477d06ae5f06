package org.align4j.recipes.eval;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.winrate.Judgement;
import org.align4j.rewardmodels.winrate.Judgements;

/** Win rates of the models in a file of judgements, each against the baseline its rows name. */
final class JudgedFile implements EvalWork {
    private final EvalSpec.Judgements spec;
    private List<Judgement> judgements = List.of();

    JudgedFile(EvalSpec.Judgements spec) {
        this.spec = spec;
    }

    @Override
    public String look(Subject subject) {
        return String.format(java.util.Locale.ROOT, "%,d judgements", Judgements.read(spec.path()).list().size());
    }

    @Override
    public List<Item> measure(Subject subject) {
        throw new IllegalStateException("A file of judgements needs no model");
    }

    @Override
    public Map<String, List<Item>> complete(Map<String, List<Item>> measured, Completion completion) {
        Judgements read = Judgements.read(spec.path());
        if (read.without() > 0) {
            completion.listener().message("Left out " + read.without() + " rows of " + spec.path().getFileName() + " without a preference");
        }
        judgements = spec.average() ? Judgements.averaged(read.list()) : read.list();
        boolean several = judgements.stream().map(Judgement::baseline).distinct().count() > 1;
        Map<String, List<Item>> out = new LinkedHashMap<>();
        Map<String, Losses.Ids> ids = new LinkedHashMap<>();
        for (Judgement j : judgements) {
            String name = several ? j.model() + " against " + j.baseline() : j.model();
            out.computeIfAbsent(name, n -> new ArrayList<>()).add(item(j, ids.computeIfAbsent(name, n -> new Losses.Ids()).of(j.instruction())));
        }
        return out;
    }

    private static Item item(Judgement j, String id) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("win", j.preference());
        values.put("tie", j.preference() == 0.5 ? 1.0 : 0);
        j.lengths().ifPresent(l -> {
            values.put("characters", (double) l.model());
            values.put("baseline_characters", (double) l.baseline());
        });
        return new Item(id, j.instruction(), values, Map.of());
    }

    /** The suite's baseline, else the first model; nothing where models were compared with different ones. */
    @Override
    public Optional<String> from(Map<String, List<Item>> completed, String baseline) {
        if (completed.containsKey(baseline)) {
            return Optional.of(baseline);
        }
        boolean one = judgements.stream().map(Judgement::baseline).distinct().count() == 1;
        return one && completed.size() > 1 ? completed.keySet().stream().findFirst() : Optional.empty();
    }

    @Override
    public List<Estimator> estimators(Bootstrap bootstrap) {
        return WinRates.estimators(spec.lengths(), judgements, bootstrap);
    }

    @Override
    public Optional<Ranking> ranking(Map<String, List<Item>> completed, Bootstrap bootstrap) {
        return Rankings.of(judgements, bootstrap);
    }
}
