package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.core.data.DataLoader;
import org.align4j.core.data.DataReader;
import org.align4j.core.data.DataReport;
import org.align4j.core.data.Dataset;
import org.align4j.core.data.Group;
import org.align4j.core.data.HeldOut;
import org.align4j.core.data.Location;
import org.align4j.core.data.Row;
import org.align4j.core.data.TaskKind;
import org.align4j.recipes.recipe.DataKind;
import org.align4j.recipes.recipe.DataSource;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.Reward;
import org.align4j.rewardmodels.model.RewardGroup;
import tools.jackson.databind.JsonNode;

/**
 * Data of a reward stage.
 *
 * @param train   what it learns from
 * @param heldOut what is kept for evaluation; no prompt stands on both sides
 * @param reports what happened to the rows of every file
 * @param bought  what the budget's part for preferences paid for, where there is one
 * @param dropped rows left out of training because they are evaluated on
 */
record RewardData(List<RewardGroup> train, List<RewardGroup> heldOut, Map<Path, DataReport> reports, Optional<Budgets.Bought> bought, int dropped) {

    static RewardData load(Recipe recipe, Reward stage, ModelSession session) {
        DataSource source = recipe.data().preferences().orElseThrow();
        Map<Path, DataReport> reports = new LinkedHashMap<>();
        List<Group> all = new ArrayList<>();
        Map<Location, double[]> ratings = new HashMap<>();
        for (Path file : source.path()) {
            Dataset d = new DataLoader(StageData.settings(task(stage), source, session)).load(file, Encoders.orIds(session, file));
            requireStrengths(stage, d.report());
            all.addAll(d.groups());
            reports.put(file, d.report());
            stage.attributes().ifPresent(names -> ratings.putAll(ratings(file, names)));
        }
        HeldOut<Group> split = StageData.split(source.limit().map(n -> StageData.firstRows(all, n)).orElse(all), source, recipe.seed());
        StageData.Pool pool = pool(recipe, stage, session, split.train());
        Optional<Budgets.Bought> bought = recipe.budget().map(b -> Budgets.buy(b, true, false, pool.groups(), recipe.seed()));
        List<Group> train = bought.map(Budgets.Bought::groups).orElse(pool.groups());
        if (train.isEmpty()) {
            throw new UserException("Nothing is left to train the reward stage on out of " + reports.keySet() + ". Raise the budget or limit, or hold out less.");
        }
        return new RewardData(rated(stage, train, ratings), rated(stage, split.heldOut(), ratings), reports, bought, pool.dropped());
    }

    /** Rows that a stage may be trained on, out of those that its source does not hold out: none that are evaluated on. */
    static StageData.Pool pool(Recipe recipe, Reward stage, ModelSession session, List<Group> rows) {
        DataSource source = recipe.data().preferences().orElseThrow();
        return Unseen.of(recipe, source, session).check(rows, source, task(stage), session, DataKind.COMPARISONS.path(recipe.data()));
    }

    /** The rows that a stage may learn from or be evaluated on, whatever the budget. */
    static List<Group> rows(Recipe recipe, Reward stage, ModelSession session) {
        DataSource source = recipe.data().preferences().orElseThrow();
        List<Group> all = new ArrayList<>();
        source.path().forEach(file -> all.addAll(new DataLoader(StageData.settings(task(stage), source, session)).load(file, Encoders.orIds(session, file)).groups()));
        return source.limit().map(n -> StageData.firstRows(all, n)).orElse(all);
    }

    /** What a stage's source holds out. */
    static List<Group> heldOut(Recipe recipe, Reward stage, ModelSession session) {
        return StageData.split(rows(recipe, stage, session), recipe.data().preferences().orElseThrow(), recipe.seed()).heldOut();
    }

    static TaskKind task(Reward stage) {
        return switch (stage.loss()) {
            case PLACKETT_LUCE, ALL_PAIRS -> TaskKind.LIST;
            case REGRESSION -> TaskKind.DEMONSTRATION;
            default -> TaskKind.PAIR;
        };
    }

    private static void requireStrengths(Reward stage, DataReport report) {
        boolean needed = stage.loss() == Reward.Variety.MARGIN || stage.loss() == Reward.Variety.SCALED;
        if (needed && report.ungraded() > 0) {
            throw new UserException("The loss " + stage.objective().name() + " of the reward stage needs to know how strong every preference is, and " + report.ungraded()
                    + " of the " + report.rows() + " rows of " + report.file() + " do not say. Add a field 'margin', or 'score_chosen' and 'score_rejected', or choose"
                    + " bradley_terry.");
        }
    }

    private static List<RewardGroup> rated(Reward stage, List<Group> groups, Map<Location, double[]> ratings) {
        if (stage.attributes().isEmpty()) {
            return RewardGroup.of(groups);
        }
        return groups.stream().map(g -> new RewardGroup(g, new double[][] {ratings.get(g.at())})).toList();
    }

    /** The ratings of every row; NaN where one is null or not there. */
    private static Map<Location, double[]> ratings(Path file, List<String> names) {
        Map<Location, double[]> all = new HashMap<>();
        boolean any = false;
        try (DataReader reader = new DataReader(file)) {
            for (Row row = reader.next(); row != null; row = reader.next()) {
                double[] r = new double[names.size()];
                for (int i = 0; i < r.length; i++) {
                    JsonNode value = row.fields().get(names.get(i));
                    if (value != null && !value.isNull() && !(value.isNumber() && Double.isFinite(value.asDouble()))) {
                        throw new UserException(row.at() + ": the rating '" + names.get(i) + "' must be a number, found " + value + ".");
                    }
                    r[i] = value == null || value.isNull() ? Double.NaN : value.asDouble();
                }
                any |= Arrays.stream(r).anyMatch(x -> !Double.isNaN(x));
                all.put(row.at(), r);
            }
        }
        if (!any) {
            throw new UserException("No row of " + file + " has a rating in " + names + ". Correct attributes, or give rated responses.");
        }
        return all;
    }
}
