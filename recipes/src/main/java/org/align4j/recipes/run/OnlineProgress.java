package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.generate.Progress;
import org.align4j.core.train.TrainListener;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.rundir.MetricsLog;
import org.align4j.rewardmodels.online.OnlineListener;
import org.align4j.rewardmodels.online.Rollouts;

/** Shows how an online stage goes on, responses per second and their mean score above all, and writes its metrics down. */
final class OnlineProgress implements OnlineListener {
    private final TrainListener log;
    private final ProgressBar progress;
    private final long began = System.nanoTime();
    private long step;
    private long tokens;
    private long episodes;
    private String note = "";

    OnlineProgress(StageRun run, long updates, MetricsLog metrics) {
        log = run.log().listener(run, updates, metrics);
        progress = run.progress();
        step = run.checkpoint().map(c -> c.step() - run.firstStep()).orElse(0L);
    }

    @Override
    public void onSampling(long iteration, Progress p) {
        progress.note("sampling " + p.done() + "/" + p.total() + (note.isEmpty() ? "" : "   " + note));
        progress.update(new ProgressBar.Update(step, tokens, Double.NaN, Double.NaN));
    }

    @Override
    public void onRollouts(long iteration, Rollouts r) {
        episodes += r.responses();
        note = String.format(Locale.ROOT, "score %.3f   %.1f episodes/s", Arrays.stream(r.rewards()).average().orElseThrow(), episodes / ((System.nanoTime() - began) * 1e-9));
        progress.note(note);
    }

    @Override
    public void onStep(long at, long totalSteps, double loss, Map<String, Double> metrics, long stepTokens, double seconds) {
        step = at;
        tokens += stepTokens;
        progress.note(note);
        log.onStep(at, totalSteps, loss, metrics, stepTokens, seconds);
    }

    @Override
    public void onMetrics(long at, double epoch, Map<String, Double> metrics) {
        log.onMetrics(at, epoch, metrics);
    }

    @Override
    public void onEvaluation(long at, double epoch, Map<String, Double> metrics) {
        log.onEvaluation(at, epoch, metrics);
    }

    @Override
    public void onCheckpoint(long at, Path directory) {
        log.onCheckpoint(at, directory);
    }
}
