package org.align4j.recipes.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.io.AtomicFiles;
import org.align4j.recipes.cli.Commands.BenchRequest;
import org.align4j.recipes.cli.Terminal;
import tools.jackson.databind.json.JsonMapper;

/**
 * Measures training on random weights (a table of whole updates, curves of how cost grows with work, the time to the first update) or decoding.
 * Speeds are compared within one run only.
 */
public final class Bench {
    private Bench() {}

    /** Measures what is asked for and prints it as it comes. */
    public static void run(BenchRequest request, Terminal terminal) {
        if (request.prompt() >= request.length()) {
            throw new UserException("--prompt " + request.prompt() + " leaves nothing of --length " + request.length() + " for responses; make it shorter.");
        }
        if (request.works().contains("list") && 2 * request.pairs() % request.responses() != 0) {
            throw new UserException("An update has " + 2 * request.pairs() + " rows (twice --pairs), which do not divide into lists of --responses "
                    + request.responses() + "; choose a divisor.");
        }
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("machine", Speeds.machine());
        all.put("steps", request.steps());
        all.put("rounds", request.rounds());
        try {
            switch (request.measure()) {
                case TABLE -> table(request, terminal, all);
                case CURVES -> {
                    List<BenchCurve> curves = BenchCurves.run(request, terminal);
                    all.put("curves", curves.stream().map(BenchCurve::json).toList());
                    request.picture().ifPresent(f -> AtomicFiles.write(f, out -> out.write(CurvePicture.draw(curves).getBytes(StandardCharsets.UTF_8))));
                }
                case DECODE -> decode(request, terminal, all);
                case SERVE -> BenchServe.run(request, terminal, all);
                case STARTUP -> all.put("startup", BenchStartup.run(BenchShape.of("C"), request.precisions(), request.rounds(), terminal));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        request.json().ifPresent(f -> write(f, all));
    }

    private static void decode(BenchRequest request, Terminal terminal, Map<String, Object> all) throws IOException, InterruptedException {
        Map<String, Double> ceilings = ceilings(request, terminal, all);
        all.put("length", request.length());
        all.put("prompt", request.prompt());
        all.put("rows", BenchDecode.run(request, terminal, ceilings, (double) all.get("copy_gb_per_second")));
    }

    /** Measures what the machine can do at most. */
    private static Map<String, Double> ceilings(BenchRequest request, Terminal terminal, Map<String, Object> all) {
        Map<String, Double> ceilings = new LinkedHashMap<>();
        for (String type : request.precisions()) {
            ceilings.put(type, Speeds.matmul(BenchWorker.precision(type)));
            terminal.out().printf(Locale.ROOT, "Matmul ceiling, 2048×512×2048, %s: %.0f GFLOP/s on %d threads%n", type, ceilings.get(type),
                    Runtime.getRuntime().availableProcessors());
        }
        double copy = Speeds.copyBandwidth();
        terminal.out().printf(Locale.ROOT, "Copying 256 MiB: %.1f GB/s read and written%n", copy);
        all.put("ceiling_gflops", ceilings);
        all.put("copy_gb_per_second", copy);
        return ceilings;
    }

    private static void table(BenchRequest request, Terminal terminal, Map<String, Object> all) throws IOException, InterruptedException {
        Map<String, Double> ceilings = ceilings(request, terminal, all);
        all.put("pairs", request.pairs());
        all.put("responses", request.responses());
        all.put("length", request.length());
        all.put("prompt", request.prompt());
        all.put("rows", new BenchTable(request, terminal, ceilings).run());
    }

    private static void write(Path file, Map<String, Object> all) {
        AtomicFiles.write(file, out -> out.write(JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsBytes(all)));
    }
}
