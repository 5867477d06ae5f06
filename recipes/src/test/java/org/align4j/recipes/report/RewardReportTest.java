package org.align4j.recipes.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import javax.xml.parsers.DocumentBuilderFactory;
import org.align4j.core.data.DataReport;
import org.align4j.recipes.rundir.internal.Json;
import org.align4j.rewardmodels.evaluate.PreferenceEvaluation;
import org.align4j.rewardmodels.evaluate.PreferenceItems;
import org.align4j.rewardmodels.evaluate.ScoredItem;
import org.align4j.rewardmodels.evaluate.Vote;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

class RewardReportTest {
    private static final String[] SUBSETS = {"chat, easy", "chat, hard", "code <b>", "safety & refusal", "a very long name of a subset of the data"};

    private static final List<RewardReport.Mistake> MISTAKES = List.of(new RewardReport.Mistake("Is <i>1 > 2</i>?", "No.", "Yes, & always.".repeat(60), -1.23456, 2));

    @TempDir
    private Path directory;

    private DataReport data() throws Exception {
        Path file = Files.writeString(directory.resolve("pairs.jsonl"), "{\"prompt\": \"p\", \"chosen\": \"a\", \"rejected\": \"b\"}\n");
        return PreferenceItems.read(file, null, PreferenceItems.Columns.NONE).report();
    }

    /** A reward that is somewhat right, too sure of itself and fond of length. */
    private static List<ScoredItem> items(int n) {
        SplittableRandom random = new SplittableRandom(8);
        List<ScoredItem> items = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            int subset = i % SUBSETS.length;
            int strength = 1 + random.nextInt(4);
            int[] lengths = {100 + random.nextInt(1500), 100 + random.nextInt(1500)};
            double margin = (3 - subset) * 0.3 * strength + 0.001 * (lengths[0] - lengths[1]) + 1.8 * random.nextGaussian();
            double base = 2 * random.nextGaussian();
            Map<String, Vote> votes = new LinkedHashMap<>();
            for (String name : List.of("anna", "bert", "carla")) {
                votes.put(name, random.nextInt(10) < 7 ? Vote.CHOSEN : random.nextInt(10) < 9 ? Vote.REJECTED : Vote.TIE);
            }
            items.add(new ScoredItem(SUBSETS[subset], new double[] {base + margin, base}, lengths, new double[] {strength, 0}, List.of(new ScoredItem.Pair(0, 1, strength)), votes));
        }
        return items;
    }

    private static Document parse(String html) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        return factory.newDocumentBuilder().parse(new ByteArrayInputStream(html.replace("<!DOCTYPE html>", "").getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void thePageIsWellFormedAndHasItsPictures() throws Exception {
        List<ScoredItem> items = items(2000);
        RewardReport report = new RewardReport("reward model runs/<rm>", "d", data(), items, PreferenceEvaluation.of(items), MISTAKES);
        Files.createDirectories(Path.of("target"));
        Files.writeString(Path.of("target", "reward-report-sample.html"), report.html());
        Document d = parse(report.html());
        assertEquals(6, d.getElementsByTagName("svg").getLength());
        assertEquals(0, d.getElementsByTagName("b").getLength() - 6, "headings of pictures alone: a subset's name is no markup");
        assertEquals(0, d.getElementsByTagName("script").getLength());
        String text = d.getDocumentElement().getTextContent();
        assertTrue(text.contains("code <b>") && text.contains("safety & refusal") && text.contains("anna"));
        assertTrue(report.summary().matches("The reward orders \\d\\d\\.\\d % of 2,000 pairs as the annotators did .*"), report.summary());
        assertTrue(text.contains("Is <i>1 > 2</i>?") && text.contains("Chosen, −1.235") && text.contains("always.…"), "mistakes");
        assertFalse(report.html().contains("NaN") || report.html().contains("Infinity"));
        report.write(directory);
        Map<String, Object> json = Json.readObject(directory.resolve("evaluation.json"));
        assertEquals(Json.object(Json.compact(report.json())), json);
        assertEquals(5, ((Map<?, ?>) json.get("subsets")).size());
        assertEquals(report.evaluation().calibration().ece(), ((Map<?, ?>) json.get("calibration")).get("ece"));
        assertEquals(report.html(), Files.readString(directory.resolve("report.html")));
    }

    /** One pair without anything to tell apart: nothing is defined but the accuracy, and everything is still drawn. */
    @Test
    void onePairIsEnough() throws Exception {
        List<ScoredItem> items = List.of(new ScoredItem("", new double[] {0, 0}, new int[] {3, 3}, new double[] {1, 0}, List.of(new ScoredItem.Pair(0, 1, 1)), Map.of()));
        RewardReport report = new RewardReport("r", "d", data(), items, PreferenceEvaluation.of(items), MISTAKES);
        assertEquals(4, parse(report.html()).getElementsByTagName("svg").getLength());
        assertFalse(report.html().contains("NaN") || report.html().contains("Infinity"));
        Map<?, ?> calibration = (Map<?, ?>) report.json().get("calibration");
        assertTrue(calibration.containsKey("temperature") && calibration.get("temperature") == null);
        assertEquals(null, report.json().get("agreement"));
    }
}
