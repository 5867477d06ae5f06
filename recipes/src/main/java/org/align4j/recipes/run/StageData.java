package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.core.data.DataFormat;
import org.align4j.core.data.DataLoader;
import org.align4j.core.data.DataReport;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.Dataset;
import org.align4j.core.data.Group;
import org.align4j.core.data.HeldOut;
import org.align4j.core.data.PromptKey;
import org.align4j.core.data.TaskKind;
import org.align4j.core.train.Mismatched;
import org.align4j.losses.Needs;
import org.align4j.recipes.recipe.DataFrom;
import org.align4j.recipes.recipe.DataKind;
import org.align4j.recipes.recipe.DataSource;
import org.align4j.recipes.recipe.FormatChoice;
import org.align4j.recipes.recipe.Lipo;
import org.align4j.recipes.recipe.LossStage;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.Reward;
import org.align4j.recipes.recipe.Slic;
import org.align4j.recipes.recipe.Stage;

/**
 * Data of a stage, ready to train on.
 *
 * @param train   groups that are trained on
 * @param heldOut groups kept for evaluation; no prompt stands on both sides
 * @param reports what happened to the rows of every file
 * @param bought  what the budget paid for, where there is one; rows that a stage made cost nothing and are not among it
 * @param dropped rows left out of training because they are evaluated on
 */
public record StageData(List<Group> train, List<Group> heldOut, Map<Path, DataReport> reports, Optional<Budgets.Bought> bought, int dropped) {

    /**
     * Loads what a stage needs.
     *
     * @param from whose rows it trains on
     * @param made the rows an earlier stage made; null where {@code from} does not name them
     */
    static StageData load(Recipe recipe, LossStage stage, ModelSession session, DataFrom from, Made made) {
        Map<Path, DataReport> reports = new LinkedHashMap<>();
        List<Group> train = new ArrayList<>();
        List<Group> heldOut = new ArrayList<>();
        int longest = 0;
        int dropped = 0;
        Optional<Budgets.Bought> bought = Optional.empty();
        if (from != DataFrom.SAMPLED) {
            DataSource source = stage.data().source(recipe.data()).orElseThrow();
            List<Group> all = read(source, stage, session, reports);
            HeldOut<Group> split = split(source.limit().map(n -> firstRows(all, n)).orElse(all), source, recipe.seed());
            Pool pool = pool(recipe, stage, session, split.train());
            bought = Budgets.apply(recipe, stage.data(), pool.groups());
            dropped = pool.dropped();
            train.addAll(bought.map(Budgets.Bought::groups).orElse(pool.groups()));
            heldOut.addAll(split.heldOut());
            longest = maxLength(source, session);
        }
        if (from.sampled()) {
            // What a model labelled cost no annotation.
            train.addAll(read(DataSource.of(made.train()), stage, session, reports));
            made.heldOut().ifPresent(file -> heldOut.addAll(read(DataSource.of(file), stage, session, reports)));
            longest = Math.max(longest, session.config().maxPositions());
        }
        if (train.isEmpty()) {
            throw new UserException("Nothing is left to train the " + stage.kind() + " stage on: no group is left of those read from " + reports.keySet()
                    + ". Raise the budget or limit, or hold out less.");
        }
        if (!stage.objective().needs().needs(Needs.Extra.MISMATCHED)) {
            return new StageData(train, heldOut, reports, bought, dropped);
        }
        return new StageData(Mismatched.pair(train, recipe.seed(), longest), heldOut.isEmpty() ? List.of() : Mismatched.pair(heldOut, recipe.seed(), longest), reports, bought,
                dropped);
    }

    /** The rows of a recipe's own data that a loss or reward stage may learn from or be evaluated on, whatever the budget. */
    public static List<Group> rows(Recipe recipe, Stage of, ModelSession session) {
        if (of instanceof Reward reward) {
            return RewardData.rows(recipe, reward, session);
        }
        LossStage stage = (LossStage) of;
        DataSource source = stage.data().source(recipe.data()).orElseThrow();
        List<Group> all = read(source, stage, session, new LinkedHashMap<>());
        return source.limit().map(n -> firstRows(all, n)).orElse(all);
    }

