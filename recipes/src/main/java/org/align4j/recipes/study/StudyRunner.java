package org.align4j.recipes.study;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.align4j.core.UserException;
import org.align4j.core.io.AtomicFiles;
import org.align4j.recipes.cli.Cancelled;
import org.align4j.recipes.eval.Figure;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeWriter;
import org.align4j.recipes.rundir.RunFiles;
import org.align4j.recipes.rundir.internal.Json;

/** Does what a study's plan says: shared stages before the cells that start from them, as many pieces at once as there are workers. */
final class StudyRunner {
    private static final String BASE = "base";

    private final Study study;
    private final StudyPlan plan;
    private final StudyFiles files;
    private final Work.Pace pace;
    private final ProgressBar progress;
    private final BooleanSupplier stop;
    private final Map<String, StudyPlan.Cell> cells = new LinkedHashMap<>();
    private final Map<String, String> failures = new LinkedHashMap<>();

    StudyRunner(Study study, StudyPlan plan, StudyFiles files, Work.Pace pace, ProgressBar progress, BooleanSupplier stop) {
        this.study = study;
        this.plan = plan;
        this.files = files;
        this.pace = pace;
        this.progress = progress;
        this.stop = stop;
        plan.cells().forEach(c -> cells.put(c.name(), c));
    }

    /** Something to be done, after others. */
    private record Task(Job job, Set<String> after) {
        String name() {
            return job.name();
        }
    }

    private record Done(int worker, Task task, Job.Outcome outcome) {}

    /** The cells that failed, with why; a stop ends in {@link Cancelled}. */
    Map<String, String> run() {
        Deque<Task> waiting = new ArrayDeque<>(tasks());
        long done = cells.keySet().stream().filter(c -> Files.exists(files.cell(c))).count();
        List<Worker> workers = new ArrayList<>();
        BlockingQueue<Done> finished = new LinkedBlockingQueue<>();
        Deque<Integer> idle = new ArrayDeque<>();
        Set<String> pending = new HashSet<>();
        waiting.forEach(t -> pending.add(t.name()));
        try {
            for (int i = 0; i < Math.min(study.parallel(), Math.max(1, waiting.size())); i++) {
                workers.add(worker(i));
                idle.add(i);
            }
            progress.stage("study", done, cells.size());
            int running = 0;
            boolean stopping = false;
            while (running > 0 || !waiting.isEmpty() && !stopping) {
                if (!stopping && stop.getAsBoolean()) {
                    stopping = true;
                    progress.message("Stopping: what is at work is saved.");
                    workers.forEach(Worker::stop);
                }
                while (!stopping && !idle.isEmpty()) {
                    Task next = waiting.stream().filter(t -> t.after().stream().noneMatch(pending::contains)).findFirst().orElse(null);
                    if (next == null) {
                        break;
                    }
                    waiting.remove(next);
                    running++;
                    begin(idle.poll(), workers, next, finished);
                }
                Done d = poll(finished);
                if (d == null) {
                    continue;
                }
                running--;
                idle.add(d.worker());
                if (d.outcome().stopped()) {
                    continue;
                }
                pending.remove(d.task().name());
                settle(d.task(), d.outcome(), waiting, pending);
                progress.left(left());
                done = cells.keySet().stream().filter(c -> Files.exists(files.cell(c))).count();
                progress.update(new ProgressBar.Update(done, 0, Double.NaN, Double.NaN));
            }
            progress.endStage();
            if (stopping || stop.getAsBoolean()) {
                throw new Cancelled("Stopped after " + done + " of " + cells.size() + " cells; everything is saved in " + files.root() + ". Give the same command to go on.");
            }
            return failures;
        } finally {
            workers.forEach(Worker::close);
        }
    }

