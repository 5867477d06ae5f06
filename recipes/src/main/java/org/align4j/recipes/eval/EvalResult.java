package org.align4j.recipes.eval;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.data.DataReport;
import org.align4j.core.io.AtomicFiles;
import org.align4j.core.io.Digests;
import org.align4j.recipes.rundir.internal.AtomicText;
import org.align4j.recipes.rundir.internal.Json;
import org.align4j.recipes.yaml.RecordWriter;

/**
 * What a suite came to.
 *
 * @param models      what is known of them, by name
 * @param data        what became of the rows of every file
 * @param evaluations in the order of the suite
 */
public record EvalResult(EvalSuite suite, Map<String, Model> models, Map<Path, DataReport> data, List<Evaluated> evaluations) {
    /** Of {@code evaluation.json}; rises when a field changes its meaning. */
    public static final int FORMAT = 1;
    private static final int LONGEST = 150;

    public EvalResult {
        models = Collections.unmodifiableMap(new LinkedHashMap<>(models));
        data = Collections.unmodifiableMap(new LinkedHashMap<>(data));
        evaluations = List.copyOf(evaluations);
    }

    /**
     * A model that was measured.
     *
     * @param weights    SHA-256 of its weights as {@code provenance.json} of runs has it
     * @param adapterSha SHA-256 of the adapter's weights
     * @param tokenizer  digest of all that texts become tokens by, and the name of its chat template
     * @param tokens     SHA-256 of tokenizer.json alone: where it is the same, losses per token compare
     * @param computed   backend and precision
     */
    public record Model(Path path, String weights, Optional<Path> adapter, Optional<String> adapterSha, String tokenizer, String tokens, String computed, long parameters) {
        Map<String, Object> json() {
            Map<String, Object> m = new LinkedHashMap<>();
            m.put("path", path.toString());
            m.put("weights_sha256", weights);
            adapter.ifPresent(a -> m.put("adapter", a.toString()));
            adapterSha.ifPresent(a -> m.put("adapter_sha256", a));
            m.put("tokenizer", tokenizer);
            m.put("tokenizer_sha256", tokens);
            m.put("computed", computed);
            m.put("parameters", parameters);
            return m;
        }
    }

    /**
     * What one evaluation came to.
     *
     * @param items   by model
     * @param figures by model
     * @param changes by model; none for the one they are from
     * @param from    the model that changes are from
     * @param notes   what a reader must know: terms of a fit, what was left out, why a figure is missing
     * @param details of fits, by model and figure
     */
    public record Evaluated(String name, EvalSpec spec, Map<String, List<Item>> items, Map<String, List<Figure>> figures, Map<String, List<Change>> changes,
            Optional<String> from, Optional<Ranking> ranking, List<String> notes, Map<String, Map<String, Object>> details) {
        public Evaluated {
            notes = List.copyOf(notes);
        }

        /** A model's figure. */
        public Optional<Figure> figure(String model, String figure) {
            return figures.getOrDefault(model, List.of()).stream().filter(f -> f.name().equals(figure)).findFirst();
        }

        /** A model's change from the baseline. */
        public Optional<Change> change(String model, String figure) {
            return Estimator.change(changes.getOrDefault(model, List.of()), figure);
        }
    }

    /** The evaluation of a name. */
    public Optional<Evaluated> evaluation(String name) {
        return evaluations.stream().filter(e -> e.name().equals(name)).findFirst();
    }

    /** Writes {@code evaluation.json} and {@code items/NAME/MODEL.jsonl}; items first, so that what the one lists is there. */
    public void write() {
        for (Evaluated e : evaluations) {
            deleteOthers(e);
            e.items().forEach((model, items) -> {
                Path file = suite.output().resolve(path(e, model));
                AtomicFiles.createDirectories(file.getParent());
                AtomicFiles.write(file, out -> {
                    BufferedWriter lines = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
                    for (Item item : items) {
                        lines.write(Json.compact(item.json()) + "\n");
                    }
                    lines.flush();
                });
            });
        }
        AtomicText.write(suite.output().resolve("evaluation.json"), Json.pretty(json()));
    }

    /** Items of models that the evaluation had before and has no longer. */
    private void deleteOthers(Evaluated e) {
        Path directory = suite.output().resolve("items").resolve(e.name());
        Set<Path> own = e.items().keySet().stream().map(m -> suite.output().resolve(path(e, m))).collect(Collectors.toSet());
        if (Files.isDirectory(directory)) {
            try (Stream<Path> files = Files.list(directory)) {
                for (Path file : files.filter(f -> f.toString().endsWith(".jsonl") && !own.contains(f)).toList()) {
                    Files.delete(file);
                }
            } catch (IOException ex) {
                throw new UncheckedIOException("Cannot delete old items in " + directory, ex);
            }
        }
    }

