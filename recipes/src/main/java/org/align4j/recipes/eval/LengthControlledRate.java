package org.align4j.recipes.eval;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.evaluate.Interval;
import org.align4j.rewardmodels.winrate.GamedRow;
import org.align4j.rewardmodels.winrate.InstructionDifficulty;
import org.align4j.rewardmodels.winrate.Judgement;
import org.align4j.rewardmodels.winrate.Judgements;
import org.align4j.rewardmodels.winrate.LengthControl;
import org.align4j.rewardmodels.winrate.LengthControlled;

/**
 * The win rate were answers equally long: {@link LengthControl} on items with {@code win}, {@code characters} and {@code baseline_characters}. With difficulties and gamed rows of
 * files the fit has AlpacaEval 2's terms and is {@code lc_win_rate}; any other is {@code lc_win_rate_reduced} and no number to compare with the leaderboard. Without a file the difficulties are fitted
 * from all models that are judged, where there are several against one baseline.
 */
final class LengthControlledRate implements Estimator {
    /** Of the fit with all terms. */
    static final String FULL = "lc_win_rate";
    /** Of a fit that lacks terms or has fitted ones. */
    static final String REDUCED = "lc_win_rate_reduced";
    /** The fit takes as many folds. */
    private static final int LEAST = 5;
    private static final double RIDGE = 1;

    private final LengthControl control;
    private final String difficulty;
    private final boolean full;
    private final Map<List<Item>, LengthControlled> fits = new IdentityHashMap<>();

    /** @param judged all judgements, of all models */
    LengthControlledRate(EvalSpec.Lengths lengths, List<Judgement> judged, Bootstrap bootstrap) {
        List<Judgement> known = several(judged);
        Optional<InstructionDifficulty> read = lengths.instructionDifficulty().map(InstructionDifficulty::read);
        Optional<InstructionDifficulty> of = read.isPresent() || known.isEmpty() ? read : Optional.of(InstructionDifficulty.fit(known, RIDGE));
        List<GamedRow> gamed = lengths.gamedRows().map(GamedRow::read).orElse(List.of());
        control = new LengthControl(of, gamed, LengthControl.GAMED_WEIGHT, bootstrap);
        difficulty = read.isPresent() ? "from a file" : of.isPresent() ? "fitted from the " + new Judgements(known, 0).byModel().size() + " models judged" : "left out";
        full = read.isPresent() && !gamed.isEmpty();
    }

    /** The judgements that difficulties may be fitted from; none where fewer than two models were judged against one baseline. */
    private static List<Judgement> several(List<Judgement> judged) {
        List<Judgement> known = new ArrayList<>();
        new Judgements(judged.stream().filter(j -> !j.model().equals(j.baseline())).toList(), 0).byModel().values().forEach(own -> {
            if (own.stream().allMatch(j -> j.lengths().isPresent()) && own.stream().mapToInt(j -> j.lengths().orElseThrow().difference()).distinct().count() > 1) {
                known.addAll(own);
            }
        });
        boolean one = known.stream().map(Judgement::baseline).distinct().count() == 1;
        return one && known.stream().map(Judgement::model).distinct().count() > 1 ? known : List.of();
    }

    @Override
    public String name() {
        return full ? FULL : REDUCED;
    }

    @Override
    public boolean applies(List<Item> items) {
        return missing(items).isEmpty() && items.stream().allMatch(i -> i.has("win"));
    }

    /** Why there is no fit. */
    private static Optional<String> missing(List<Item> items) {
        if (items.size() < LEAST) {
            return Optional.of(LEAST + " judgements are needed, found " + items.size());
        } else if (!items.stream().allMatch(i -> i.has("characters") && i.has("baseline_characters"))) {
            return Optional.of("the lengths of both answers are needed, and some judgements have none");
        } else if (items.stream().mapToDouble(i -> i.value("baseline_characters") - i.value("characters")).distinct().count() < 2) {
            return Optional.of("the difference in length must vary, and it is the same for all");
        }
        return Optional.empty();
    }

    private static List<Judgement> judgements(List<Item> items) {
        return items.stream().map(i -> Judgement.of(instruction(i), "model", "baseline", i.value("win"), (int) i.value("characters"), (int) i.value("baseline_characters"))).toList();
    }

    /** What difficulties go by: the prompt where the item has it, else what the judgements' file has. */
    static String instruction(Item i) {
        String prompt = i.texts().getOrDefault("prompt", "");
        return prompt.isEmpty() ? i.group() : prompt;
    }

    private LengthControlled fit(List<Item> items) {
        return fits.computeIfAbsent(items, own -> control.fit(judgements(own)));
    }

    @Override
    public Figure of(List<Item> items) {
        LengthControlled c = fit(items);
        boolean spread = c.interval().low() < c.interval().high();
        return new Figure(name(), c.value() / 100, spread ? c.interval().low() / 100 : Double.NaN, spread ? c.interval().high() / 100 : Double.NaN, c.standardError() / 100, items.size(),
                true, true);
    }

    @Override
    public Change change(List<Item> from, List<Item> to) {
        Bootstrap.Distribution d = control.change(judgements(from), judgements(to));
        Interval i = d.interval();
        boolean spread = i.low() < i.high();
        return new Change(name(), i.value() / 100, spread ? i.low() / 100 : Double.NaN, spread ? i.high() / 100 : Double.NaN, d.standardError() / 100, spread ? d.pValue() : Double.NaN,
                to.size(), 1);
    }

    @Override
    public List<String> remarks(List<Item> items) {
        if (!items.stream().allMatch(i -> i.has("win"))) {
            return List.of();
        }
        Optional<String> missing = missing(items);
        if (missing.isPresent()) {
            return List.of("no length-controlled win rate: " + missing.get());
        }
        List<String> out = new ArrayList<>();
        out.add(full ? FULL + " has the terms of AlpacaEval 2: length, instruction difficulty from a file, " + control.gamed().size() + " gamed rows"
                : REDUCED + " is not AlpacaEval 2's fit: instruction difficulty " + difficulty + ", " + (control.gamed().isEmpty() ? "no" : control.gamed().size())
                        + " gamed rows. It may be many points off the leaderboard's; give instruction_difficulty and gamed_rows for the whole fit");
        fit(items).warning().ifPresent(out::add);
        return out;
    }

    @Override
    public Map<String, Object> details(List<Item> items) {
        if (!applies(items)) {
            return Map.of();
        }
        LengthControlled c = fit(items);
        Map<String, Object> weights = new LinkedHashMap<>();
        weights.put("length", c.weights().length());
        weights.put("difficulty", c.weights().difficulty());
        weights.put("model", c.weights().model());
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("as_alpaca_eval_2", full);
        m.put("instruction_difficulty", difficulty);
        m.put("gamed_rows", control.gamed().size());
        m.put("weights", weights);
        m.put("c", Double.isFinite(c.strength()) ? c.strength() : null);
        m.put("spread", c.spread() / 100);
        m.put("warning", c.warning().orElse(null));
        return m;
    }
}
