package org.align4j.recipes.study;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.core.io.AtomicFiles;
import org.align4j.recipes.cli.Commands;
import org.align4j.recipes.cli.Terminal;
import org.align4j.recipes.eval.Figure;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeWriter;
import org.align4j.recipes.run.StopSignal;
import org.align4j.recipes.rundir.internal.Json;
import org.align4j.recipes.yaml.RecordWriter;

/** {@code align4j study}. */
public final class Studies {
    private Studies() {}

    /** What is measured of the base model: {@code base.json}. */
    private record Base(List<Figure> figures, double seconds) {}

    /** Runs a study, or goes on with one; with {@code report} only reads what there is; with {@code check} only plans. */
    public static void run(Commands.StudyRequest request, Terminal terminal) {
        try (StopSignal stop = new StopSignal()) {
            run(request, terminal, stop::requested);
        }
    }

    /** As {@link #run(Commands.StudyRequest, Terminal)}; ends in {@link org.align4j.recipes.cli.Cancelled} once {@code stop} is true. */
    static void run(Commands.StudyRequest request, Terminal terminal, BooleanSupplier stop) {
        StudyReader.Pair pair = StudyReader.read(request.file(), request.overrides());
        Study study = pair.study().with(request.output(), request.parallel());
        StudyFiles files = new StudyFiles(study.output());
        if (request.report()) {
            reportAlone(study, pair.recipe(), files, terminal);
            return;
        }
        StudyPlan plan = StudyPlan.of(study, pair.recipe(), files);
        requireMemory(study, plan);
        Work.Pace pace = new Work.Pace();
        if (request.check()) {
            Definition.require(files, study, pair.recipe());
            announce(study, plan, files, pace, terminal);
            return;
        }
        try (FileChannel lock = open(files, study, pair.recipe(), plan); ProgressBar progress = new ProgressBar(terminal.out())) {
            List<Work> open = announce(study, plan, files, pace, terminal);
            AtomicFiles.writeString(files.plan(), Json.pretty(plan.toMap(study, pace.seconds(open, study.parallel()))));
            Map<String, String> failures = new StudyRunner(study, plan, files, pace, progress, stop).run();
            report(study, files, true, terminal);
            if (!failures.isEmpty()) {
                Map.Entry<String, String> first = failures.entrySet().iterator().next();
                throw new UserException(failures.size() + " of " + plan.cells().size() + " cells failed, the first of them " + first.getKey() + ": " + first.getValue()
                        + " The others are done. What failed is in " + files.cells() + " (*.failed.json) and is tried again when the same command is given.");
            }
        } catch (IOException e) {
            throw new UserException("Cannot work in " + files.root() + ": " + e.getMessage() + ". Choose another directory with --output.", e);
        }
    }

    /** Tells what will be done, and gives what is still open; what cannot be mixed with what is there is refused. */
    private static List<Work> announce(Study study, StudyPlan plan, StudyFiles files, Work.Pace pace, Terminal terminal) {
        Definition.requireData(files, plan.needs().digests());
        int unknown = Definition.requireCells(files, plan);
        if (Files.exists(files.base())) {
            Base base = Json.read(files.base(), Base.class);
            Definition.requireMetric(study, base.figures());
            pace.measuring(base.seconds());
        }
        List<Work> open = StudyRunner.open(plan, files, pace);
        Set<String> kinds = open.stream().filter(w -> Double.isNaN(pace.seconds(w))).map(Work::kind).collect(Collectors.toSet());
        if (!kinds.isEmpty()) {
            Probe.time(study, plan.parts(), files, kinds, pace);
        }
        terminal.out().println(PlanText.of(study, plan, open, pace));
        if (unknown > 0) {
            terminal.out().println("Note: " + unknown + " cells that are done do not say what they were computed from, so that it is not compared.");
        }
        terminal.out().flush();
        return open;
    }

    /** Reads what there is; while the study runs, its files are left to it. */
    private static void reportAlone(Study study, Recipe recipe, StudyFiles files, Terminal terminal) {
        Definition.require(files, study, recipe);
        if (!Files.isDirectory(files.root())) {
            report(study, files, false, terminal);
            return;
        }
        try (FileChannel channel = FileChannel.open(files.root().resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            report(study, files, tryLock(channel) != null, terminal);
        } catch (IOException e) {
            throw new UserException("Cannot work in " + files.root() + ": " + e.getMessage() + ".", e);
        }
    }

    /** Each process plans as if the machine were its own. */
    private static void requireMemory(Study study, StudyPlan plan) {
        long all = plan.needs().memory() * study.parallel();
        long there = ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean os ? os.getTotalMemorySize() : Long.MAX_VALUE;
        if (study.parallel() > 1 && all > there) {
            throw new UserException(study.parallel() + " processes would need about " + (all >> 20) + " MiB, more than this machine's " + (there >> 20)
                    + " MiB. Lower parallel, or give the recipe a memory limit for one process.");
        }
    }

    private static void report(Study study, StudyFiles files, boolean write, Terminal terminal) {
        List<CellResult> cells = new ArrayList<>();
        if (Files.isDirectory(files.cells())) {
            try (Stream<Path> all = Files.list(files.cells())) {
                all.filter(p -> p.toString().endsWith(".json") && !p.toString().endsWith(".failed.json")).sorted().forEach(p -> cells.add(Json.read(p, CellResult.class)));
            } catch (IOException e) {
                throw new UserException("Cannot read " + files.cells() + ": " + e.getMessage() + ".", e);
            }
        }
        if (cells.isEmpty()) {
            throw new UserException("No cell of the study in " + files.root() + " is done yet, so there is nothing to report. Run it first, or give its --output.");
        }
        cells.removeIf(c -> !study.holds(c.key()));
        List<Figure> base = Files.exists(files.base()) ? Json.read(files.base(), Base.class).figures() : List.of();
        if (!cells.isEmpty()) {
            Definition.requireMetric(study, cells.get(0).figures());
        }
        StudyReading reading = StudyReading.of(study.subject(), cells, base);
        if (write) {
            reading.write(files.root());
        }
        terminal.out().print(reading.text());
        terminal.out().println(write ? "Report  " + files.root().resolve("report.html") : "The study is running; its files are written when it ends.");
        terminal.out().flush();
    }

    /** Holds the directory and writes down what the study is. */
    private static FileChannel open(StudyFiles files, Study study, Recipe recipe, StudyPlan plan) throws IOException {
        Files.createDirectories(files.root());
        FileChannel channel = FileChannel.open(files.root().resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = tryLock(channel);
            if (lock == null) {
                throw new UserException("The study in " + files.root() + " is running already; wait for it to end, or choose another directory with --output.");
            }
            Definition.require(files, study, recipe);
            Definition.requireData(files, plan.needs().digests());
            Definition.requireCells(files, plan);
            AtomicFiles.writeString(files.study(), RecordWriter.write(study));
            AtomicFiles.writeString(files.recipe(), RecipeWriter.write(recipe));
            return channel;
        } catch (RuntimeException | IOException e) {
            channel.close();
            throw e;
        }
    }

    private static FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }
}
