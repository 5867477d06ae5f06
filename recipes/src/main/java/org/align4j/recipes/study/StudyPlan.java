package org.align4j.recipes.study;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.core.data.Group;
import org.align4j.core.io.Digests;
import org.align4j.core.train.TrainSettings;
import org.align4j.recipes.recipe.Budget;
import org.align4j.recipes.recipe.BudgetUnit;
import org.align4j.recipes.recipe.DataKind;
import org.align4j.recipes.recipe.DataSpec;
import org.align4j.recipes.recipe.LossStage;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.recipe.RecipeWriter;
import org.align4j.recipes.recipe.Reward;
import org.align4j.recipes.recipe.Stage;
import org.align4j.recipes.run.Budgets;
import org.align4j.recipes.run.ModelSession;
import org.align4j.recipes.run.RecipePlan;
import org.align4j.recipes.run.Weights;
import org.align4j.recipes.yaml.RecipeException;
import org.align4j.recipes.yaml.RecordWriter;

/**
 * What a study will do, decided before any work.
 *
 * @param parts  the recipe in its parts
 * @param cells  of the grid, the smallest budgets first
 * @param shared stages that several cells start from, each before what starts from it
 * @param start  those that leave the model measured as the base; none where that is the recipe's own
 * @param needs  of data and of the machine
 * @param notes  what a person should know
 */
record StudyPlan(Composition parts, List<Cell> cells, List<Shared> shared, List<Shared> start, Needs needs, List<String> notes) {

    /**
     * What a study needs.
     *
     * @param data   for every kind of rows: those any cell uses, those there are, and what annotating the former costs
     * @param memory bytes that one process plans to use at most
     * @param model  bytes of one model as it is kept
     * @param digests SHA-256 of the model's weights and of every file that is read
     */
    record Needs(Map<String, Rows> data, long memory, long model, Map<String, String> digests) {}

    /** Rows of one kind: used by any cell, in one cell at most, in the pool; what all used ones cost in the unit of the budget. */
    record Rows(long used, long most, long pool, double cost) {}


    /**
     * Stages that several cells start from.
     *
     * @param digest of all that decides the result
     * @param recipe whose stages they are, those of {@code after} first
     * @param after  shared stages they start from, in order
     */
    record Shared(String digest, Recipe recipe, List<Shared> after, Work work) {
        String name() {
            return "prefix-" + digest;
        }
    }

    /**
     * A cell.
     *
     * @param name   of its files
     * @param recipe a run of which it is
     * @param after  shared stages it starts from, in order
     * @param own    whether it has stages of its own
     * @param digest of all that decides its figures
     */
    record Cell(CellKey key, String name, Recipe recipe, List<Shared> after, boolean own, Spent spent, Work work, String digest) {}

    /** Plans; reads the data and trains nothing. */
    static StudyPlan of(Study study, Recipe recipe, StudyFiles files) {
        try (ModelSession session = ModelSession.open(recipe.model())) {
            Evaluated evaluated = Evaluated.of(study.evaluate());
            return new Planner(study, Composition.of(recipe, evaluated.sources()), evaluated.unread(), files, session).plan();
        }
    }

    /** A number as file names have it: 0.1, 1000. */
    static String word(double v) {
        return v == Math.rint(v) && v < 1e15 ? Long.toString((long) v) : Double.toString(v);
    }

