package org.align4j.recipes.rundir;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.recipes.rundir.internal.AtomicText;
import org.align4j.recipes.rundir.internal.Json;

/**
 * What came out of a run: {@code results.json}, from which the report and the model card are made.
 *
 * @param title    a short name, usually the recipe's
 * @param summary  one or two sentences for a reader in a hurry; may be empty
 * @param stages   what was done, in order
 * @param results  the final table, one row per metric
 * @param samples  the same prompts answered by each model
 * @param warnings what the reader should know before believing the numbers
 */
public record RunResults(String title, String summary, List<Stage> stages, List<Result> results, List<Sample> samples, List<String> warnings) {

    public RunResults {
        title = title == null ? "" : title;
        summary = summary == null ? "" : summary;
        stages = stages == null ? List.of() : List.copyOf(stages);
        results = results == null ? List.of() : List.copyOf(results);
        samples = samples == null ? List.of() : List.copyOf(samples);
        warnings = warnings == null ? List.of() : List.copyOf(warnings);
    }

    /**
     * A stage of the run.
     *
     * @param name    as in the lines of {@code metrics.jsonl}
     * @param kind    sft, dpo, …
     * @param steps   optimizer steps done
     * @param tokens  tokens processed
     * @param seconds wall-clock time
     */
    public record Stage(String name, String kind, long steps, long tokens, double seconds) {
    }

    /**
     * A row of the final table.
     *
     * @param metric         name
     * @param percent        whether values are fractions to be shown as percentages
     * @param higherIsBetter whether a rise is an improvement
     * @param values         one per model, in the order of training
     */
    public record Result(String metric, boolean percent, boolean higherIsBetter, List<Value> values) {
        public Result {
            values = List.copyOf(values);
        }
    }

    /**
     * A measured value.
     *
     * @param model         which model, for example "base" or "SFT + DPO"
     * @param value         the mean
     * @param standardError of the mean, NaN when unknown
     * @param count         over how many items, 0 when unknown
     */
    public record Value(String model, double value, double standardError, long count) {

        /** A fraction of items, with the binomial standard error √(p(1−p)/n). */
        public static Value fraction(String model, long hits, long count) {
            double p = count == 0 ? Double.NaN : (double) hits / count;
            return new Value(model, p, Math.sqrt(p * (1 - p) / count), count);
        }
    }

    /**
     * One prompt and what each model made of it.
     *
     * @param prompt    the prompt
     * @param reference the wanted answer, or null
     * @param outputs   text by model, in the order of training
     */
    public record Sample(String prompt, String reference, Map<String, String> outputs) {
        public Sample {
            outputs = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
        }
    }

    public void write(Path file) {
        AtomicText.write(file, Json.pretty(this));
    }

    public static RunResults read(Path file) {
        return Json.read(file, RunResults.class);
    }
}
