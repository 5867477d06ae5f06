package org.align4j.examples.study;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.io.AtomicFiles;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Numbers of several seeds: kept as JSON, shown as means with 95 % confidence intervals (Student's t over seeds). */
final class StudyResults {
    /** 97.5 % quantiles of Student's t for 1 … 9 degrees of freedom. */
    private static final double[] T = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262};

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

    /** Mean and half the width of its interval. */
    record Interval(double mean, double half) {
        static Interval of(double[] values) {
            int n = values.length;
            double mean = java.util.Arrays.stream(values).average().orElseThrow();
            if (n < 2) {
                return new Interval(mean, Double.NaN);
            }
            double variance = java.util.Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / (n - 1);
            return new Interval(mean, T[Math.min(n - 1, T.length) - 1] * Math.sqrt(variance / n));
        }

        String text() {
            return String.format(Locale.ROOT, "%.3f ± %.3f", mean, half);
        }
    }

    static Interval of(List<Map<String, Double>> seeds, String name) {
        return Interval.of(seeds.stream().mapToDouble(s -> s.get(name)).toArray());
    }

    /** The same seeds' difference of two numbers. */
    static Interval difference(List<Map<String, Double>> seeds, String a, String b) {
        return Interval.of(seeds.stream().mapToDouble(s -> s.get(a) - s.get(b)).toArray());
    }

    /** All tables as Markdown. */
    static String tables(List<Map<String, Double>> seeds) {
        StringBuilder out = new StringBuilder();
        out.append("| | mean of ").append(seeds.size()).append(" seeds |\n|---|---|\n");
        for (String name : seeds.get(0).keySet()) {
            if (!name.contains(" | ") && !name.startsWith("best of")) {
                row(out, name, of(seeds, name).text());
            }
        }
        out.append("\n| n | KL bound | gold, chosen by reward model | its reward | gold, chosen by gold |\n|---|---|---|---|---|\n");
        for (int n = 1; seeds.get(0).containsKey("best of " + n + " gold"); n *= 2) {
            String best = "best of " + n;
            row(out, Integer.toString(n), String.format(Locale.ROOT, "%.2f", org.align4j.rewardmodels.sampling.BestOfN.kl(n)), of(seeds, best + " gold").text(),
                    of(seeds, best + " proxy").text(), of(seeds, best + " by gold").text());
        }
        out.append("\n| trained with | gold | gain over SFT | reward model's reward | tokens | epochs |\n|---|---|---|---|---|---|\n");
        for (String name : arms(seeds)) {
            row(out, name, of(seeds, name + " | gold").text(), difference(seeds, name + " | gold", "SFT | gold").text(), of(seeds, name + " | proxy").text(),
                    String.format(Locale.ROOT, "%.2f", of(seeds, name + " | length").mean()),
                    seeds.get(0).containsKey(name + " | epoch") ? String.format(Locale.ROOT, "%.1f", of(seeds, name + " | epoch").mean()) : "");
        }
        return out.toString();
    }

    static Iterable<String> arms(List<Map<String, Double>> seeds) {
        return seeds.get(0).keySet().stream().filter(n -> n.endsWith(" | gold")).map(n -> n.substring(0, n.length() - 7)).toList();
    }

    private static void row(StringBuilder out, String... cells) {
        out.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }
}
