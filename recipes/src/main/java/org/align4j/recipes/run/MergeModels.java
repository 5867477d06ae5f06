package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.align4j.core.merge.AdapterMerge;
import org.align4j.core.merge.MergeListener;
import org.align4j.core.merge.MergePlan;
import org.align4j.core.merge.MergeStopped;
import org.align4j.core.merge.ModelMerge;
import org.align4j.recipes.cli.Cancelled;
import org.align4j.recipes.cli.Commands;
import org.align4j.recipes.cli.Terminal;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.rewardmodels.model.RewardMerge;

/** Merges what a command names: checks all of it, then writes. */
final class MergeModels {
    /** Entries that make a step of the progress bar. */
    private static final double STEP = 1e6;

    private MergeModels() {}

    static void run(Commands.MergeRequest request, Terminal terminal) {
        if (request.task() instanceof AdapterMerge adapters) {
            adapters(adapters, request, terminal);
            return;
        }
        MergePlan plan = (MergePlan) request.task();
        try (ModelMerge merge = ModelMerge.open(plan)) {
            describe(merge, terminal);
            if (request.check()) {
                RewardMerge.COMPANION.open(merge);
                terminal.out().println((merge.notCompared().isEmpty() ? "Configurations, tensors and tokenizers fit." : "Configurations and tensors fit, tokenizers as far as they"
                        + " can be compared.") + " Whether all values are finite is seen while they are merged. Nothing was written.");
                return;
            }
            Path out = request.out().orElseThrow();
            write(terminal, listener -> merge.write(out, listener, RewardMerge.COMPANION));
            terminal.out().println("Model    " + out);
        }
    }

    private static void adapters(AdapterMerge adapters, Commands.MergeRequest request, Terminal terminal) {
        int rank = adapters.check();
        adapters.adapters().forEach(a -> terminal.out().println("Adapter  " + a));
        terminal.out().printf(Locale.ROOT, "Method   %s: weights %s, normalize: %s; equal adapters come out times %.4g%n",
                adapters.concatenate() ? "cat, side by side (exact)" : "linear, factors added as PEFT does", adapters.weights(), adapters.normalize(), adapters.total());
        terminal.out().printf(Locale.ROOT, "Result   one adapter of rank %d%n", rank);
        terminal.out().flush();
        if (request.check()) {
            terminal.out().println("They fit. Nothing was written.");
            return;
        }
        Path out = request.out().orElseThrow();
        write(terminal, listener -> adapters.write(out, listener));
        terminal.out().println("Adapter  " + out);
    }

    /** With a progress bar, and until Ctrl-C. */
    private static void write(Terminal terminal, Consumer<MergeListener> work) {
        try (StopSignal stop = new StopSignal(); ProgressBar progress = new ProgressBar(terminal.err())) {
            work.accept(listener("merge", progress, stop::requested));
        } catch (MergeStopped e) {
            throw new Cancelled("Stopped; nothing was written.");
        }
    }

    /** Shows rate and time left. */
    static MergeListener listener(String name, ProgressBar progress, BooleanSupplier stop) {
        long began = System.nanoTime();
        return new MergeListener() {
            private boolean announced;

            @Override
            public void progress(long done, long total) {
                long steps = Math.max(1, Math.round(total / STEP));
                if (!announced) {
                    progress.stage(name, 0, steps);
                    announced = true;
                }
                progress.note(String.format(Locale.ROOT, "%.0f M values/s", done / STEP / Math.max(1e-3, (System.nanoTime() - began) * 1e-9)));
                progress.update(new ProgressBar.Update(done == total ? steps : Math.min(steps - 1, Math.round(done / STEP)), 0, Double.NaN, Double.NaN));
            }

            @Override
            public boolean stop() {
                return stop.getAsBoolean();
            }
        };
    }

    private static void describe(ModelMerge merge, Terminal terminal) {
        MergePlan plan = merge.plan();
        plan.onto().ifPresent(m -> terminal.out().println("Onto     " + m));
        plan.base().ifPresent(m -> terminal.out().println("Base     " + m));
        plan.models().forEach(m -> terminal.out().println("Model    " + m));
        terminal.out().printf(Locale.ROOT, "Method   %s: %s%n", plan.method().name(), ModelMerge.settings(plan));
        terminal.out().printf(Locale.ROOT, "Result   %,d tensors, %,d parameters, %.2f GB of weights; tokenizer %s%n", merge.tensors(), merge.parameters(), merge.bytes() / 1e9,
                merge.tokenizer().map(Path::toString).orElse("none"));
        merge.notCompared().forEach(what -> terminal.out().println("Note     not compared: " + what));
        terminal.out().printf(Locale.ROOT, "Work     %d %s over %d models, buffers of %.0f MB%n", plan.method().passes(), plan.method().passes() == 1 ? "pass" : "passes",
                plan.sources().size(), merge.buffers() / 1e6);
        terminal.out().flush();
    }
}
