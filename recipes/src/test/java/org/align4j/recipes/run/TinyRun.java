package org.align4j.recipes.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Precision;
import org.align4j.core.model.FreshWeights;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.train.Streams;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.rundir.MetricsLog;
import org.align4j.recipes.rundir.RunFiles;

/** A model of a few thousand weights without a tokenizer, token-id data for it, and recipes of SFT followed by DPO. */
final class TinyRun {
    private static final int VOCABULARY = 40;

    private TinyRun() {}

    /** Writes model and data. */
    static void prepare(Path dir) throws IOException {
        ModelConfig config = ModelConfig.freshLlama(VOCABULARY, 16, 32, 2, 2, 1, 32, true);
        try (Backend b = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend(); Parameters p = new Parameters(b, new ParameterLayout(config), DType.F32)) {
            FreshWeights.draw(config, p, Streams.of(4, "init", 0));
            ModelFiles.publish(dir.resolve("model"), config, p, org.align4j.core.io.DType.F32, null);
        }
        SplittableRandom random = new SplittableRandom(6);
        List<String> sft = new ArrayList<>();
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            sft.add("{\"prompt_ids\": " + ids(random) + ", \"response_ids\": " + ids(random) + "}");
            pairs.add("{\"prompt_ids\": " + ids(random) + ", \"chosen_ids\": " + ids(random) + ", \"rejected_ids\": " + ids(random) + "}");
        }
        Files.write(dir.resolve("sft.jsonl"), sft);
        Files.write(dir.resolve("pairs.jsonl"), pairs);
    }

    private static String ids(SplittableRandom random) {
        return random.ints(1 + random.nextInt(8), 3, VOCABULARY).boxed().toList().toString();
    }

    /** What tests vary. */
    record Settings(int steps, int saveEvery, String reference, String precision, String more) {
        Settings(int steps, int saveEvery, String reference, String precision) {
            this(steps, saveEvery, reference, precision, "");
        }
    }

    static Recipe recipe(Path dir, String output, Settings s) {
        String training = "max_steps: " + s.steps + ", batch_size: 4, micro_batch_tokens: 40, learning_rate: 1e-3, save_every: " + s.saveEvery
                + ", eval_every: 3, logging_every: 2, warmup_steps: 2, keep_checkpoints: 3" + s.more;
        String text = "name: tiny\nseed: 5\noutput: " + output + "\nmodel: {path: model, precision: " + s.precision + "}\n"
                + "data:\n  sft: {path: sft.jsonl, held_out: 4}\n  preferences: {path: pairs.jsonl, held_out: 4}\n"
                + "stages:\n  - sft: {" + training + "}\n  - dpo: {" + training + ", reference: " + s.reference + "}\n";
        return RecipeReader.parse("tiny.yaml", text, List.of(), dir, true);
    }

    /** Runs a recipe as a process of its own would: nothing is shared with earlier runs but the directory. */
    static RunFiles run(Recipe recipe, boolean resume, Appendable out, BooleanSupplier stop) {
        try (ProgressBar progress = new ProgressBar(out)) {
            return new RecipeRunner(recipe, List.of("run", "tiny.yaml"), progress, stop).run(resume);
        }
    }

    static byte[] weights(RunFiles files) throws IOException {
        return Files.readAllBytes(files.model().resolve("model.safetensors"));
    }

    /** The metrics of a run without those that measure time and memory. */
    static List<MetricsLog.Line> metrics(RunFiles files) {
        return MetricsLog.read(files.metrics()).stream().map(l -> {
            Map<String, Double> values = new LinkedHashMap<>(l.values());
            values.remove("tokens_per_second");
            values.remove("memory/peak_mib");
            return new MetricsLog.Line(l.stage(), l.step(), values);
        }).toList();
    }
}
