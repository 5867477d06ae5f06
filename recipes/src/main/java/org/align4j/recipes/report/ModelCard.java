package org.align4j.recipes.report;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.align4j.recipes.report.internal.FinalTable;
import org.align4j.recipes.report.internal.Numbers;
import org.align4j.recipes.rundir.RunResults;
import org.align4j.recipes.rundir.internal.AtomicText;

/** {@code README.md} of a model directory: what the model is made from and how it measured. The licence is left to whoever publishes it. */
public final class ModelCard {
    private ModelCard() {
    }

    /**
     * Writes the card.
     *
     * @param modelDirectory where the model is
     * @param data           the run
     * @param baseModel      name or path of the model training began with; null when it began from nothing
     */
    public static void write(Path modelDirectory, ReportData data, String baseModel) {
        AtomicText.write(modelDirectory.resolve("README.md"), markdown(data, baseModel));
    }

    /** The text of the card. */
    public static String markdown(ReportData data, String baseModel) {
        RunResults r = data.results();
        StringBuilder b = new StringBuilder("---\n");
        if (baseModel != null) {
            b.append("base_model: ").append(quoted(baseModel)).append('\n');
        }
        b.append("library_name: transformers\npipeline_tag: text-generation\ntags:\n- align4j\n");
        kinds(r).forEach(k -> b.append("- ").append(quoted(k)).append('\n'));
        b.append("# license: choose one that the licences of the base model and of the data allow\n---\n\n");
        b.append("# ").append(line(r.title().isEmpty() ? "Model" : r.title())).append("\n\n");
        if (!r.summary().isBlank()) {
            b.append(line(r.summary())).append("\n\n");
        }
        b.append(baseModel == null ? "Trained from random weights" : "Finetuned from " + code(baseModel)).append(" with Align4J ")
                .append(line(String.valueOf(data.provenance().getOrDefault("align4j", "")))).append(".\n\n");
        stages(b, r);
        results(b, r);
        digests(b, "Data", data.provenance().get("data"));
        digests(b, "Models it began with", data.provenance().get("models"));
        if (!data.settings().isBlank()) {
            String fence = fence(data.settings());
            b.append("## Recipe\n\n").append(fence).append("yaml\n").append(data.settings().strip()).append('\n').append(fence).append('\n');
        }
        return b.toString();
    }

    private static Set<String> kinds(RunResults r) {
        Set<String> kinds = new LinkedHashSet<>();
        r.stages().forEach(s -> kinds.add(s.kind()));
        return kinds;
    }

    private static void stages(StringBuilder b, RunResults r) {
        if (r.stages().isEmpty()) {
            return;
        }
        b.append("## Training\n\n| Stage | Kind | Steps | Tokens | Time |\n| --- | --- | ---: | ---: | ---: |\n");
        for (RunResults.Stage s : r.stages()) {
            b.append("| ").append(cell(s.name())).append(" | ").append(cell(s.kind())).append(" | ").append(Numbers.of(s.steps())).append(" | ")
                    .append(Numbers.of(s.tokens())).append(" | ").append(Numbers.duration(s.seconds())).append(" |\n");
        }
        b.append('\n');
    }

    private static void results(StringBuilder b, RunResults r) {
        if (r.results().isEmpty()) {
            return;
        }
        Set<String> models = new LinkedHashSet<>();
        r.results().forEach(x -> x.values().forEach(v -> models.add(v.model())));
        b.append("## Results\n\n± is one standard error of the mean.\n\n| Metric |");
        models.forEach(m -> b.append(' ').append(cell(m)).append(" |"));
        b.append("\n| --- |").append(" ---: |".repeat(models.size())).append('\n');
        for (RunResults.Result x : r.results()) {
            b.append("| ").append(cell(x.metric())).append(" |");
            for (String m : models) {
                String text = x.values().stream().filter(v -> v.model().equals(m)).findFirst().map(v -> FinalTable.withError(x, v)).orElse("–");
                b.append(' ').append(text).append(" |");
            }
            b.append('\n');
        }
        b.append('\n');
    }

    private static void digests(StringBuilder b, String title, Object digests) {
        if (!(digests instanceof Map<?, ?> m) || m.isEmpty()) {
            return;
        }
        b.append("## ").append(title).append("\n\n| File | SHA-256 |\n| --- | --- |\n");
        m.forEach((file, digest) -> b.append("| ").append(cell(String.valueOf(file))).append(" | `").append(cell(String.valueOf(digest))).append("` |\n"));
        b.append('\n');
    }

    private static String cell(String text) {
        return line(text).replace("|", "\\|");
    }

    /** One line, with nothing in it that Markdown or HTML would take for markup. */
    private static String line(String text) {
        return text.strip().replaceAll("\\s+", " ").replaceAll("([\\\\`*_\\[\\]#])", "\\\\$1").replace("&", "&amp;").replace("<", "&lt;");
    }

    private static String code(String text) {
        return "`" + text.replace('`', '\'').replaceAll("\\s+", " ") + "`";
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replaceAll("\\s+", " ") + "\"";
    }

    /** Longer than any run of backticks inside. */
    private static String fence(String text) {
        String f = "```";
        while (text.contains(f)) {
            f += "`";
        }
        return f;
    }
}
