package org.align4j.recipes.quickstart;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.recipes.quickstart.Attempts.Attempt;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.rundir.RunResults;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuickstartTest {
    /** Too small to learn anything, large enough to go through every step. */
    private static final QuickstartData.Sizes SMALL = new QuickstartData.Sizes(1_600, 300, 300, 40);

    @TempDir
    Path directory;

    @Test
    void goesThroughAllStepsAndComesToTheSameBitsAgain() throws IOException {
        Path a = directory.resolve("a");
        StringWriter text = new StringWriter();
        List<Exam> first = Quickstart.run(a, 3, SMALL, new PrintWriter(text));
        assertEquals(List.of("base", "SFT", "SFT + DPO"), first.stream().map(Exam::model).toList());
        assertTrue(text.toString().contains("SFT + DPO"), text.toString());
        assertTrue(text.toString().contains("Report  " + a.resolve("report.html")), text.toString());
        String page = Files.readString(a.resolve("report.html"));
        for (String part : List.of("exact match", "format valid", "1-pretrain", "work shown", "2-sft", "3-dpo")) {
            assertTrue(page.contains(part), part);
        }
        RunResults results = RunResults.read(a.resolve("results.json"));
        assertEquals(40, results.results().get(0).values().get(2).count());
        assertEquals(16, results.samples().size());
        RecipeReader.read(a.resolve("1-sft.yaml"), List.of());
        RecipeReader.read(a.resolve("2-dpo.yaml"), List.of());

        Path b = directory.resolve("b");
        assertEquals(first, Quickstart.run(b, 3, SMALL, new PrintWriter(new StringWriter())));
        Path weights = Path.of("2-dpo", "model", "model.safetensors");
        assertArrayEquals(Files.readAllBytes(a.resolve(weights)), Files.readAllBytes(b.resolve(weights)));
        assertThrows(UserException.class, () -> Quickstart.run(a, 3, new PrintWriter(new StringWriter())));
    }

    @Test
    void aPairIsARightAnswerBeforeAWrongOneOfTheSameProblem() {
        Problem p = new Problem("Tom has 3 eggs. Tom finds 2. How many eggs has Tom now?", 3, List.of(new Problem.Operation('+', 2)));
        Attempt wrong = new Attempt(" #### 4", false, true);
        Attempt right = new Attempt(" #### 5", true, true);
        Attempt endless = new Attempt(" 3 + 3 + 3", false, false);
        List<Map<String, String>> rows = PreferencePairs.of(List.of(p, p, p, p),
                List.of(List.of(endless, wrong, right, right), List.of(wrong, wrong), List.of(right, right), List.of(right, endless)));
        assertEquals(List.of(Map.of("prompt", p.prompt(), "chosen", " #### 5", "rejected", " #### 4")), rows);
    }

    @Test
    void theExamCountsAndComparesWithStandardErrors() {
        Exam before = new Exam("a", attempts(20, 100));
        Exam after = new Exam("b", attempts(50, 100));
        assertEquals(0.2, before.accuracy().value());
        assertEquals(0.04, before.accuracy().standardError(), 1e-12);
        // (0.5 − 0.2) / √(0.2·0.8/100 + 0.5·0.5/100)
        assertEquals(0.3 / Math.sqrt(0.0041), after.risenBy(before), 1e-12);
        assertTrue(Exam.text(List.of(before, after)).contains("20.0 ± 4.0 %"), Exam.text(List.of(before, after)));
    }

    private static List<Attempt> attempts(int right, int all) {
        return java.util.stream.IntStream.range(0, all).mapToObj(i -> new Attempt("", i < right, true)).toList();
    }
}
