package org.align4j.recipes.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.align4j.recipes.eval.Figure;
import org.align4j.recipes.recipe.Budget;
import org.align4j.recipes.rundir.internal.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudyReadingTest {
    private static final List<String> METHODS = List.of("dpo", "kto");

    @TempDir
    private Path directory;

    private static Map<String, Direction.Verdict> verdicts(SyntheticStudy.Truth truth, double noise) {
        StudySubject s = SyntheticStudy.subject(5, List.of("dpo"));
        Map<String, Direction.Verdict> out = new HashMap<>();
        Grid g = Grid.of(s, SyntheticStudy.cells(s, truth, noise, 4), "exact_match");
        Direction.of(s, g, Draws.of(g)).forEach(d -> out.put(d.claim().split(" ")[0], d.verdict()));
        return out;
    }

    @Test
    void publishedFindingsAreFoundWhereTheyAre() {
        assertEquals(Map.of("Demonstrations", Direction.Verdict.AGREES, "The", Direction.Verdict.AGREES, "Without", Direction.Verdict.AGREES, "A", Direction.Verdict.AGREES),
                verdicts((b, r, m) -> r == 1 ? 0.3 + 0.02 * Math.log10(b) : 0.2 + 0.4 * (b > 500 ? 0.5 : 0) - 0.05 * Math.abs(r - 0.5) - (r == 0 ? 0.15 : 0), 0.004));
    }

    @Test
    void publishedFindingsAreDeniedWhereTheOppositeIsTrue() {
        // Few annotations want preferences, many demonstrations, and no demonstrations are no loss.
        assertEquals(Map.of("Demonstrations", Direction.Verdict.DISAGREES, "The", Direction.Verdict.DISAGREES, "Without", Direction.Verdict.DISAGREES, "A", Direction.Verdict.CANNOT_TELL),
                verdicts((b, r, m) -> 0.5 + (b < 500 ? -0.2 : 0.2) * r - (r > 0 && r < 0.25 ? 0.1 : 0), 0.004));
    }

    @Test
    void noiseIsNoFinding() {
        Map<String, Direction.Verdict> v = verdicts((b, r, m) -> 0.5, 0.05);
        assertTrue(v.values().stream().allMatch(x -> x == Direction.Verdict.CANNOT_TELL), () -> "verdicts " + v);
    }

    @Test
    void aWholeStudyIsWrittenForPeopleAndPrograms() throws Exception {
        StudySubject s = SyntheticStudy.subject(3, METHODS);
        List<CellResult> cells = SyntheticStudy.cells(s, SyntheticStudy::published, 0.01, 1);
        StudyReading reading = StudyReading.of(s, cells, List.of(new Figure("exact_match", 0.02, 0.01, 0.04, 0.006, 500, true, true)));
        reading.write(directory);
        List<String> rows = Files.readAllLines(directory.resolve("cells.csv"));
        assertEquals(cells.size() + 1, rows.size());
        int columns = rows.get(0).split(",", -1).length;
        assertTrue(rows.stream().allMatch(r -> r.split(",", -1).length == columns));
        assertTrue(rows.get(1).startsWith("100,0,dpo,1,0,0,0,100,100,8000,0,3,"), rows.get(1));
        Map<String, Object> json = Json.readObject(directory.resolve("results.json"));
        assertEquals(cells.size(), json.get("cells_done"));
        assertEquals(List.of(), json.get("cells_missing"));
        assertEquals(s.budgets().size() * (s.methods().size() * 6 + 1), ((List<?>) ((Map<?, ?>) json.get("figures")).get("exact_match")).size());
        List<String> files = new ArrayList<>(List.of("report.html"));
        try (var all = Files.list(directory)) {
            all.map(p -> p.getFileName().toString()).filter(n -> n.endsWith(".svg")).forEach(files::add);
        }
        assertEquals(1 + 3 * METHODS.size() + 2, files.size(), () -> "files " + files);
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        for (String f : files) {
            String text = Files.readString(directory.resolve(f)).replace("<!DOCTYPE html>\n", "");
            factory.newDocumentBuilder().parse(new java.io.ByteArrayInputStream(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
            assertFalse(text.contains("NaN") || text.contains("<script"), f);
        }
        String advice = Files.readString(directory.resolve("advice.md"));
        assertTrue(advice.contains("With a budget of 1,000 examples: spend ") && advice.contains("With a budget of 550 examples: "), advice);
        assertTrue(advice.contains("The study has no such budget") && !advice.contains("This is a part"), advice);
        assertTrue(reading.advice(500, new Budget.Cost(2, 1)).orElseThrow().contains("a demonstration costs 2, a preference 1"));
    }

    @Test
    void aPartOfAStudySaysWhatIsMissing() {
        StudySubject s = SyntheticStudy.subject(3, METHODS);
        List<CellResult> cells = SyntheticStudy.cells(s, SyntheticStudy::published, 0.01, 1);
        for (int done : new int[] {1, 2, 39, 41, 100, cells.size() - 1}) {
            StudyReading part = StudyReading.of(s, cells.subList(0, done), List.of());
            part.write(directory.resolve("part-" + done));
            assertTrue(part.text().contains(done + " of " + cells.size() + " cells are done"), part.text());
            assertEquals(cells.size() - done, part.analysis().missing().size());
            assertFalse(part.text().contains("NaN"));
        }
        assertTrue(StudyReading.of(s, cells.subList(0, 1), List.of()).text().contains("Nothing else has been tried yet"));
    }

    @Test
    void aFigureThatShouldFallIsReadSo() {
        StudySubject s = SyntheticStudy.subject(3, List.of("dpo"));
        List<CellResult> cells = SyntheticStudy.cells(s, (b, r, m) -> r == 0.5 ? 0.2 : 0.4, 0.001, 1).stream()
                .map(c -> SyntheticStudy.cell(c.key(), c.figures().get(0).value(), false)).toList();
        assertTrue(StudyReading.of(s, cells, List.of()).text().contains("With a budget of 100 examples: spend 50 % on demonstrations (50) and 50 % on preferences (50), and train with dpo"));
    }

    @Test
    void aStudyWithoutItsFigureSaysNothingWrong() {
        StudySubject s = new StudySubject("x", "no_such_figure", SyntheticStudy.subject(1, METHODS).unit(), new Budget.Cost(1, 1), List.of(10.0), List.of(0.5), METHODS, List.of(1L));
        StudyReading reading = StudyReading.of(s, List.of(SyntheticStudy.cell(new CellKey(10, 0.5, "dpo", 1), 0.5, true)), List.of());
        reading.write(directory);
        assertFalse(reading.text().contains("With a budget"), reading.text());
    }

    private static Map<String, Direction.Verdict> verdicts(List<Double> budgets, List<Double> ratios, SyntheticStudy.Truth truth) {
        StudySubject s = SyntheticStudy.subject(5, List.of("dpo"));
        StudySubject other = new StudySubject(s.name(), s.metric(), s.unit(), s.cost(), budgets, ratios, s.methods(), s.seeds());
        Map<String, Direction.Verdict> out = new HashMap<>();
        Grid g = Grid.of(other, SyntheticStudy.cells(other, truth, 0.002, 4), "exact_match");
        Direction.of(other, g, Draws.of(g)).forEach(d -> out.put(d.claim().split(" ")[0], d.verdict()));
        return out;
    }

    @Test
    void findingsAreJudgedOnlyWhereTheyWerePublished() {
        SyntheticStudy.Truth truth = (b, r, m) -> r == 1 ? 0.6 : 0.2 + 0.2 * r;
        assertEquals(Direction.Verdict.CANNOT_TELL, verdicts(List.of(2000.0, 4000.0), SyntheticStudy.RATIOS, truth).get("Demonstrations"));
        assertEquals(Direction.Verdict.AGREES, verdicts(List.of(200.0, 4000.0), SyntheticStudy.RATIOS, truth).get("Demonstrations"));
        assertEquals(Direction.Verdict.CANNOT_TELL, verdicts(List.of(200.0, 4000.0), List.of(0.0, 0.5, 1.0), truth).get("Without"));
        assertEquals(Direction.Verdict.CANNOT_TELL, verdicts(List.of(200.0, 4000.0), List.of(0.0, 0.1, 1.0), truth).get("A"));
    }

    @Test
    void aShareThatFallsOnceAndAGapThatTurnsAgreeInPart() {
        // Best splits have 0, 50, 50 and 25 % of preferences; a tenth is worse than nothing at the last budget only.
        Map<String, Direction.Verdict> v = verdicts(SyntheticStudy.BUDGETS, SyntheticStudy.RATIOS, (b, r, m) -> 0.5 - 0.2 * Math.abs(r - (b < 200 ? 1 : b < 2000 ? 0.5 : 0.75))
                + (r == 0 ? b < 2000 ? -0.2 : 0.1 : 0));
        assertEquals(Direction.Verdict.IN_PART, v.get("The"));
        assertEquals(Direction.Verdict.IN_PART, v.get("Without"));
    }
}