    private static String path(Evaluated e, String model) {
        return "items/" + e.name() + "/" + fileName(model) + ".jsonl";
    }

    /** A file name for a model: its own where it is of letters, digits, '.', '_' and '-'; other bytes as %XX, so that no two names have the same; long ones end in their digest. */
    static String fileName(String model) {
        StringBuilder out = new StringBuilder();
        for (byte b : model.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            out.append(c < 128 && (Character.isLetterOrDigit(c) || "._-".indexOf(c) >= 0) ? String.valueOf(c) : String.format("%%%02X", (int) c));
        }
        return out.length() <= LONGEST ? out.toString() : out.substring(0, LONGEST) + "%" + Digests.sha256(model.getBytes(StandardCharsets.UTF_8));
    }

    /** What results depend on, but for the directory they are in. */
    static Map<String, Object> settings(EvalSuite suite) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("seed", suite.seed());
        m.put("bootstrap_draws", suite.bootstrapDraws());
        m.put("baseline", suite.baseline().orElse(null));
        Map<String, Object> models = new LinkedHashMap<>();
        suite.models().forEach((name, model) -> models.put(name, RecordWriter.tree(model)));
        m.put("models", models);
        Map<String, Object> evaluations = new LinkedHashMap<>();
        for (int i = 0; i < suite.evaluations().size(); i++) {
            evaluations.put(suite.names().get(i), RecordWriter.tree(suite.evaluations().get(i)));
        }
        m.put("evaluations", evaluations);
        return m;
    }

    /** What {@code evaluation.json} holds. Numbers that are not defined are null. */
    public Map<String, Object> json() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("format", FORMAT);
        m.put("name", suite.name());
        m.put("seed", suite.seed());
        m.put("bootstrap_draws", suite.bootstrapDraws());
        m.put("baseline", suite.baseline().orElse(null));
        m.put("suite", settings(suite));
        Map<String, Object> all = new LinkedHashMap<>();
        models.forEach((name, model) -> all.put(name, model.json()));
        m.put("models", all);
        Map<String, Object> files = new LinkedHashMap<>();
        data.forEach((file, report) -> files.put(file.toString(), report.toMap()));
        m.put("data", files);
        m.put("evaluations", evaluations.stream().map(EvalResult::json).toList());
        return m;
    }

    private static Map<String, Object> json(Evaluated e) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("name", e.name());
        m.put("kind", e.spec().kind());
        m.put("settings", ((Map<?, ?>) RecordWriter.tree(e.spec())).get(e.spec().kind()));
        Map<String, Object> items = new LinkedHashMap<>();
        e.items().keySet().forEach(model -> items.put(model, path(e, model)));
        m.put("items", items);
        Map<String, Object> figures = new LinkedHashMap<>();
        e.figures().forEach((model, list) -> figures.put(model, byName(list.stream().map(EvalResult::json).toList())));
        m.put("figures", figures);
        Map<String, Object> changes = new LinkedHashMap<>();
        e.changes().forEach((model, list) -> changes.put(model, byName(list.stream().map(EvalResult::json).toList())));
        m.put("changes", changes);
        m.put("changes_from", e.from().orElse(null));
        m.put("fits", e.details());
        m.put("notes", e.notes());
        e.ranking().ifPresent(r -> m.put("ranking", ranking(r)));
        return m;
    }

    private static Map<String, Object> byName(List<Map<String, Object>> list) {
        Map<String, Object> m = new LinkedHashMap<>();
        list.forEach(one -> m.put((String) one.remove("name"), one));
        return m;
    }

    private static Map<String, Object> json(Figure f) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("name", f.name());
        m.put("value", number(f.value()));
        m.put("low", number(f.low()));
        m.put("high", number(f.high()));
        m.put("standard_error", number(f.standardError()));
        m.put("n", f.n());
        m.put("fraction", f.percent());
        m.put("higher_is_better", f.higherIsBetter());
        return m;
    }

    private static Map<String, Object> json(Change c) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("name", c.name());
        m.put("value", number(c.value()));
        m.put("low", number(c.low()));
        m.put("high", number(c.high()));
        m.put("standard_error", number(c.standardError()));
        m.put("p_value", number(c.pValue()));
        m.put("n", c.n());
        m.put("verdict", c.verdict().isEmpty() ? null : c.verdict());
        return m;
    }

    private static Map<String, Object> ranking(Ranking r) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("method", r.method());
        m.put("separated", r.separated());
        m.put("models", r.entries().stream().map(e -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("model", e.model());
            one.put("elo", number(e.strength()));
            one.put("low", number(e.low()));
            one.put("high", number(e.high()));
            one.put("win_rate", number(e.winRate()));
            one.put("rank_probabilities", e.probabilities().stream().map(EvalResult::number).toList());
            return one;
        }).toList());
        return m;
    }

    private static Double number(double v) {
        return Double.isFinite(v) ? v : null;
    }
}
