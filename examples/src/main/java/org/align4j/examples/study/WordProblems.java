package org.align4j.examples.study;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.align4j.core.io.AtomicFiles;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.quickstart.TaskFiles;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.RecipeReader;
import org.align4j.recipes.run.RecipeRunner;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the study in {@code docs/studies/word-problems} is made of, out of the quickstart's task: a base model, demonstrations and preference pairs to buy, and
 * held-out problems.
 *
 * <p>The base model is the quickstart's, pretrained on text about the task by careless hands in many forms. Pairs are a right and a wrong answer of an annotator
 * to one problem, up to {@value #PAIRS_EACH} of a problem; the annotator is the base model finetuned on demonstrations that are not for sale. No problem is in two of
 * the files.
 *
 * <p>{@code WordProblems OUT [SEED [TERSE]]} writes {@code base/}, {@code demonstrations.jsonl}, {@code pairs.jsonl} and {@code test.jsonl} into the directory {@code OUT}, which
 * must not exist or be empty; how they were made stays in {@code OUT/making}.
 */
public final class WordProblems {
    /** Most pairs of one problem. */
    static final int PAIRS_EACH = 4;
    /** Part of the demonstrations that state the answer at once; the others work it out, which a model does far more reliably. */
    static final double TERSE = 0.4;

    /**
     * How much of everything there is.
     *
     * @param documents      to pretrain on
     * @param demonstrations for sale
     * @param taught         demonstrations the annotator learns from
     * @param asked          problems the annotator answers, eight times each
     * @param pairs          for sale, at most
     * @param test           held-out problems
     */
    record Sizes(int documents, int demonstrations, int taught, int asked, int pairs, int test) {
        static final Sizes STUDY = new Sizes(24_000, 3_200, 600, 1_600, 3_200, 500);
    }

    private static final String ANNOTATOR = """
            name: annotator
            seed: %d
            output: annotator
            model:
              init: {hidden_size: 64, layers: 3, heads: 4, intermediate_size: 160, context_length: 128}
              tokenizer: tokenizer
              precision: fp32
            data:
              pretrain: {path: data/pretrain.jsonl}
              sft: {path: data/taught.jsonl}
            stages:
              - pretrain: {batch_size: 8, learning_rate: 3e-3, schedule: cosine, warmup_ratio: 0.05, min_lr_ratio: 0.05, weight_decay: 0.01, adam_beta2: 0.99, save_every: null, logging_every: 50}
              - sft: {epochs: 2, batch_size: 16, learning_rate: 1e-3, schedule: cosine, warmup_ratio: 0.1, min_lr_ratio: 0.05, adam_beta2: 0.99, save_every: null, logging_every: 10}
            """;
    private static final String PAIRS = """
            name: pairs
            seed: %d
            output: pairs
            model: {path: annotator/model, precision: fp32}
            data: {prompts: {path: data/practice.jsonl}}
            stages:
              - sample:
                  samples: 8
                  temperature: 1
                  top_k: 0
                  max_new_tokens: 48
                  reward: {final_answer: {markers: "####", right: 1, wrong: 0, not_ended: 0}}
                  keep: {pairs: {ranking: all_pairs}}
            """;

    private final Path out;
    private final Path making;
    private final Sizes sizes;
    private final long seed;
    private final double terse;
    private final Appendable progress;

    private WordProblems(Path out, Sizes sizes, long seed, double terse, Appendable progress) {
        this.out = out;
        this.making = out.resolve("making");
        this.sizes = sizes;
        this.seed = seed;
        this.terse = terse;
        this.progress = progress;
    }

    /** Makes everything, and returns what was made in words. */
    static String make(Path out, Sizes sizes, long seed, double terse, Appendable progress) throws IOException {
        return new WordProblems(out.toAbsolutePath(), sizes, seed, terse, progress).make();
    }

    private String make() throws IOException {
        TaskFiles.write(making, sizes.documents, sizes.demonstrations + sizes.taught, terse, sizes.asked, sizes.test, seed);
        List<String> demonstrations = Files.readAllLines(making.resolve("data/demonstrations.jsonl"));
        lines(making.resolve("data/taught.jsonl"), demonstrations.subList(sizes.demonstrations, demonstrations.size()));
        run("annotator", ANNOTATOR);
        run("pairs", PAIRS);
        List<String> pairs = pairs(Files.readAllLines(making.resolve("pairs/stages/1-sample.work/train.jsonl")));
        copy(making.resolve("annotator/stages/1-pretrain"), out.resolve("base"));
        copy(making.resolve("tokenizer"), out.resolve("base"));
        lines(out.resolve("demonstrations.jsonl"), demonstrations.subList(0, sizes.demonstrations));
        lines(out.resolve("pairs.jsonl"), pairs);
        lines(out.resolve("test.jsonl"), Files.readAllLines(making.resolve("data/test.jsonl")));
        return sizes.demonstrations + " demonstrations, " + pairs.size() + " pairs of " + pairs.stream().map(p -> field(p, "prompt")).distinct().count() + " problems, "
                + sizes.test + " held-out problems";
    }

    private void run(String name, String text) {
        AtomicFiles.writeString(making.resolve(name + ".yaml"), text.formatted(seed));
        Recipe recipe = RecipeReader.read(making.resolve(name + ".yaml"), List.of());
        try (ProgressBar bar = new ProgressBar(progress)) {
            new RecipeRunner(recipe, List.of("run", name + ".yaml"), bar, () -> false).run(false);
        }
    }

    /** The rows as text, no pair of texts twice, and at most so many of a problem. */
    private List<String> pairs(List<String> rows) {
        Map<String, Integer> seen = new HashMap<>();
        Set<String> different = new HashSet<>();
        List<String> kept = new ArrayList<>();
        for (String row : rows) {
            Map<String, String> pair = new LinkedHashMap<>();
            List.of("prompt", "chosen", "rejected").forEach(f -> pair.put(f, field(row, f)));
            String text = JsonMapper.shared().writeValueAsString(pair);
            if (kept.size() < sizes.pairs && seen.getOrDefault(pair.get("prompt"), 0) < PAIRS_EACH && different.add(text)) {
                seen.merge(pair.get("prompt"), 1, Integer::sum);
                kept.add(text);
            }
        }
        return kept;
    }

    private static String field(String row, String name) {
        JsonNode value = JsonMapper.shared().readTree(row).get(name);
        return value.asString();
    }

    private static void lines(Path file, List<String> lines) {
        AtomicFiles.writeString(file, String.join("\n", lines) + "\n");
    }

    private static void copy(Path from, Path to) throws IOException {
        AtomicFiles.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path f : files.filter(Files::isRegularFile).toList()) {
                Files.copy(f, to.resolve(f.getFileName()), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** @param args directory, seed (11), part of the demonstrations that are terse (0.4) */
    public static void main(String[] args) throws IOException {
        if (args.length < 1) {
            System.err.println("usage: WordProblems OUT [SEED [TERSE]]");
            System.exit(2);
        }
        System.out.println(make(Path.of(args[0]), Sizes.STUDY, args.length > 1 ? Long.parseLong(args[1]) : 11, args.length > 2 ? Double.parseDouble(args[2]) : TERSE, System.err));
    }
}
