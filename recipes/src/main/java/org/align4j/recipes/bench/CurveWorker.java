package org.align4j.recipes.bench;

import java.util.Locale;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;

/** Measures the points of one curve in this process and prints one line for each. */
final class CurveWorker {
    private static final int FIRST = 4;

    private CurveWorker() {}

    /** @param args curve ({@link CurvePlan}), dtype (fp32 or bf16), measured steps, warm-up steps */
    public static void main(String[] args) {
        CurvePlan plan = CurvePlan.valueOf(args[0]);
        int steps = Integer.parseInt(args[2]);
        int warm = Integer.parseInt(args[3]);
        try (Backend b = Backends.open(Backends.Choice.AUTO, BenchWorker.precision(args[1])).backend()) {
            // The compiler of the virtual machine is at work in the first updates of a process, whatever is measured.
            CurvePlan.Point first = plan.at(plan.sizes()[0]);
            BenchRun.measure(first.shape(), b, BenchSubject.Tune.FULL, first.data(), 1, FIRST, null);
            for (int size : plan.sizes()) {
                CurvePlan.Point p = plan.at(size);
                BenchRun run = BenchRun.measure(p.shape(), b, BenchSubject.Tune.FULL, p.data(), steps, warm, null);
                b.trim();
                System.out.printf(Locale.ROOT, "s%d=%.5f%n", size, run.median());
            }
        }
    }
}