    /** {@code plan.json}. */
    Map<String, Object> toMap(Study study, double seconds) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("study", study.name());
        m.put("cells", cells.stream().map(c -> {
            Map<String, Object> cell = new LinkedHashMap<>();
            cell.put("name", c.name());
            cell.put("key", c.key());
            cell.put("spent", c.spent());
            cell.put("starts_from", c.after().stream().map(Shared::digest).toList());
            return cell;
        }).toList());
        m.put("shared", shared.stream().map(s -> Map.of("digest", s.digest(), "updates", s.work().updates())).toList());
        m.put("needs", needs);
        m.put("estimated_seconds", Double.isNaN(seconds) ? null : seconds);
        m.put("notes", notes);
        return m;
    }

    private static final class Planner {
        private final Study study;
        private final Composition parts;
        private final StudyFiles files;
        private final ModelSession session;
        private final Pools pools;
        private final Map<String, Set<Group>> used = new LinkedHashMap<>();
        private final Map<String, Rows> rows = new LinkedHashMap<>();
        private final Map<String, Shared> shared = new LinkedHashMap<>();
        private final List<Cell> cells = new ArrayList<>();
        private final List<String> notes = new ArrayList<>();
        private final Map<String, Boolean> sound = new LinkedHashMap<>();
        private final String weights;
        private final Map<Path, String> known = new HashMap<>();

        Planner(Study study, Composition parts, List<String> unread, StudyFiles files, ModelSession session) {
            notes.addAll(unread);
            this.study = study;
            this.parts = parts;
            this.files = files;
            this.session = session;
            this.pools = new Pools(parts.recipe(), session);
            this.weights = parts.recipe().model().path().map(Weights::digest).orElse("fresh");
        }

        StudyPlan plan() {
            for (double budget : study.subject().budgets()) {
                for (long seed : study.seeds()) {
                    for (double ratio : study.subject().ratios()) {
                        for (String method : ratio == 1 ? List.of(StudySubject.SFT) : study.methods().keySet()) {
                            cells.add(cell(new CellKey(budget, ratio, method, seed)));
                        }
                    }
                }
            }
            List<Shared> start = base(study.seeds().get(0));
            return new StudyPlan(parts, List.copyOf(cells), List.copyOf(shared.values()), start, needs(), List.copyOf(notes));
        }

        private Cell cell(CellKey key) {
            String name = "b" + word(key.budget()) + "-r" + word(key.ratio()) + "-" + key.method() + "-s" + key.seed();
            Budget budget = study.budget(key.budget(), key.ratio());
            Optional<Budgets.Bought> sft = key.ratio() == 0 ? Optional.empty() : Optional.of(buy("sft", parts.demonstrations(), budget, key));
            List<Stage> method = key.ratio() == 1 ? List.of() : study.methods().get(key.method());
            Optional<Budgets.Bought> preferences = method.isEmpty() ? Optional.empty() : Optional.of(buy(key.method(), method, budget, key));
            if (rows(sft) + rows(preferences) == 0) {
                throw new UserException("The budget " + word(key.budget()) + " buys no row at all at ratio " + word(key.ratio()) + ". Raise it.");
            }
            if (sft.isPresent() && rows(sft) == 0) {
                notes.add(name + ": " + word(sft.get().spent().allowed()) + " for demonstrations buys none, so the cell starts from the base model as at ratio 0");
            }
            if (preferences.isPresent() && rows(preferences) == 0) {
                notes.add(name + ": " + word(preferences.get().spent().allowed()) + " for preferences buys none, so the cell is finetuned alone as at ratio 1");
            }
            boolean own = rows(preferences) > 0;
            List<Shared> after = prefix(key.seed(), sft.filter(b -> b.spent().rows() > 0));
            List<Stage> stages = new ArrayList<>(parts.base());
            if (rows(sft) > 0) {
                stages.addAll(parts.demonstrations());
            }
            if (own) {
                stages.addAll(method);
            }
            Path output = own ? files.run(name) : after.isEmpty() ? files.root() : files.prefix(after.get(after.size() - 1).digest());
            Recipe recipe = parts.with(name, key.seed(), output, parts.cellData(), Optional.of(budget), stages);
            if (own) {
                requireSound(key.method(), recipe, rows(sft) > 0);
            }
            Spent spent = new Spent(sft.map(Budgets.Bought::spent).orElse(Spent.Kind.NONE), preferences.map(Budgets.Bought::spent).orElse(Spent.Kind.NONE));
            return new Cell(key, name, recipe, after, own, spent, own ? new Work(key.method(), updates(method, spent.preferences())) : new Work(Work.MEASURED, 0),
                    digest(key.seed(), budget, stages));
        }

        /** Of all that decides a cell's figures, with the contents of every file that is named. */
        private String digest(long seed, Budget budget, List<Stage> stages) {
            Recipe r = new Recipe("cell", seed, Path.of("/"), parts.recipe().model(), parts.cellData(), Optional.of(budget), stages, Optional.empty(), Optional.empty());
            String all = RecipeWriter.write(r) + RecordWriter.tree(study.evaluate()) + weights + Named.digests(List.of(r.data(), stages, study.evaluate()), known);
            return Digests.sha256(all.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
        }

        private static long rows(Optional<Budgets.Bought> bought) {
            return bought.map(b -> b.spent().rows()).orElse(0L);
        }

        private Budgets.Bought buy(String who, List<Stage> stages, Budget budget, CellKey key) {
            boolean sft = who.equals(StudySubject.SFT);
            Pools.Paid stage = Pools.paid(stages).orElseThrow(() -> new UserException(sft
                    ? "The recipe has no stage that learns from demonstrations, which a ratio above 0 needs. Add an sft stage, or write ratios: [0]."
                    : "The method " + who + " has no stage that learns from data.preferences, which is what its part of the budget buys. Add one."));
            if (!sft && !stage.data().isPreference()) {
                throw new UserException("The method " + who + " has a stage (" + stage.kind() + ") that learns from demonstrations. Put it into the recipe, before the methods.");
            }
            if (stage.data().source(parts.recipe().data()).isEmpty()) {
                throw new UserException("The stage " + stage.kind() + " needs " + stage.data().path(parts.recipe().data()) + ", which the recipe does not have. Add it under data.");
            }
            Budgets.Bought bought = pools.buy(who, stage, budget, key.seed());
            if (bought.exhausted()) {
                double share = sft ? key.ratio() : 1 - key.ratio();
                throw new UserException("The budget " + word(key.budget()) + " at ratio " + word(key.ratio()) + " pays for more " + (sft ? "demonstrations" : "preferences")
                        + " than there are: its part is " + word(bought.spent().allowed()) + ", and all " + bought.pool().rows() + " rows of " + stage.data().path(parts.recipe().data())
                        + " that are not held out come to " + word(bought.pool().cost()) + ". The largest budget at that ratio is "
                        + word(Math.floor(bought.pool().cost() / share + 1e-9)) + ". Lower budgets, or add data.");
            }
            Set<Group> all = used.computeIfAbsent(who, w -> Collections.newSetFromMap(new IdentityHashMap<>()));
            all.addAll(bought.groups());
            boolean labelled = stage.data() == DataKind.LABELS && parts.recipe().data().unpaired().isEmpty();
            long count = labelled ? all.stream().map(Group::at).distinct().count() : all.size(); // the labels of a pair were bought with it
            double price = study.budget().unit() == BudgetUnit.COST ? sft ? study.budget().cost().sft() : study.budget().cost().preference() : 1;
            double cost = study.budget().unit() == BudgetUnit.TOKENS ? all.stream().mapToLong(Group::tokensUnshared).sum() : count * price;
            long most = Math.max(bought.spent().rows(), rows.containsKey(who) ? rows.get(who).most() : 0);
            rows.put(who, new Rows(count, most, bought.pool().rows(), cost));
            return bought;
        }

        /** The largest cells of every method, with demonstrations and without, are planned as a run would plan them, so that what could not be run is refused now. */
        private Needs needs() {
            Map<String, Cell> largest = new LinkedHashMap<>();
            cells.stream().filter(Cell::own).forEach(c -> largest.merge(c.key().method() + (c.spent().demonstrations().rows() > 0), c, (a, b) -> b.work().updates() > a.work().updates() ? b : a));
            long memory = 0;
            for (Cell c : largest.values()) {
                memory = Math.max(memory, RecipePlan.of(c.recipe(), session).bytes());
            }
            return new Needs(new LinkedHashMap<>(rows), memory, 4 * session.config().parameterCount(), digests());
        }

        private Map<String, String> digests() {
            Map<String, String> m = new LinkedHashMap<>();
            parts.recipe().model().path().ifPresent(dir -> m.put(dir.toString(), weights));
            DataSpec d = parts.recipe().data();
            Stream.concat(Stream.of(d.pretrain(), d.sft(), d.preferences(), d.unpaired(), d.prompts()).flatMap(Optional::stream), d.unseen().stream().flatMap(List::stream))
                    .flatMap(s -> s.path().stream()).distinct().forEach(file -> m.put(file.toString(), known.computeIfAbsent(file, Digests::sha256)));
            m.putAll(Named.digests(List.of(study.evaluate(), List.copyOf(study.methods().values()), parts.recipe().stages()), known));
            return m;
        }

        /** The stages before a method: those of the base, which are the same for all of a seed, and those on demonstrations. */
        private List<Shared> prefix(long seed, Optional<Budgets.Bought> sft) {
            List<Shared> chain = new ArrayList<>();
            chain.addAll(base(seed));
            sft.ifPresent(b -> {
                List<Stage> stages = new ArrayList<>(parts.base());
                stages.addAll(parts.demonstrations());
                chain.add(share(seed, List.copyOf(chain), stages, Optional.of(exactly(b.spent())), Pools.digest(b.groups()), new Work(StudySubject.SFT, updates(parts.demonstrations(), b.spent()))));
            });
            return chain;
        }

        private List<Shared> base(long seed) {
            return parts.base().isEmpty() ? List.of() : List.of(share(seed, List.of(), parts.base(), Optional.empty(), "", new Work(Work.BASE, 0)));
        }

        /** Updates that stages make on what was bought for them. */
        private static long updates(List<Stage> stages, Spent.Kind spent) {
            return stages.stream().flatMap(s -> s instanceof LossStage l ? Stream.of(l.training()) : s instanceof Reward r ? Stream.of(r.training()) : Stream.empty())
                    .mapToLong(t -> TrainSettings.steps((int) spent.rows(), t.batchSize(), t.epochs().orElse(null), t.maxSteps().orElse(null))).sum();
        }

        /** The budget that buys just these rows: the same for whichever cell asks for them. */
        private Budget exactly(Spent.Kind spent) {
            return study.budget(spent.cost(), 1);
        }

        private Shared share(long seed, List<Shared> after, List<Stage> stages, Optional<Budget> budget, String rows, Work work) {
            Recipe canonical = parts.with("shared", seed, Path.of("/"), parts.prefixData(), Optional.empty(), stages);
            DataSpec d = parts.recipe().data();
            String files = (parts.base().isEmpty() ? "" : Named.digests(List.of(d.pretrain(), d.prompts()), known).toString()) + Named.digests(stages, known);
            String digest = Digests.sha256((RecipeWriter.write(canonical) + weights + files + rows).getBytes(StandardCharsets.UTF_8)).substring(0, 16);
            return shared.computeIfAbsent(digest, k -> {
                Recipe recipe = parts.with("prefix-" + k, seed, this.files.prefix(k), parts.prefixData(), budget, stages);
                return new Shared(k, recipe, after, work);
            });
        }

        /** A recipe as the user might have written it must be one that can be run. */
        private void requireSound(String method, Recipe recipe, boolean sft) {
            sound.computeIfAbsent(method + sft, k -> {
                try {
                    RecipeReader.parse("the recipe with the method " + method, RecipeWriter.write(recipe), List.of(), Path.of("/"), true);
                    return true;
                } catch (RecipeException e) {
                    throw new UserException("With the method " + method + (sft ? "" : " and no stage on demonstrations") + " the recipe is not sound: "
                            + e.problems().stream().map(p -> p.path() + ": " + p.message() + (p.suggestion().isEmpty() ? "" : "; " + p.suggestion())).reduce((a, b) -> a + "\n  " + b).get(), e);
                }
            });
        }
    }
}
