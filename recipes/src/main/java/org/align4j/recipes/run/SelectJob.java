package org.align4j.recipes.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.align4j.core.UserException;
import org.align4j.core.io.AtomicFiles;
import org.align4j.recipes.recipe.RewardSpec;
import org.align4j.recipes.recipe.Select;
import org.align4j.recipes.recipe.SelectStep;
import org.align4j.recipes.rundir.RunResults.Result;
import org.align4j.recipes.rundir.RunResults.Value;
import org.align4j.rewardmodels.Reward;
import org.align4j.rewardmodels.sampling.SamplingListener;
import org.align4j.rewardmodels.selection.SelectedRows;
import org.align4j.rewardmodels.selection.Selection;
import org.align4j.rewardmodels.selection.SelectionStores;
import org.align4j.rewardmodels.selection.Step;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A choice among rows, and what becomes of it.
 *
 * @param name who chooses, for messages
 * @param data the rows
 * @param seed of everything random in it
 */
record SelectJob(String name, Select stage, SelectData data, long seed) {

    /** File beside the rows: how many there were and what became of them. */
    static final String SUMMARY = "summary.json";
    private static final JsonMapper PRETTY = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    /** Refuses rewards that cannot be asked, before any work. */
    static void require(Select stage) {
        stage.rewards().forEach(Rewards::require);
    }

    /** Whether some reward compares with the reference answer of a row. */
    static boolean needsReference(Select stage) {
        return stage.rewards().anyMatch(Rewards::needsReference);
    }

    /** Refuses more clusters than there are rows, before any work. */
    void requireEnough() {
        stage.steps().forEach(s -> {
            if (s instanceof SelectStep.Diversity d && d.clusters() > data.bought().size()) {
                throw new UserException(name + " needs at least as many rows as diversity has clusters, found " + d.clusters() + " clusters of " + data.bought().size() + " rows. Lower clusters, or give more rows.");
            }
        });
    }

    static String describe(Select stage) {
        return stage.steps().stream().map(SelectSteps::words).collect(Collectors.joining("; "));
    }

    String describe() {
        return String.format(Locale.ROOT, "of %,d rows: %s", data.bought().size(), describe(stage));
    }

    /** What was chosen, and where it is. */
    record Outcome(Made made, Selection selection) {}

    /**
     * Chooses, with the session's model as it is, and writes {@code train.jsonl}, {@code selected.jsonl}, {@code dropped.jsonl} and, where rows are held out,
     * {@code held-out.jsonl}.
     *
     * @param cache     where scores and embeddings are kept unless the stage says
     * @param stages    where the reward model is that a stage left
     * @param heldOut   held-out rows that are there already; nothing where the data's own are written
     * @param directory where the files go
     */
    Outcome run(ModelSession session, Path cache, Function<RewardSpec.Stage, Path> stages, Optional<Path> heldOut, SamplingListener listener, Path directory) {
        List<Reward> opened = new ArrayList<>();
        try {
            SelectionStores stores = new SelectionStores(stage.cache().orElse(cache), stage.shardRows(), listener);
            SelectSteps make = new SelectSteps(session, stores, seed, spec -> {
                Reward reward = Rewards.open(spec, new Rewards.Around(session.backend(), session.encoder(), stages, null)).reward();
                opened.add(reward);
                return reward;
            }, data.heldOut());
            List<Step> steps = stage.steps().stream().map(make::of).toList();
            Selection selection = Selection.of(data.bought(), steps);
            SelectedRows.writeKept(directory.resolve("selected.jsonl"), selection.kept());
            SelectedRows.writeDropped(directory.resolve("dropped.jsonl"), selection.dropped());
            if (selection.kept().isEmpty()) {
                Selection.Count last = selection.steps().stream().filter(c -> c.kept() == 0).findFirst().orElseThrow();
                throw new UserException(name + " leaves no row: " + last.step() + " dropped the last " + last.read() + " of " + data.bought().size()
                        + ". Why each fell away is in " + directory.resolve("dropped.jsonl") + ". Ask less of them.");
            }
            Path train = directory.resolve("train.jsonl");
            SelectedRows.write(train, selection.kept().stream().map(Selection.Kept::row).toList(), data.shape(), data::graded);
            return new Outcome(new Made(train, heldOut.or(() -> writeHeldOut(directory))), selection);
        } finally {
            opened.forEach(Reward::close);
        }
    }

    private Optional<Path> writeHeldOut(Path directory) {
        if (data.heldOut().isEmpty()) {
            return Optional.empty();
        }
        Path file = directory.resolve("held-out.jsonl");
        SelectedRows.write(file, data.heldOut(), data.shape(), data::graded);
        return Optional.of(file);
    }

    /** What was chosen, in one line. */
    static String words(String name, Outcome outcome) {
        Selection s = outcome.selection();
        return String.format(Locale.ROOT, "%s kept %,d of %,d rows: %s", name, s.kept().size(), s.kept().size() + s.dropped().size(), outcome.made().train());
    }

    /** Writes down how many rows there were and what became of them. */
    static void write(Path file, Map<String, Object> counts, Selection s) {
        Map<String, Object> m = new LinkedHashMap<>(counts);
        Map<String, Integer> dropped = new LinkedHashMap<>();
        s.steps().forEach(c -> dropped.put(c.step(), c.dropped()));
        m.put("dropped", dropped);
        m.put("selected", s.kept().size());
        AtomicFiles.writeString(file, PRETTY.writeValueAsString(m) + "\n");
    }

    /** What {@link #write} wrote. */
    @SuppressWarnings("unchecked")
    static Map<String, Object> read(Path file) {
        try {
            return PRETTY.readValue(Files.readAllBytes(file), LinkedHashMap.class);
        } catch (IOException | JacksonException e) {
            throw new UserException("Cannot read " + file + ": " + e.getMessage() + ". Delete it, and the run goes on without what it says.", e);
        }
    }

    static Map<String, Double> metrics(Selection s) {
        Map<String, Double> m = new LinkedHashMap<>();
        m.put("select/read", (double) (s.kept().size() + s.dropped().size()));
        m.put("select/kept", (double) s.kept().size());
        s.steps().forEach(c -> m.put("select/dropped_by_" + c.step(), (double) c.dropped()));
        return m;
    }

    static List<Result> table(String name, Selection s) {
        List<Result> rows = new ArrayList<>();
        int read = s.kept().size() + s.dropped().size();
        rows.add(new Result(name + ": rows", false, true, List.of(new Value("read", read, Double.NaN, read), new Value("selected", s.kept().size(), Double.NaN, read))));
        s.steps().forEach(c -> rows.add(new Result(name + ": dropped by " + c.step(), true, false, List.of(Value.fraction("selected", c.dropped(), c.read())))));
        return rows;
    }
}
