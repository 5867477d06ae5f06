package org.align4j.recipes.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.backend.AttentionLayout.Segment;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.MomentType;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.core.train.AdamW;
import org.align4j.core.train.LrSchedule;
import org.align4j.core.train.TrainListener;
import org.align4j.core.train.TrainSettings;
import org.align4j.core.train.Trainer;

/**
 * Whole updates (forward, backward, clipping, AdamW) on random weights, measured in this process.
 *
 * @param median  seconds of an update
 * @param best    seconds of the fastest
 * @param loss    of the last update
 * @param useful  floating-point operations of an update ({@link BenchShape#flops}); NaN for ways to train that leave some out
 */
record BenchRun(double median, double best, double loss, double useful) {

    /**
     * @param profile null, or what was wrapped around the backend
     * @param warm    updates before those that are measured
     */
    static BenchRun measure(BenchShape shape, Backend backend, BenchSubject.Tune tune, BenchData data, int steps, int warm, KernelProfile profile) {
        try (BenchSubject subject = BenchSubject.of(shape.config(data.length()), backend, tune, data.work().reference())) {
            List<Group> groups = data.draw(shape.vocab(), steps + warm);
            List<Double> times = new ArrayList<>();
            double[] last = new double[1];
            TrainListener listener = new TrainListener() {
                @Override
                public void onStep(long step, long total, double value, Map<String, Double> metrics, long tokens, double seconds) {
                    last[0] = value;
                    if (step > warm) {
                        times.add(seconds);
                    } else if (profile != null) {
                        profile.clear();
                    }
                }
            };
            boolean lean = tune == BenchSubject.Tune.LEAN;
            TrainSettings settings = settings(steps + warm, data.groups(), lean ? MomentType.INT8 : MomentType.FLOAT32).with(subject.lisa())
                    .recomputing(lean ? shape.layers() : 0);
            try (Trainer trainer = new Trainer(subject.model(), data.work().loss(), subject.reference(), groups, settings, listener)) {
                trainer.run();
            }
            double[] sorted = times.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            PackedBatch packed = PackedBatch.of(groups.subList(0, data.groups()));
            boolean full = tune == BenchSubject.Tune.FULL;
            double useful = full || lean || tune == BenchSubject.Tune.CACHED
                    ? shape.flops(packed.tokens(), keys(packed), packed.targets().length, data.work().reference() && full) : Double.NaN;
            return new BenchRun(sorted[sorted.length / 2], sorted[0], last[0], useful);
        }
    }

    /** Updates of one micro-batch each. */
    static TrainSettings settings(int updates, int batch, MomentType moments) {
        LrSchedule schedule = new LrSchedule(LrSchedule.Shape.CONSTANT, 5e-7, 0, updates, 0);
        return new TrainSettings(updates, batch, 1 << 20, schedule, new AdamW.Settings(0.9, 0.999, 1e-8, 0.01, false, 1.0, moments), 0, 0, 1, 1, 0, 0);
    }

    private static long keys(PackedBatch batch) {
        long sum = 0;
        for (Segment s : batch.segments()) {
            for (int i = 0; i < s.queryCount(); i++) {
                sum += s.firstPosition() + i + 1;
            }
        }
        return sum;
    }
}
