package org.align4j.recipes.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.Precision;
import org.align4j.core.data.Group;
import org.align4j.core.io.DType;
import org.align4j.recipes.bench.BenchData.Work;
import org.align4j.recipes.cli.Commands.BenchMeasure;
import org.align4j.recipes.cli.Commands.BenchRequest;
import org.align4j.recipes.cli.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class BenchTest {
    private static final BenchShape TINY = new BenchShape("tiny", 32, 2, 2, 2, 64, 100);

    @TempDir
    private Path dir;

    private final StringWriter out = new StringWriter();
    private final Terminal terminal = new Terminal(new PrintWriter(out), new PrintWriter(out), false);

    private BenchRequest request(List<String> works, int responses, Path json) {
        return new BenchRequest(BenchMeasure.TABLE, List.of("A"), works, List.of("fp32"), List.of("full"), 1, responses, 8, 4, 1, 1, Optional.of(0), Optional.empty(),
                Optional.of(json), Optional.empty());
    }

    @Test
    void tableAndJsonAgree() throws IOException {
        Path json = dir.resolve("bench.json");
        Bench.run(request(List.of("sft", "list"), 2, json), terminal);
        JsonNode all = JsonMapper.shared().readTree(Files.readString(json));
        assertEquals(2, all.get("rows").size());
        for (JsonNode row : all.get("rows")) {
            for (String figure : List.of("seconds", "tokens_per_second", "memory_gb", "useful_gflops")) {
                assertTrue(row.get(figure).asDouble() > 0, () -> figure + " in " + row);
            }
        }
        assertTrue(all.get("copy_gb_per_second").asDouble() > 0);
        assertTrue(all.get("ceiling_gflops").get("fp32").asDouble() > 0);
        assertTrue(all.get("machine").get("cpu").get("cores").asInt() > 0);
        assertTrue(all.get("machine").get("versions").has("oneDNN"));
        assertTrue(out.toString().contains("| A | sft | fp32 | full | "), out::toString);
        assertTrue(out.toString().contains("| A | list | fp32 | full | "), out::toString);
    }

    @Test
    void decodingIsMeasuredAfterThePrompts() {
        int[] told = {0};
        try (Backend b = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend(); DecodeRun run = new DecodeRun(TINY, b, 6, 5, () -> told[0]++)) {
            double[] speeds = run.medians(new int[] {1, 3}, 3, 0);
            assertTrue(speeds[0] > 0 && speeds[1] > 0, () -> speeds[0] + " and " + speeds[1]);
            assertEquals(2 * 4, told[0], "once a batch, in one warm-up and three rounds");
            assertEquals(2.0 * (100 * 32 + 2 * (4 * 32 * 32 + 3 * 32 * 64) + 5 * 32), run.bytes());
        }
    }

    @Test
    void listsMustDivideTheRows() {
        UserException e = assertThrows(UserException.class, () -> Bench.run(request(List.of("list"), 3, dir.resolve("x.json")), terminal));
        assertTrue(e.getMessage().contains("do not divide into lists of --responses 3"), e.getMessage());
    }

    @Test
    void everyWorkHasTheSameTokens() {
        for (Work work : Work.values()) {
            BenchData data = BenchData.of(work, 4, 8, 20, 12);
            assertEquals(160, data.tokens());
            List<Group> groups = data.draw(50, 2);
            assertEquals(2 * 160, groups.stream().mapToLong(Group::tokensUnshared).sum(), work.name());
        }
        assertEquals(1, BenchData.of(Work.LIST, 4, 8, 20, 12).groups());
        assertEquals(8, BenchData.of(Work.LIST, 4, 8, 20, 12).draw(50, 1).get(0).responses().size());
    }

    @Test
    void everyWorkTrainsAndIsProfiledByKind() {
        for (Work work : Work.values()) {
            KernelProfile profile = new KernelProfile();
            try (Backend b = profile.wrap(Backends.open(Backends.Choice.AUTO, Precision.FP32).backend())) {
                BenchRun run = BenchRun.measure(TINY, b, BenchSubject.Tune.FULL, BenchData.of(work, 2, 4, 12, 6), 2, 1, profile);
                assertTrue(run.best() > 0 && run.median() >= run.best() && run.useful() > 0 && Double.isFinite(run.loss()), run::toString);
            }
            String table = profile.table(2);
            for (String kind : List.of("products", "attention", "elementwise", "norms", "optimiser", "logits and their softmax", "copies")) {
                assertTrue(table.lines().anyMatch(l -> l.startsWith("  " + kind + " ") && l.endsWith("%")), () -> kind + " is missing from\n" + table);
            }
            double percents = table.lines().filter(l -> l.startsWith("  ")).mapToDouble(l -> Double.parseDouble(l.replaceAll(".* ([0-9.]+) %$", "$1"))).sum();
            // Nine kinds at most, each rounded to a tenth.
            assertEquals(100, percents, 0.5);
        }
    }

    @Test
    void exponentsArePowersBetweenNeighbours() {
        BenchCurve square = new BenchCurve("t", "token", "fp32", new double[] {2, 4, 8}, new double[] {2, 4, 8}, new double[] {1, 4, 16});
        assertEquals(2, square.exponent(2), 1e-12);
        assertTrue(Double.isNaN(square.exponent(0)));
        assertEquals(2, square.perUnit(2), 1e-12);
        assertEquals(3, ((List<?>) square.json().get("points")).size());
    }

    @Test
    void curvesAreDrawnAsXml() throws Exception {
        List<BenchCurve> curves = new ArrayList<>();
        for (CurvePlan plan : CurvePlan.values()) {
            double[] seconds = new double[plan.sizes().length];
            java.util.Arrays.setAll(seconds, i -> 0.01 * (i + 1));
            curves.add(plan.curve("fp32", seconds));
            curves.add(plan.curve("bf16", seconds));
            for (int size : plan.sizes()) {
                assertTrue(plan.at(size).data().tokens() >= size / 150 && plan.at(size).data().groups() > 0);
            }
        }
        String svg = CurvePicture.draw(curves);
        DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
        int points = curves.stream().mapToInt(c -> c.sizes().length).sum();
        assertEquals(points, svg.split("<circle", -1).length - 1);
        curves.forEach(c -> BenchCurves.print(c, terminal));
        assertEquals(points, out.toString().lines().count());
    }

    @Test
    void aModelFromDiskIsUpdated() throws IOException {
        Path model = Files.createDirectory(dir.resolve("model"));
        BenchStartup.write(TINY, model, DType.BF16);
        List<Long> phases = new ArrayList<>();
        StartupWorker.update(model, org.align4j.recipes.recipe.Precision.FP32, new BenchData(Work.SFT, 1, 1, 8, 4), () -> phases.add(System.nanoTime()));
        assertEquals(3, phases.size());
    }
}
