package org.align4j.recipes.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.Precision;

/** Measures one configuration in this process and prints one line of key=value pairs. */
final class BenchWorker {
    private BenchWorker() {}

    /**
     * @param args shape, work ({@link BenchData.Work}), dtype (fp32 or bf16), pairs, sequence length, prompt length, measured steps, warm-up steps,
     *             what is trained ({@link BenchSubject.Tune}); responses in a list (8 where left out)
     */
    public static void main(String[] args) throws IOException {
        BenchShape shape = BenchShape.of(args[0]);
        BenchData.Work work = BenchData.Work.valueOf(args[1].toUpperCase(Locale.ROOT));
        int responses = args.length > 9 ? Integer.parseInt(args[9]) : 8;
        BenchData data = BenchData.of(work, Integer.parseInt(args[3]), responses, Integer.parseInt(args[4]), Integer.parseInt(args[5]));
        int steps = Integer.parseInt(args[6]);
        KernelProfile profile = Boolean.getBoolean("align4j.bench.profile") ? new KernelProfile() : null;
        Backend plain = Backends.open(Backends.Choice.AUTO, precision(args[2])).backend();
        BenchSubject.Tune tune = BenchSubject.Tune.valueOf(args[8].toUpperCase(Locale.ROOT));
        try (Backend b = profile == null ? plain : profile.wrap(plain)) {
            BenchRun run = BenchRun.measure(shape, b, tune, data, steps, Integer.parseInt(args[7]), profile);
            if (profile != null) {
                System.out.print(profile.table(steps));
            }
            System.out.println(String.format(Locale.ROOT, "median_s=%.4f min_s=%.4f tok_s=%.0f peak_rss_gb=%.2f loss=%.4f %stensors_peak_gb=%.2f", run.median(),
                    run.best(), data.tokens() / run.median(), rss(), run.loss(),
                    Double.isNaN(run.useful()) ? "" : String.format(Locale.ROOT, "useful_gflops=%.3f ", run.useful() / run.median() * 1e-9), b.memory().peak() / 1e9));
        }
    }

    static Precision precision(String type) {
        return type.equals("bf16") ? Precision.BF16 : Precision.FP32;
    }

    /** Most memory the process ever held, in GiB; NaN where the system does not say. */
    private static double rss() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return Double.NaN;
        }
        return Files.readAllLines(status).stream().filter(l -> l.startsWith("VmHWM")).mapToLong(l -> Long.parseLong(l.replaceAll("\\D", ""))).sum() / 1048576.0;
    }
}
