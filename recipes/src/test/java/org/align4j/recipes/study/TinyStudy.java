package org.align4j.recipes.study;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.align4j.recipes.cli.Main;
import org.align4j.recipes.cli.Terminal;
import org.align4j.recipes.run.AllCommands;
import org.align4j.recipes.run.TinyModel;

/** A study of a model of some kilobytes: 2 budgets, 3 ratios, 2 methods, 1 seed. */
final class TinyStudy {
    final Path dir;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    TinyStudy(Path dir) throws IOException {
        this.dir = dir;
        TinyModel.writeWithTokenizer(dir.resolve("model"));
        SplittableRandom random = new SplittableRandom(6);
        List<String> sft = new ArrayList<>();
        List<String> pairs = new ArrayList<>();
        List<String> test = new ArrayList<>();
        for (int a = 4; a < 14; a++) {
            for (int b = 4; b < 14; b++) {
                String prompt = TinyModel.WORDS[a] + " and " + TinyModel.WORDS[b] + " is";
                String right = TinyModel.WORDS[Math.max(a, b)];
                if (random.nextInt(5) == 0) {
                    test.add("{\"prompt\": \"" + prompt + "\", \"answer\": \"" + right + "\"}");
                } else {
                    sft.add("{\"prompt\": \"" + prompt + "\", \"completion\": \" " + right + "\"}");
                    pairs.add("{\"prompt\": \"" + prompt + "\", \"chosen\": \" " + right + "\", \"rejected\": \" " + TinyModel.WORDS[4 + random.nextInt(10)] + " and\"}");
                }
            }
        }
        Files.write(dir.resolve("sft.jsonl"), sft);
        Files.write(dir.resolve("pairs.jsonl"), pairs);
        Files.write(dir.resolve("test.jsonl"), test);
        Files.write(dir.resolve("texts.jsonl"), List.of("{\"text\": \"one and two and three\"}", "{\"text\": \"nine is nine and ten is ten\"}"));
        recipe("");
        study("");
    }

    /** Writes the recipe, with these stages before its own. */
    void recipe(String before) throws IOException {
        Files.writeString(dir.resolve("recipe.yaml"), """
                name: words
                model: {path: model, precision: fp32}
                data:
                  pretrain: {path: texts.jsonl}
                  sft: {path: sft.jsonl, held_out: 0.05}
                  preferences: {path: pairs.jsonl, held_out: 0.05}
                stages:
                """ + before + "  - sft: {epochs: 1, batch_size: 4, learning_rate: 1e-2}\n");
    }

    /** Writes the study, with more settings at its end. */
    void study(String more) throws IOException {
        Files.writeString(dir.resolve("study.yaml"), """
                name: tiny
                recipe: recipe.yaml
                output: out
                budgets: [8, 16]
                ratios: [0, 0.5, 1]
                methods:
                  dpo: [{dpo: {beta: 0.1, batch_size: 4, learning_rate: 1e-2}}]
                  slic: [{slic: {batch_size: 4, learning_rate: 1e-2}}]
                seeds: [5]
                evaluate:
                  - exact_match: {prompts: {path: test.jsonl}, verifier: exact_match, max_new_tokens: 3}
                metric: exact_match
                """ + more);
    }

    /** Runs {@code align4j study} on it and gives the exit code. */
    int run(String... more) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        List<String> args = new ArrayList<>(List.of("study", dir.resolve("study.yaml").toString()));
        args.addAll(List.of(more));
        return new Main(new AllCommands(), new Terminal(new PrintWriter(out, true), new PrintWriter(err, true), false)).execute(args.toArray(String[]::new));
    }

    String out() {
        return out.toString();
    }

    String err() {
        return err.toString();
    }

    /** The study's directory. */
    Path at(String path) {
        return dir.resolve("out").resolve(path);
    }
}
