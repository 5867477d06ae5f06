package org.align4j.recipes.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.recipes.rundir.MetricsLog;
import org.align4j.recipes.rundir.RunResults;

/** A run that looks like a real one. */
final class SampleRun {
    static final String HOSTILE = "</pre><script>alert(\"1\")</script> & 'x' \u0000\u001b[31m ]]> <!-- ünïcödé 漢字 😀";

    private SampleRun() {
    }

    static ReportData data() {
        RunResults results = new RunResults("quickstart <arithmetic> & more",
                "A tiny Llama pretrained on generated text, finetuned on demonstrations and aligned with DPO on pairs of its own answers.",
                List.of(new RunResults.Stage("pretrain", "pretrain", 900, 3_700_000, 71.3), new RunResults.Stage("sft", "sft", 300, 900_000, 22.8),
                        new RunResults.Stage("pairs", "sample", 0, 410_000, 18.2), new RunResults.Stage("dpo", "dpo", 150, 880_000, 29.4)),
                List.of(new RunResults.Result("exact match", true, true, List.of(RunResults.Value.fraction("base", 12, 1000),
                                RunResults.Value.fraction("SFT", 412, 1000), RunResults.Value.fraction("SFT + DPO", 561, 1000))),
                        new RunResults.Result("format valid", true, true, List.of(RunResults.Value.fraction("base", 210, 1000),
                                RunResults.Value.fraction("SFT", 981, 1000), RunResults.Value.fraction("SFT + DPO", 979, 1000))),
                        new RunResults.Result("held-out loss", false, false, List.of(new RunResults.Value("base", 2.3107, 0.0213, 1000),
                                new RunResults.Value("SFT", 0.8123, 0.0112, 1000), new RunResults.Value("SFT + DPO", 0.9712, 0.0181, 1000)))),
                List.of(sample("Tom has 12 apples and buys 7 more. How many apples has Tom?", "12 + 7 = 19\n#### 19"), sample(HOSTILE, null)),
                List.of("3 of 2,000 preference pairs have the same chosen and rejected response; they were dropped."));
        return new ReportData(results, metrics(), dataReport(), "name: quickstart\nseed: 17\nmodel: {path: models/tiny, precision: auto}\nstages:\n"
                + "  - sft: {epochs: 1, batch_size: 16, learning_rate: 2e-5}\n  - dpo: {beta: 0.1, learning_rate: 5e-7}  # <b>\n", provenance());
    }

    private static RunResults.Sample sample(String prompt, String reference) {
        Map<String, String> outputs = new LinkedHashMap<>();
        outputs.put("base", "apples apples and has Tom 7 7 has " + prompt);
        outputs.put("SFT", "12 + 7 = 18\n#### 18");
        outputs.put("SFT + DPO", "12 + 7 = 19\n#### 19");
        return new RunResults.Sample(prompt, reference, outputs);
    }

    static List<MetricsLog.Line> metrics() {
        Random random = new Random(1);
        List<MetricsLog.Line> lines = new ArrayList<>();
        for (int s = 1; s <= 900; s++) {
            lines.add(line("pretrain", s, "loss", 0.9 + 3 * Math.exp(-s / 150.0) + 0.08 * random.nextGaussian(),
                    "grad_norm", 1 + Math.abs(random.nextGaussian()), "learning_rate", 1e-3 * Math.min(1, s / 90.0) * (1 - s / 950.0), "tokens/s", 52000 + 900 * random.nextGaussian()));
        }
        for (int s = 1; s <= 30; s++) {
            lines.add(line("sft", s * 10, "loss", 0.8 + Math.exp(-s / 9.0), "learning_rate", 2e-5 * (1 - s / 31.0)));
            if (s % 10 == 0) {
                lines.add(line("sft", s * 10, "eval_loss", 0.85 + Math.exp(-s / 9.0)));
            }
        }
        for (int s = 0; s <= 150; s++) {
            double m = 2.2 * (1 - Math.exp(-s / 60.0));
            if (s > 0) {
                double noise = 0.15 * random.nextGaussian();
                lines.add(line("dpo", s, "loss", Math.log1p(Math.exp(-m - noise)), "rewards/margins", m + noise, "rewards/accuracies", Math.min(1, 0.5 + m / 4),
                        "rewards/chosen", -0.3 * m + noise / 2, "rewards/rejected", -1.3 * m - noise / 2, "logps/chosen", -21 - 3 * m + random.nextGaussian(),
                        "logps/rejected", -25 - 13 * m + random.nextGaussian(), "grad_norm", s == 77 ? Double.NaN : 4 + random.nextGaussian(),
                        "learning_rate", 5e-7 * (1 - s / 151.0), "epoch", s / 150.0, "num_tokens", s * 5800.0));
            }
            if (s % 30 == 0) {
                lines.add(line("dpo", s, "eval_loss", Math.log1p(Math.exp(-0.8 * m)), "eval_rewards/margins", 0.8 * m, "eval_rewards/accuracies",
                        Math.min(1, 0.5 + m / 5), "eval_logps/chosen", -21.5 - 3 * m, "eval_logps/rejected", -25.2 - 12 * m));
            }
        }
        return lines;
    }

    static MetricsLog.Line line(String stage, long step, Object... keysAndValues) {
        Map<String, Double> m = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            m.put((String) keysAndValues[i], ((Number) keysAndValues[i + 1]).doubleValue());
        }
        return new MetricsLog.Line(stage, step, m);
    }

    private static Map<String, Object> dataReport() {
        Map<String, Object> quantiles = new LinkedHashMap<>();
        Map<String, Object> histograms = new LinkedHashMap<>();
        for (String part : List.of("prompt", "chosen", "rejected")) {
            quantiles.put(part, new LinkedHashMap<>(Map.of("min", 4, "median", 31.5, "max", 211)));
            histograms.put(part + "_tokens", Map.of("edges", List.of(0, 16, 32, 48, 64, 80, 96, 112, 128), "counts", List.of(12, 840, 611, 303, 121, 40, 9, 2)));
        }
        Map<String, Object> pairs = new LinkedHashMap<>();
        pairs.put("file", "data/pairs.jsonl");
        pairs.put("rows_read", 2000);
        pairs.put("kept", 1987);
        pairs.put("dropped", new LinkedHashMap<>(Map.of("identical responses", 3, "empty response", 10)));
        pairs.put("length_quantiles", quantiles);
        pairs.put("length_histograms", histograms);
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("preferences", pairs);
        m.put("sft", Map.of("file", "data/<i>sft</i>.jsonl", "rows_read", 6000, "kept", 6000, "dropped", Map.of()));
        return m;
    }

    private static Map<String, Object> provenance() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("align4j", "0.1.0");
        m.put("started", "2026-01-02T03:04:05Z");
        m.put("command", List.of("align4j", "run", "quick.yaml"));
        m.put("java", Map.of("version", "17.0.15", "vendor", "Debian"));
        m.put("cpu", Map.of("model", "Some CPU @ 2.00GHz", "cores", 2, "features", List.of("avx512f", "avx512_bf16", "amx_bf16")));
        m.put("memory", Map.of("total", 16_777_216_000L));
        m.put("backend", "oneDNN, bfloat16");
        m.put("data", Map.of("data/pairs.jsonl", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"));
        return m;
    }
}
