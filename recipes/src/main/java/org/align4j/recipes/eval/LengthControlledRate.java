package org.align4j.recipes.eval;

import java.util.List;
import java.util.Optional;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.winrate.GamedRow;
import org.align4j.rewardmodels.winrate.InstructionDifficulty;
import org.align4j.rewardmodels.winrate.Judgement;
import org.align4j.rewardmodels.winrate.LengthControl;
import org.align4j.rewardmodels.winrate.LengthControlled;

/** The win rate were answers equally long: {@link LengthControl} on items with {@code win}, {@code characters} and {@code baseline_characters}. */
final class LengthControlledRate implements Estimator {
    /** The fit takes as many folds. */
    private static final int LEAST = 5;
    private final LengthControl control;

    LengthControlledRate(EvalSpec.Lengths lengths, Bootstrap bootstrap) {
        LengthControl minimal = LengthControl.minimal(bootstrap);
        Optional<List<GamedRow>> gamed = lengths.gamedRows().map(GamedRow::read);
        LengthControl with = lengths.instructionDifficulty().map(InstructionDifficulty::read).map(minimal::with).orElse(minimal);
        this.control = gamed.map(with::with).orElse(with);
    }

    @Override
    public String name() {
        return "lc_win_rate";
    }

    @Override
    public boolean applies(List<Item> items) {
        return items.size() >= LEAST && items.stream().allMatch(i -> i.has("win") && i.has("characters") && i.has("baseline_characters"))
                && items.stream().mapToDouble(i -> i.value("baseline_characters") - i.value("characters")).distinct().count() > 1;
    }

    @Override
    public Figure of(List<Item> items) {
        LengthControlled c = control.fit(items.stream().map(i -> Judgement.of(i.id(), "model", "baseline", i.value("win"), (int) i.value("characters"),
                (int) i.value("baseline_characters"))).toList());
        return new Figure(name(), c.value() / 100, c.interval().low() / 100, c.interval().high() / 100, c.standardError() / 100, items.size(), true, true);
    }

    /** The difference of two fits; how sure it is would need both to be drawn together. */
    @Override
    public Change change(List<Item> from, List<Item> to) {
        return new Change(name(), of(to).value() - of(from).value(), Double.NaN, Double.NaN, Double.NaN, Double.NaN, to.size(), 1);
    }
}
