package org.align4j.recipes.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import org.align4j.core.backend.AttentionLayout.Segment;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.MomentType;
import org.align4j.core.backend.Precision;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.train.AdamW;
import org.align4j.core.train.LrSchedule;
import org.align4j.core.train.Streams;
import org.align4j.core.train.TrainListener;
import org.align4j.core.train.TrainSettings;
import org.align4j.core.train.Trainer;
import org.align4j.losses.pair.DpoLoss;
import org.align4j.losses.Loss;
import org.align4j.losses.supervised.NllLoss;

/** Measures whole updates (forward, backward, clipping, AdamW) of one configuration in this process and prints one line of key=value pairs. */
final class BenchWorker {
    private BenchWorker() {}

    /**
     * @param args shape, mode (sft or dpo), dtype (fp32 or bf16), pairs, sequence length, prompt length, measured steps, warm-up steps,
     *             what is trained ({@link BenchSubject.Tune})
     */
    public static void main(String[] args) throws IOException {
        BenchShape shape = BenchShape.of(args[0]);
        boolean dpo = args[1].equals("dpo");
        Precision precision = args[2].equals("bf16") ? Precision.BF16 : Precision.FP32;
        int pairs = Integer.parseInt(args[3]);
        int length = Integer.parseInt(args[4]);
        int prompt = Integer.parseInt(args[5]);
        int steps = Integer.parseInt(args[6]);
        int warm = Integer.parseInt(args[7]);
        ModelConfig config = shape.config(length);
        KernelProfile profile = Boolean.getBoolean("align4j.bench.profile") ? new KernelProfile() : null;
        Backend plain = Backends.open(Backends.Choice.AUTO, precision).backend();
        BenchSubject.Tune tune = BenchSubject.Tune.valueOf(args[8].toUpperCase(Locale.ROOT));
        try (Backend b = profile == null ? plain : profile.wrap(plain); BenchSubject subject = BenchSubject.of(config, b, tune, dpo)) {
            boolean lean = tune == BenchSubject.Tune.LEAN;
            Loss loss = dpo ? new DpoLoss(0.1) : new NllLoss();
            List<Group> data = data(shape.vocab(), dpo, pairs, length, prompt, (steps + warm));
            int batch = dpo ? pairs : 2 * pairs;
            LrSchedule schedule = new LrSchedule(LrSchedule.Shape.CONSTANT, 5e-7, 0, steps + warm, 0);
            TrainSettings settings = new TrainSettings(steps + warm, batch, 1 << 20, schedule, new AdamW.Settings(0.9, 0.999, 1e-8, 0.01, false, 1.0,
                    lean ? MomentType.INT8 : MomentType.FLOAT32), 0, 0, 1, 1, 0, 0).with(subject.lisa()).recomputing(lean ? config.layers() : 0);
            List<Double> times = new ArrayList<>();
            double[] last = new double[1];
            TrainListener listener = new TrainListener() {
                @Override
                public void onStep(long step, long total, double value, java.util.Map<String, Double> metrics, long tokens, double seconds) {
                    last[0] = value;
                    if (step > warm) {
                        times.add(seconds);
                    } else if (profile != null) {
                        profile.clear();
                    }
                }
            };
            try (Trainer trainer = new Trainer(subject.model(), loss, subject.reference(), data, settings, listener)) {
                trainer.run();
            }
            if (profile != null) {
                System.out.print(profile.table(steps));
            }
            double[] sorted = times.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            PackedBatch packed = PackedBatch.of(data.subList(0, batch));
            // What the other ways leave out is not counted, so they have no figure.
            double useful = tune == BenchSubject.Tune.FULL || tune == BenchSubject.Tune.CACHED
                    ? shape.flops(packed.tokens(), keys(packed), packed.targets().length, dpo && tune == BenchSubject.Tune.FULL) : Double.NaN;
            double median = sorted[sorted.length / 2];
            long tokens = 2L * pairs * length;
            System.out.println(String.format(Locale.ROOT, "median_s=%.4f min_s=%.4f tok_s=%.0f peak_rss_gb=%.2f loss=%.4f %stensors_peak_gb=%.2f", median,
                    sorted[0], tokens / median, rss(), last[0], Double.isNaN(useful) ? "" : String.format(Locale.ROOT, "useful_gflops=%.0f ", useful / median * 1e-9), b.memory().peak() / 1e9));
        }
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

    private static List<Group> data(int vocab, boolean dpo, int pairs, int length, int prompt, int batches) {
        RandomGenerator r = Streams.of(0, "data", 0);
        List<Group> list = new ArrayList<>();
        int count = batches * (dpo ? pairs : 2 * pairs);
        for (int i = 0; i < count; i++) {
            int[] p = r.ints(prompt, 0, vocab).toArray();
            List<Group.Response> responses = new ArrayList<>();
            for (int k = 0; k < (dpo ? 2 : 1); k++) {
                responses.add(new Group.Response(r.ints(length - prompt, 0, vocab).toArray(), k == 0 ? 1 : 0, null, true));
            }
            list.add(new Group(new Location("random", i), p, responses));
        }
        return list;
    }

    private static double rss() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return Double.NaN;
        }
        return Files.readAllLines(status).stream().filter(l -> l.startsWith("VmHWM")).mapToLong(l -> Long.parseLong(l.replaceAll("\\D", ""))).sum() / 1048576.0;
    }
}
