package org.align4j.examples.study;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.io.AtomicFiles;
import org.align4j.rewardmodels.evaluate.Interval;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Numbers of several seeds: kept as JSON, shown as means with 95 % confidence intervals (Student's t over seeds). */
final class StudyResults {
    private StudyResults() {}

    static void write(Path file, Map<String, Double> results) {
        AtomicFiles.writeString(file, JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsString(results));
    }

    static Map<String, Double> read(Path file) {
        Map<String, Double> results = new LinkedHashMap<>();
        try {
            JsonNode json = JsonMapper.shared().readTree(Files.readAllBytes(file));
            json.properties().forEach(e -> results.put(e.getKey(), e.getValue().asDouble()));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return results;
    }

    static Interval of(List<Map<String, Double>> seeds, String name) {
        return Interval.ofMean(seeds.stream().mapToDouble(s -> s.get(name)).toArray());
    }

    /** The same seeds' difference of two numbers. */
    static Interval difference(List<Map<String, Double>> seeds, String a, String b) {
        return Interval.ofMean(seeds.stream().mapToDouble(s -> s.get(a) - s.get(b)).toArray());
    }

    /** All tables as Markdown. */
    static String tables(List<Map<String, Double>> seeds) {
        StringBuilder out = new StringBuilder();
        out.append("| | mean of ").append(seeds.size()).append(" seeds |\n|---|---|\n");
        for (String name : seeds.get(0).keySet()) {
            if (!name.contains(" | ") && !name.startsWith("best of")) {
                row(out, name, text(of(seeds, name)));
            }
        }
        out.append("\n| n | KL bound | gold, chosen by reward model | its reward | gold, chosen by gold |\n|---|---|---|---|---|\n");
        for (int n = 1; seeds.get(0).containsKey("best of " + n + " gold"); n *= 2) {
            String best = "best of " + n;
            row(out, Integer.toString(n), String.format(Locale.ROOT, "%.2f", org.align4j.rewardmodels.sampling.BestOfN.kl(n)), text(of(seeds, best + " gold")),
                    text(of(seeds, best + " proxy")), text(of(seeds, best + " by gold")));
        }
        out.append("\n| trained with | gold | gain over SFT | reward model's reward | tokens | epochs |\n|---|---|---|---|---|---|\n");
        for (String name : arms(seeds)) {
            row(out, name, text(of(seeds, name + " | gold")), text(difference(seeds, name + " | gold", "SFT | gold")), text(of(seeds, name + " | proxy")),
                    String.format(Locale.ROOT, "%.2f", of(seeds, name + " | length").value()),
                    seeds.get(0).containsKey(name + " | epoch") ? String.format(Locale.ROOT, "%.1f", of(seeds, name + " | epoch").value()) : "");
        }
        return out.toString();
    }

    private static String text(Interval interval) {
        return String.format(Locale.ROOT, "%.3f ± %.3f", interval.value(), interval.half());
    }

    static Iterable<String> arms(List<Map<String, Double>> seeds) {
        return seeds.get(0).keySet().stream().filter(n -> n.endsWith(" | gold")).map(n -> n.substring(0, n.length() - 7)).toList();
    }

    private static void row(StringBuilder out, String... cells) {
        out.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }
}