    private static List<Group> read(DataSource source, LossStage stage, ModelSession session, Map<Path, DataReport> reports) {
        Needs needs = stage.objective().needs();
        boolean target = stage instanceof Slic slic && slic.target().filter(Slic.Imitated.FIELD::equals).isPresent();
        DataSettings settings = settings(task(needs.arity()), source, session).withTarget(target);
        List<Group> all = new ArrayList<>();
        for (Path file : source.path()) {
            Dataset d = new DataLoader(settings).load(file, Encoders.orIds(session, file));
            requireStrengths(stage, needs, d.report());
            all.addAll(stage instanceof Lipo l ? ListLabeling.apply(l, d.groups()) : d.groups());
            reports.put(file, d.report());
        }
        return all;
    }

    private static int maxLength(DataSource source, ModelSession session) {
        return source.maxLength().orElse(session.config().maxPositions());
    }

    /** The groups of the first so many rows: a row may have given several. */
    public static List<Group> firstRows(List<Group> groups, int rows) {
        int end = 0;
        for (int n = 0; end < groups.size(); end++) {
            n += end == 0 || !groups.get(end).at().equals(groups.get(end - 1).at()) ? 1 : 0;
            if (n > rows) {
                break;
            }
        }
        return groups.subList(0, end);
    }

    /** Rows that may be trained on, and how many of those read were left out because they are evaluated on. */
    public record Pool(List<Group> groups, int dropped) {}

    /** Rows that a stage may be trained on, out of those that its source does not hold out: none that are evaluated on. */
    public static Pool pool(Recipe recipe, Stage of, ModelSession session, List<Group> rows) {
        if (of instanceof Reward reward) {
            return RewardData.pool(recipe, reward, session, rows);
        }
        LossStage stage = (LossStage) of;
        if (stage.data() == DataKind.TEXT) {
            return new Pool(rows, 0);
        }
        DataSource source = stage.data().source(recipe.data()).orElseThrow();
        return Unseen.of(recipe, source, session).check(rows, source, task(stage), session, stage.data().path(recipe.data()));
    }

    /** How a stage reads its rows. */
    static TaskKind task(LossStage stage) {
        return task(stage.objective().needs().arity());
    }

    private static TaskKind task(Needs.Arity arity) {
        return switch (arity) {
            case SINGLE -> TaskKind.DEMONSTRATION;
            case PAIR -> TaskKind.PAIR;
            case LIST -> TaskKind.LIST;
            case UNPAIRED -> TaskKind.UNPAIRED;
        };
    }

    /** A pair that does not say by how much the chosen response is better is no use to a loss that weighs it. */
    private static void requireStrengths(LossStage stage, Needs needs, DataReport report) {
        if (needs.arity() == Needs.Arity.PAIR && needs.needs(Needs.Extra.SCORES) && report.ungraded() > 0) {
            throw new UserException("The loss of the " + stage.kind() + " stage needs to know how strong every preference is, and " + report.ungraded() + " of the "
                    + report.rows() + " rows of " + report.file() + " do not say. Add a field 'margin', or 'score_chosen' and 'score_rejected', or choose a loss that"
                    + " does without, such as dpo.");
        }
    }

    /** Splits rows of a source into those that are trained on and those that are held out. */
    public static HeldOut<Group> split(List<Group> groups, DataSource source, long seed) {
        if (source.heldOut().isNone()) {
            return new HeldOut<>(groups, List.of());
        }
        return source.heldOut().fraction() > 0 ? HeldOut.byFraction(groups, PromptKey::of, source.heldOut().fraction(), seed)
                : HeldOut.byCount(groups, PromptKey::of, source.heldOut().count(), seed);
    }

    /** How the rows of a source are read for a task. */
    public static DataSettings settings(TaskKind task, DataSource source, ModelSession session) {
        return DataSettings.of(task)
                .withFormat(source.format() == FormatChoice.AUTO ? null : DataFormat.valueOf(source.format().name()))
                .withRendering(source.rendering())
                .withTools(source.tools())
                .withColumns(source.columns())
                .withTurns(source.turns())
                .withMaxLength(maxLength(source, session), source.onOverflow())
                .withPairs(source.pairs())
                .withIdentical(source.identical())
                .withDuplicates(source.duplicates());
    }
}
