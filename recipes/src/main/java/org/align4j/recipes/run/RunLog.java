package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.checkpoint.Checkpoint;
import org.align4j.core.train.TrainListener;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.rundir.MetricsLog;
import org.align4j.recipes.rundir.RunFiles;
import org.align4j.recipes.rundir.RunResults;
import org.align4j.recipes.rundir.StageRecord;

/** Writes down what a run does: metrics as they come, and at the end the table of results. */
final class RunLog {
    /** Held-out metrics of the table of results, where a stage has them. */
    private static final List<String> COMPARED = List.of("eval_loss", "eval_rank_correlation", "eval_rewards/accuracies", "eval_rewards/margins", "eval_accuracy", "eval_margin", "eval_logps/chosen",
            "eval_logps/rejected", "eval_kl", "eval_deviation", "eval_reward", "eval_objective/kl", "eval_completions/mean_length");
    /** Those that are better when they are lower. */
    private static final Set<String> LOWER = Set.of("eval_loss", "eval_kl", "eval_objective/kl", "eval_completions/mean_length");
    private final RunFiles files;
    private final ModelSession session;
    private final Recipe recipe;
    private final ProgressBar progress;
    private final Samples samples;

    RunLog(RunFiles files, ModelSession session, Recipe recipe, ProgressBar progress) {
        this.files = files;
        this.session = session;
        this.recipe = recipe;
        this.progress = progress;
        this.samples = new Samples(files, session, recipe, progress);
    }

    /** The log of a stage, cut off after its checkpoint. */
    MetricsLog open(StageRun run) {
        // A stage without a checkpoint begins again, the evaluation before its first update included.
        return MetricsLog.resumeAt(files.metrics(), run.name(), run.checkpoint().map(Checkpoint::step).orElse(run.firstStep() - 1));
    }

    /** Answers the evaluation prompts with the weights as they are now. */
    void samples(int order, String moment) {
        samples.take(order, moment);
    }

    /** Shows the progress of a stage of so many updates and writes its metrics down. */
    TrainListener listener(StageRun run, long updates, MetricsLog metrics) {
        String name = run.name();
        progress.stage(name, run.checkpoint().map(c -> c.step() - run.firstStep()).orElse(0L), updates);
        FallWatch watch = new FallWatch();
        lines(name).forEach(l -> watch.see(l.values()));
        return new TrainListener() {
            private long tokens;
            private long windowTokens;
            private double windowSeconds;

            @Override
            public void onStep(long step, long totalSteps, double loss, Map<String, Double> values, long stepTokens, double seconds) {
                tokens += stepTokens;
                windowTokens += stepTokens;
                windowSeconds += seconds;
                progress.update(new ProgressBar.Update(step, tokens, loss, values.getOrDefault("rewards/margins", Double.NaN)));
            }

            @Override
            public void onMetrics(long step, double epoch, Map<String, Double> values) {
                Map<String, Double> all = new LinkedHashMap<>(values);
                all.put("epoch", epoch);
                all.put("tokens_per_second", windowTokens / windowSeconds);
                all.put("memory/peak_mib", session.backend().memory().peak() / 1048576.0);
                windowTokens = 0;
                windowSeconds = 0;
                metrics.append(name, step, all);
                watch.see(all).ifPresent(explanation -> progress.message("Note on " + name + ": " + explanation));
            }

            @Override
            public void onEvaluation(long step, double epoch, Map<String, Double> values) {
                Map<String, Double> all = new LinkedHashMap<>(values);
                all.put("epoch", epoch);
                metrics.append(name, step, all);
            }

            @Override
            public void onCheckpoint(long step, Path directory) {
                progress.message("Saved " + directory);
            }
        };
    }

    private List<MetricsLog.Line> lines(String stage) {
        return MetricsLog.read(files.metrics()).stream().filter(l -> l.stage().equals(stage)).toList();
    }

    /** Writes results.json from the metrics of the whole run, interruptions included. */
    void finish(List<Finished> finished) {
        List<RunResults.Stage> stages = new ArrayList<>();
        List<RunResults.Result> results = new ArrayList<>();
        List<String> warnings = new ArrayList<>(session.warnings());
        for (Finished done : finished) {
            StageRecord p = done.record();
            List<MetricsLog.Line> mine = lines(p.name());
            FallWatch watch = new FallWatch();
            mine.forEach(l -> watch.see(l.values()).ifPresent(explanation -> warnings.add(p.name() + ", at update " + l.step() + ": " + explanation)));
            double tokens = mine.stream().mapToDouble(l -> l.values().getOrDefault("num_tokens", 0.0)).max().orElse(0);
            double speed = mine.stream().filter(l -> l.values().containsKey("tokens_per_second")).mapToDouble(l -> l.values().get("tokens_per_second"))
                    .average().orElse(Double.NaN);
            stages.add(new RunResults.Stage(p.name(), p.kind(), p.updates(), (long) tokens, tokens / speed));
            List<MetricsLog.Line> evaluations = mine.stream().filter(l -> l.values().keySet().stream().anyMatch(k -> k.startsWith("eval_"))).toList();
            if (!evaluations.isEmpty()) {
                compare(p, evaluations.get(0).values(), evaluations.get(evaluations.size() - 1).values(), results);
            }
            results.addAll(p.results());
        }
        String last = finished.get(finished.size() - 1).record().kind();
        new RunResults(recipe.name(), finished.size() + (finished.size() == 1 ? " stage" : " stages") + " ending with " + last + ".", stages, results, samples.read(), warnings)
                .write(files.results());
        printTable(results);
    }

    private static void compare(StageRecord p, Map<String, Double> before, Map<String, Double> after, List<RunResults.Result> results) {
        int n = p.heldOut();
        for (String metric : COMPARED) {
            if (before.containsKey(metric) && after.containsKey(metric)) {
                boolean fraction = metric.endsWith("accuracies") || metric.endsWith("accuracy");
                results.add(new RunResults.Result(p.name() + ": " + metric, fraction, !LOWER.contains(metric),
                        List.of(value("before", before.get(metric), fraction, n), value("after", after.get(metric), fraction, n))));
            }
        }
    }

    private static RunResults.Value value(String model, double v, boolean fraction, int n) {
        return new RunResults.Value(model, v, fraction ? Math.sqrt(v * (1 - v) / n) : Double.NaN, n);
    }

    private void printTable(List<RunResults.Result> results) {
        for (RunResults.Result r : results) {
            RunResults.Value a = r.values().get(0);
            RunResults.Value b = r.values().get(r.values().size() - 1);
            progress.message(String.format(java.util.Locale.ROOT, r.values().size() == 1 ? "%-34s %10.4f" : "%-34s %10.4f → %10.4f", r.metric(), a.value(), b.value()));
        }
    }
}
