package org.align4j.recipes.run;

import java.util.HashSet;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.rewardmodels.sampling.SamplingListener;

/** Shows how far sampling, scoring and keeping have come, and hands on requests to stop. */
public final class SampleProgress implements SamplingListener {
    private final String name;
    private final ProgressBar progress;
    private final BooleanSupplier stop;
    private final Set<String> begun = new HashSet<>();

    public SampleProgress(String name, ProgressBar progress, BooleanSupplier stop) {
        this.name = name;
        this.progress = progress;
        this.stop = stop;
    }

    @Override
    public void progress(String work, int done, int total, long tokens) {
        if (begun.add(work)) {
            progress.stage(name + " " + work, done, total);
        }
        progress.update(new ProgressBar.Update(done, tokens, Double.NaN, Double.NaN));
    }

    @Override
    public void message(String text) {
        progress.message(text);
    }

    @Override
    public boolean stop() {
        return stop.getAsBoolean();
    }
}