    /** What a study still has to do; what is done already tells the pace. */
    static List<Work> open(StudyPlan plan, StudyFiles files, Work.Pace pace) {
        List<Work> all = new ArrayList<>();
        for (StudyPlan.Cell c : plan.cells()) {
            if (Files.exists(files.cell(c.name()))) {
                pace.timed(c.work(), Json.read(files.cell(c.name()), CellResult.class).seconds());
            } else {
                all.add(c.work());
            }
        }
        Set<String> needed = new HashSet<>();
        plan.cells().stream().filter(c -> !Files.exists(files.cell(c.name()))).forEach(c -> c.after().forEach(s -> needed.add(s.digest())));
        for (StudyPlan.Shared s : plan.shared()) {
            if (Files.exists(files.prefixDone(s.digest()))) {
                pace.timed(s.work(), ((Number) Json.readObject(files.prefixDone(s.digest())).get("seconds")).doubleValue());
            } else if (needed.contains(s.digest())) {
                all.add(s.work());
            }
        }
        return all;
    }

    /** Seconds the rest will take, by what has been timed. */
    private double left() {
        Work.Pace now = new Work.Pace();
        now.from(pace);
        return now.seconds(open(plan, files, now), study.parallel());
    }

    private Worker worker(int i) {
        if (study.parallel() == 1) {
            return new LocalWorker(study.evaluate(), files.log(1));
        }
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / study.parallel());
        return new ProcessWorker(files, i + 1, threads, Math.max(512L << 20, Runtime.getRuntime().maxMemory() / study.parallel()));
    }

    private static void begin(int worker, List<Worker> workers, Task task, BlockingQueue<Done> finished) {
        Thread t = new Thread(() -> {
            Job.Outcome outcome;
            try {
                outcome = workers.get(worker).run(task.job());
            } catch (RuntimeException | Error e) {
                outcome = Job.Outcome.failed(task.name(), String.valueOf(e.getMessage()), e instanceof UserException);
            }
            finished.add(new Done(worker, task, outcome));
        }, "align4j-study-" + (worker + 1));
        t.start();
    }

    private static Done poll(BlockingQueue<Done> finished) {
        try {
            return finished.poll(100, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Cancelled("Interrupted.");
        }
    }

    /** What is not done yet, in an order in which nothing comes before what it starts from. */
    private List<Task> tasks() {
        List<Task> all = new ArrayList<>();
        Map<String, StudyPlan.Shared> needed = new LinkedHashMap<>();
        List<StudyPlan.Cell> open = plan.cells().stream().filter(c -> !Files.exists(files.cell(c.name()))).toList();
        boolean base = !Files.exists(files.base());
        Set<String> first = base ? Set.of(BASE) : Set.of();
        List<StudyPlan.Shared> start = plan.start();
        if (base) {
            start.forEach(s -> needed.put(s.digest(), s));
        }
        List<Task> shared = new ArrayList<>();
        for (StudyPlan.Cell c : open) {
            c.after().forEach(s -> needed.put(s.digest(), s));
        }
        Map<String, Task> trained = new HashMap<>();
        for (StudyPlan.Shared s : needed.values()) {
            if (!Files.exists(files.prefixDone(s.digest()))) {
                boolean early = base && start.contains(s);
                Set<String> after = new HashSet<>(early ? Set.of() : first);
                s.after().stream().filter(a -> trained.containsKey(a.name())).forEach(a -> after.add(a.name()));
                Task t = new Task(new Job(s.name(), written(s.name(), s.recipe()), given(s.after()), true, null, 0), after);
                trained.put(s.name(), t);
                (early ? all : shared).add(t);
            }
        }
        if (base) {
            Recipe r = plan.cells().get(0).recipe();
            String model = start.isEmpty() ? "" : new RunFiles(files.prefix(start.get(start.size() - 1).digest())).model().toString();
            all.add(new Task(new Job(BASE, written(BASE, r.withOutput(files.root())), List.of(), false, model, study.seeds().get(0)), names(start, trained)));
        }
        // A shared stage right before the first cell that needs it.
        Set<String> placed = new HashSet<>();
        all.forEach(t -> placed.add(t.name()));
        for (StudyPlan.Cell c : open) {
            for (StudyPlan.Shared s : c.after()) {
                if (trained.containsKey(s.name()) && placed.add(s.name())) {
                    all.add(trained.get(s.name()));
                }
            }
            all.add(task(c, first, trained));
        }
        return all;
    }

    private Task task(StudyPlan.Cell c, Set<String> first, Map<String, Task> trained) {
        Set<String> after = new HashSet<>(first);
        after.addAll(names(c.after(), trained));
        Path model = c.own() ? new RunFiles(c.recipe().output()).model() : new RunFiles(files.prefix(c.after().get(c.after().size() - 1).digest())).model();
        return new Task(new Job(c.name(), written(c.name(), c.recipe()), given(c.after()), c.own(), model.toString(), c.key().seed()), after);
    }

    private static Set<String> names(List<StudyPlan.Shared> shared, Map<String, Task> trained) {
        Set<String> all = new HashSet<>();
        shared.stream().map(StudyPlan.Shared::name).filter(trained::containsKey).forEach(all::add);
        return all;
    }

    /** For every stage that the shared ones do, the directory it is left in. */
    private List<String> given(List<StudyPlan.Shared> after) {
        List<String> all = new ArrayList<>();
        for (StudyPlan.Shared s : after) {
            String stages = new RunFiles(files.prefix(s.digest())).stages().toString();
            while (all.size() < s.recipe().list().size()) {
                all.add(stages);
            }
        }
        return all;
    }

    private String written(String name, Recipe r) {
        Path file = files.recipes().resolve(name + ".yaml");
        AtomicFiles.createDirectories(files.recipes());
        AtomicFiles.writeString(file, RecipeWriter.write(r));
        return file.toString();
    }

    /** Writes down what a task came to. */
    private void settle(Task task, Job.Outcome outcome, Deque<Task> waiting, Set<String> pending) {
        if (outcome.error() != null) {
            fail(task, outcome, waiting, pending);
        } else if (task.name().equals(BASE)) {
            Definition.requireMetric(study, outcome.figures());
            pace.measuring(outcome.seconds());
            Path cache = new RunFiles(files.root()).cache();
            if (Files.isDirectory(cache)) {
                AtomicFiles.deleteTree(cache);
            }
            AtomicFiles.writeString(files.base(), Json.pretty(Map.of("figures", outcome.figures(), "seconds", outcome.seconds())));
        } else if (cells.containsKey(task.name())) {
            StudyPlan.Cell c = cells.get(task.name());
            AtomicFiles.createDirectories(files.cells());
            AtomicFiles.writeString(files.cell(c.name()), Json.pretty(new CellResult(c.key(), c.spent(), outcome.figures(), outcome.seconds(), c.digest())));
            if (Files.exists(files.failed(c.name()))) {
                AtomicFiles.deleteTree(files.failed(c.name()));
            }
            if (c.own()) {
                lighten(c.recipe().output());
            }
        } else {
            StudyPlan.Shared s = plan.shared().stream().filter(x -> x.name().equals(task.name())).findFirst().orElseThrow();
            AtomicFiles.writeString(files.prefixDone(s.digest()), Json.pretty(Map.of("digest", s.digest(), "seconds", outcome.seconds(), "updates", s.work().updates())));
            AtomicFiles.deleteTree(new RunFiles(files.prefix(s.digest())).checkpoints());
        }
    }

    /** Deletes what is large in the run of a cell that is done. */
    private void lighten(Path run) {
        RunFiles f = new RunFiles(run);
        List<Path> large = new ArrayList<>(List.of(f.checkpoints(), f.cache(), f.stages()));
        if (!study.keepModels()) {
            large.addAll(List.of(f.model(), f.adapter()));
        }
        large.stream().filter(Files::exists).forEach(AtomicFiles::deleteTree);
    }

    private void fail(Task task, Job.Outcome outcome, Deque<Task> waiting, Set<String> pending) {
        if (task.name().equals(BASE)) {
            throw new UserException("The base model could not be measured: " + outcome.error());
        }
        if (cells.containsKey(task.name())) {
            failed(task.name(), outcome.error());
            return;
        }
        List<Task> lost = waiting.stream().filter(t -> t.after().contains(task.name())).toList();
        waiting.removeAll(lost);
        for (Task t : lost) {
            pending.remove(t.name());
            fail(t, Job.Outcome.failed(t.name(), "stages it starts from failed (" + task.name() + "): " + outcome.error(), outcome.user()), waiting, pending);
        }
    }

    private void failed(String cell, String error) {
        failures.put(cell, error);
        AtomicFiles.createDirectories(files.cells());
        AtomicFiles.writeString(files.failed(cell), Json.pretty(Map.of("cell", cell, "error", error)));
        progress.message("Failed: " + cell + ": " + error);
    }
}
