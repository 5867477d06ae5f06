package org.align4j.recipes.bench;

import java.util.Locale;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;

/** Measures decoding of one shape in this process and prints one line of key=value pairs. */
final class DecodeWorker {
    private DecodeWorker() {}

    /** @param args shape, dtype (fp32 or bf16), prompt tokens, sampled tokens, rounds, seconds of warm-up, batch sizes */
    public static void main(String[] args) {
        KernelProfile profile = Boolean.getBoolean("align4j.bench.profile") ? new KernelProfile() : null;
        Backend plain = Backends.open(Backends.Choice.AUTO, BenchWorker.precision(args[1])).backend();
        int[] batches = new int[args.length - 6];
        for (int i = 0; i < batches.length; i++) {
            batches[i] = Integer.parseInt(args[6 + i]);
        }
        int rounds = Integer.parseInt(args[4]);
        try (Backend b = profile == null ? plain : profile.wrap(plain);
                DecodeRun run = new DecodeRun(BenchShape.of(args[0]), b, Integer.parseInt(args[2]), Integer.parseInt(args[3]),
                        profile == null ? () -> { } : profile::clear)) {
            double[] speeds = run.medians(batches, rounds, Double.parseDouble(args[5]));
            if (profile != null) {
                // Of the last batch, by token.
                System.out.print(profile.table(Integer.parseInt(args[3])));
            }
            StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "bytes=%.0f", run.bytes()));
            for (int i = 0; i < batches.length; i++) {
                line.append(String.format(Locale.ROOT, " b%d=%.2f", batches[i], speeds[i]));
            }
            System.out.println(line);
        }
    }
}
