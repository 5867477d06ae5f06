package org.align4j.recipes.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.align4j.recipes.cli.Commands.BenchRequest;
import org.align4j.recipes.cli.Terminal;

/** How the cost of an update grows with work: every curve in a process of its own. */
final class BenchCurves {
    private BenchCurves() {}

    static List<BenchCurve> run(BenchRequest request, Terminal terminal) throws IOException, InterruptedException {
        List<BenchCurve> curves = new ArrayList<>();
        terminal.out().println("SFT updates, half of every row prompt; exponent p: seconds grow as size^p from the line above.");
        terminal.out().println("| curve | type | size | s | per unit | exponent |");
        terminal.out().println("|---|---|---|---|---|---|");
        for (CurvePlan plan : CurvePlan.values()) {
            for (String type : request.precisions()) {
                String output = BenchProcess.run(BenchProcess.java(CurveWorker.class, List.of(plan.name(), type, "" + request.steps(), "" + request.warm().orElse(2))), true);
                BenchCurve curve = plan.curve(type, Arrays.stream(plan.sizes()).mapToDouble(s -> BenchProcess.value(output, "s" + s)).toArray());
                print(curve, terminal);
                curves.add(curve);
            }
        }
        return curves;
    }

    static void print(BenchCurve c, Terminal terminal) {
        for (int i = 0; i < c.sizes().length; i++) {
            terminal.out().printf(Locale.ROOT, "| %s | %s | %.0f | %.3f | %s | %s |%n", i == 0 ? c.title() : "", c.type(), c.sizes()[i], c.seconds()[i],
                    perUnit(c.perUnit(i)) + " per " + c.unit(), i == 0 ? "" : String.format(Locale.ROOT, "%.2f", c.exponent(i)));
        }
        terminal.out().flush();
    }

    static String perUnit(double seconds) {
        return seconds < 1e-3 ? String.format(Locale.ROOT, "%.1f µs", seconds * 1e6) : String.format(Locale.ROOT, "%.1f ms", seconds * 1e3);
    }
}
