package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.align4j.core.UserException;
import org.align4j.core.data.DataLoader;
import org.align4j.core.data.DataReport;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.Dataset;
import org.align4j.core.data.Group;
import org.align4j.core.data.HeldOut;
import org.align4j.core.data.Location;
import org.align4j.core.data.TaskKind;
import org.align4j.core.data.TextEncoder;
import org.align4j.recipes.recipe.DataSource;
import org.align4j.recipes.recipe.Select;
import org.align4j.rewardmodels.selection.Candidate;
import org.align4j.rewardmodels.selection.SelectedRows.Shape;

/**
 * Rows to choose from.
 *
 * @param pool    how many there are, held-out ones left out
 * @param bought  those of them that the budget buys; all without one
 * @param heldOut rows kept for evaluation, which are not chosen from
 * @param shape   what they are
 * @param graded  files whose every pair says by how much the chosen response is better
 * @param reports what happened to the rows of every file
 */
record SelectData(int pool, List<Candidate> bought, List<Candidate> heldOut, Shape shape, Set<String> graded, Map<Path, DataReport> reports) {

    /**
     * Reads the rows of a source.
     *
     * @param targets    whether a pair's field target, a response to imitate, is wanted
     * @param references whether rows need their reference answers
     * @param seed       of which rows are held out
     * @param budget     what is bought of the rest
     */
    static SelectData load(Select stage, DataSource source, ModelSession session, boolean targets, boolean references, long seed, UnaryOperator<List<Group>> budget) {
        Read read = new Read(stage.rows() == Select.Rows.SFT ? Shape.DEMONSTRATION : Shape.PAIR);
        read.files(stage, source, session, targets, references);
        if (read.shape == Shape.PAIR && source.pairs() == DataSettings.Pairs.BEST_WORST && read.reports.values().stream().allMatch(r -> r.lists() > 0)) {
            // Lists of scored responses stay lists, of which the stages behind make what they need.
            read = new Read(Shape.LIST);
            read.files(stage, source, session, false, references);
        }
        return split(read, source, references, seed, budget);
    }

    private static SelectData split(Read read, DataSource source, boolean references, long seed, UnaryOperator<List<Group>> budget) {
        List<Group> groups = read.groups;
        List<Group> some = source.limit().map(n -> StageData.firstRows(groups, n)).orElse(groups);
        HeldOut<Group> split = StageData.split(some, source, seed);
        List<Group> bought = budget.apply(split.train());
        if (bought.isEmpty()) {
            throw new UserException("There is no row to select from in " + source.path() + ". Raise the budget or limit, or hold out less.");
        }
        SelectData all = new SelectData(split.train().size(), bought.stream().map(read.rows::get).toList(), split.heldOut().stream().map(read.rows::get).toList(), read.shape,
                read.graded, read.reports);
        long without = all.bought.stream().filter(c -> c.reference() == null).count();
        if (references && without > 0) {
            throw new UserException("A reward compares responses with the reference answer of their row, and " + without + " of " + all.bought.size() + " rows in " + source.path()
                    + " have none. Name the field that holds it with answer_field, or choose another reward.");
        }
        return all;
    }

    /** What files hold. */
    private static final class Read {
        final Shape shape;
        final Map<Path, DataReport> reports = new LinkedHashMap<>();
        final Map<Group, Candidate> rows = new IdentityHashMap<>();
        final List<Group> groups = new ArrayList<>();
        final Set<String> graded = new HashSet<>();

        Read(Shape shape) {
            this.shape = shape;
        }

        void files(Select stage, DataSource source, ModelSession session, boolean targets, boolean references) {
            TaskKind task = switch (shape) {
                case DEMONSTRATION -> TaskKind.DEMONSTRATION;
                case PAIR -> TaskKind.PAIR;
                case LIST -> TaskKind.LIST;
            };
            for (Path file : source.path()) {
                TextEncoder encoder = Encoders.orIds(session, file);
                DataSettings settings = StageData.settings(task, source, session).withTarget(targets);
                Map<Location, String> answers = references ? ReferenceAnswers.read(file, stage.answerField()) : Map.of();
                Dataset data = new DataLoader(settings).load(file, encoder, (text, group) -> rows.put(group, Candidate.of(text, group, encoder, answers.get(group.at()))));
                groups.addAll(data.groups());
                reports.put(file, data.report());
                if (data.report().ungraded() == 0) {
                    graded.add(file.toString());
                }
            }
        }
    }

    /** The same with rows held out elsewhere. */
    SelectData withHeldOut(List<Candidate> rows) {
        return new SelectData(pool, bought, rows, shape, graded, reports);
    }

    /** How many rows there are, as data reports have it. */
    Map<String, Object> counts(boolean budget) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("pool", pool);
        if (budget) {
            m.put("bought", bought.size());
        }
        m.put("held_out", heldOut.size());
        return m;
    }

    /** Whether a row says by how much its chosen response is better. */
    boolean graded(Candidate row) {
        return graded.contains(row.at().file());
    }
}
