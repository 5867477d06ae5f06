package org.align4j.recipes.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.recipes.yaml.RecipeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FaultTest {
    /** Line 7 is the sft stage, line 8 the dpo stage; {@code SFT} and {@code DPO} stand for their settings. */
    private static final String BASE = """
            name: x
            model: {path: m}
            data:
              sft: {path: s.jsonl}
              preferences: {path: p.jsonl}
            stages:
              - sft: {SFT}
              - dpo: {DPO}
            """;

    static Stream<Arguments> settings() {
        return Stream.of(
                // fault in the sft stage, column, message
                Arguments.of("lerning_rate: 1e-5", 11, "unknown key 'lerning_rate' in stages[0].sft; did you mean 'learning_rate'?"),
                Arguments.of("learningRate: 1e-5", 11, "unknown key 'learningRate' in stages[0].sft; did you mean 'learning_rate'?"),
                Arguments.of("lr: 1e-5", 11, "unknown key 'lr' in stages[0].sft; did you mean 'learning_rate'?"),
                Arguments.of("num_train_epochs: 3", 11, "unknown key 'num_train_epochs' in stages[0].sft; did you mean 'epochs'?"),
                Arguments.of("batch_size: four", 23, "stages[0].sft.batch_size must be a whole number, found 'four'"),
                Arguments.of("batch_size: 4.7", 23, "stages[0].sft.batch_size must be a whole number, found '4.7'"),
                Arguments.of("batch_size: \"4\"", 23, "stages[0].sft.batch_size must be a whole number, found the text \"4\"; remove the quotes"),
                Arguments.of("batch_size: 0", 23, "stages[0].sft.batch_size must be at least 1 and at most 1048576, found '0'"),
                Arguments.of("batch_size: 0o52", 23, "stages[0].sft.batch_size must be a whole number, found '0o52'; write it in decimal"),
                Arguments.of("batch_size: 0x1F", 23, "stages[0].sft.batch_size must be a whole number, found '0x1F'; write it in decimal"),
                Arguments.of("batch_size: 052", 23,
                        "stages[0].sft.batch_size must be a whole number, found '052', which some YAML readers take as octal; remove the leading zero"),
                Arguments.of("batch_size: 1:30", 23, "stages[0].sft.batch_size must be a whole number, found '1:30'"),
                Arguments.of("batch_size: 1_", 23, "stages[0].sft.batch_size must be a whole number, found '1_'"),
                Arguments.of("batch_size: 1e99", 23, "stages[0].sft.batch_size must be a whole number between -2147483648 and 2147483647, found '1e99'"),
                Arguments.of("batch_size: 1e-9999", 23, "stages[0].sft.batch_size must be a whole number, found '1e-9999'"),
                Arguments.of("batch_size: true", 23, "stages[0].sft.batch_size must be a whole number, found 'true'"),
                Arguments.of("batch_size: null", 23, "stages[0].sft.batch_size must be a whole number, found null; give a value or remove the key"),
                Arguments.of("batch_size: ", 22, "stages[0].sft.batch_size must be a whole number, found nothing; give a value or remove the key"),
                Arguments.of("batch_size: [4]", 23, "stages[0].sft.batch_size must be a whole number, found a list"),
                Arguments.of("batch_size: {a: 4}", 23, "stages[0].sft.batch_size must be a whole number, found a mapping with the key 'a'"),
                Arguments.of("learning_rate: .inf", 26, "stages[0].sft.learning_rate must be a number, found '.inf'; only finite numbers make sense here"),
                Arguments.of("learning_rate: 1e999", 26, "stages[0].sft.learning_rate must be a number that a double can hold, found '1e999'"),
                Arguments.of("learning_rate: 1e-999", 26, "stages[0].sft.learning_rate must be a number that a double can hold, found '1e-999'"),
                Arguments.of("learning_rate: -1", 26, "stages[0].sft.learning_rate must be at least 0 and at most 10, found '-1'"),
                Arguments.of("warmup_ratio: 10%", 25, "stages[0].sft.warmup_ratio must be a number, found '10%'; write it as a fraction"),
                Arguments.of("schedule: cosin", 21,
                        "stages[0].sft.schedule must be one of constant, linear, cosine, inverse_sqrt, found 'cosin'; did you mean 'cosine'?"),
                Arguments.of("schedule: Linear", 21,
                        "stages[0].sft.schedule must be one of constant, linear, cosine, inverse_sqrt, found 'Linear'; did you mean 'linear'?"),
                Arguments.of("max_steps: &a 3", 22, "the anchor '&a' is not supported; remove it, and write the value out where it is used"),
                Arguments.of("max_steps: !!int 3", 22, "the tag 'tag:yaml.org,2002:int' is not supported; remove it; the setting knows its type"),
                Arguments.of("epochs: 1, epochs: 2", 22, "duplicate key 'epochs', first given at 7:11; keep one"),
                Arguments.of("warmup_steps: 1, warmup_ratio: 0.1", 28, "warmup_steps and warmup_ratio are both given; keep one"),
                Arguments.of("schedule: constant, min_lr_ratio: 0.1", 31,
                        "min_lr_ratio has no effect on a constant schedule; remove it, or choose linear or cosine"),
                Arguments.of("max_steps: 5, warmup_steps: 6", 25, "warmup_steps 6 is more than max_steps 5"),
                Arguments.of("eval_every: 5", 11, "eval_every needs held-out rows, and data.sft.held_out is 0; set it, to 0.05 for example"));
    }

    /** The stages there are, as recipes name them. */
    private static List<String> kinds(Class<?> family) {
        return Arrays.stream(family.getPermittedSubclasses()).flatMap(c -> c.isSealed() ? kinds(c).stream() : Stream.of(c.getSimpleName().toLowerCase(Locale.ROOT))).toList();
    }

    @ParameterizedTest
    @MethodSource("settings")
    void faultsOfASettingAreReportedWhereTheyStand(String setting, int column, String message) {
        assertEquals(List.of("recipe.yaml:7:" + column + ": " + message), Examples.problems(BASE.replace("SFT", setting).replace("DPO", "")));
    }

    static Stream<Arguments> dpoSettings() {
        return Stream.of(
                Arguments.of("label_smoothing: 0.5", 28, "stages[1].dpo.label_smoothing must be at least 0 and less than 0.5, found '0.5'"),
                Arguments.of("beta: 0", 17, "stages[1].dpo.beta must be more than 0, found '0'"),
                Arguments.of("reference_free: yes", 27, "stages[1].dpo.reference_free must be true or false, found 'yes'; did you mean true?"),
                Arguments.of("reference_free: \"true\"", 27, "stages[1].dpo.reference_free must be true or false, found the text \"true\"; did you mean true?"),
                Arguments.of("loss: sft, reference: frozen", 11, "sft is a part of a mixture here; use an sft stage, or list it beside another loss"),
                Arguments.of("reference: {cached: {dir: x}}", 32, "unknown key 'dir' in stages[1].dpo.reference.cached; it has no settings"),
                Arguments.of("reference_free: true, reference: frozen", 33, "reference has no effect with reference_free; remove one of them"));
    }

    @ParameterizedTest
    @MethodSource("dpoSettings")
    void faultsOfDpo(String setting, int column, String message) {
        assertEquals(List.of("recipe.yaml:8:" + column + ": " + message), Examples.problems(BASE.replace("SFT", "").replace("DPO", setting)));
    }

    static Stream<Arguments> documents() {
        String stages = "stages:\n  - sft: {}\n";
        String head = "name: x\nmodel: {path: m}\ndata: {sft: {path: s}}\n";
        return Stream.of(
                Arguments.of("", List.of("recipe.yaml:1:1: the file is empty")),
                Arguments.of("# only a comment\n", List.of("recipe.yaml:1:1: the file is empty")),
                Arguments.of("- a\n", List.of("recipe.yaml:1:1: the document must be a mapping with the keys name, seed, output, model, data, budget, …, found a list")),
                Arguments.of(head + stages + "sed: 3\n", List.of("recipe.yaml:6:1: unknown key 'sed'; did you mean 'seed'?")),
                Arguments.of(head + stages + "zzz: 3\n",
                        List.of("recipe.yaml:6:1: unknown key 'zzz'; known are budget, data, evaluate, memory, model, name, output, seed, stages")),
                Arguments.of(head + stages + "name: y\n", List.of("recipe.yaml:6:1: duplicate key 'name', first given at 1:1; keep one")),
                Arguments.of(head + "stages: []\n", List.of("recipe.yaml:4:9: stages must have at least 1 and at most 100 items, found 0")),
                Arguments.of(head + "stages:\n  - dpp: {}\n", List.of("recipe.yaml:5:5: unknown stage 'dpp'; did you mean 'dpo'?")),
                Arguments.of(head + "stages:\n  - sft\n",
                        List.of("recipe.yaml:5:5: stages[0] must be a mapping with one key out of " + String.join(", ", kinds(Stage.class)) + ", found 'sft'; write 'sft: {}'")),
                Arguments.of(head + "stages:\n  - sft:\n    epochs: 2\n", List.of(
                        "recipe.yaml:5:9: stages[0].sft must be a mapping with the keys loss, beta, reduction, weight, estimator, reference, …, found nothing; indent its settings under it",
                        "recipe.yaml:6:5: 'epochs' stands beside 'sft', not in it; indent it further")),
                Arguments.of(head + "stages:\n  - sft: {}\n    dpo: {}\n", List.of("recipe.yaml:6:5: a stage has one key, found 'dpo' beside 'sft'; begin it with '- '")),
                Arguments.of(head + "stages:\n  - dpo: {}\n",
                        List.of("recipe.yaml:5:5: the dpo stage needs data.preferences, which is not given; add it under data")),
                Arguments.of("model: {path: m}\ndata: {sft: {path: s}}\n" + stages,
                        List.of("recipe.yaml:1:1: missing key 'name'; name of the run; letters, digits, '.', '_' and '-'")),
                Arguments.of("name: a b\nmodel: {path: m}\ndata: {sft: {path: s}}\n" + stages,
                        List.of("recipe.yaml:1:7: name must be a name of letters, digits, '.', '_' and '-', at most 100, found 'a b'")),
                Arguments.of("name: x\nmodel: {}\ndata: {sft: {path: s}}\n" + stages, List.of(
                        "recipe.yaml:2:8: model needs either path or init; give the directory of a model as path, or the shape of a fresh one as init")),
                Arguments.of("name: x\nmodel: {init: {hidden_size: 10, heads: 4}}\ndata: {sft: {path: s}}\n" + stages, List.of(
                        "recipe.yaml:2:9: a fresh model needs a tokenizer, which decides its vocabulary; give model.tokenizer",
                        "recipe.yaml:2:33: hidden_size 10 must be divisible by heads 4")),
                Arguments.of("name: x\nmodel: {path: m}\ndata: {sft: {path: s, max_length: 8192}}\nstages:\n  - sft: {micro_batch_tokens: 4096}\n", List.of(
                        "recipe.yaml:5:11: micro_batch_tokens 4096 is less than data.sft.max_length 8192, so that a row could not be computed; raise the one or lower the other")),
                Arguments.of(head + stages + "memory: 8\n",
                        List.of("recipe.yaml:6:9: memory must be an amount of memory such as 8GB, 512MB or 8GiB, found '8'; give a unit, such as 8GB")),
                Arguments.of(head + stages + "budget: {total: 10, split: {sft: 0.5, preference: 0.6}}\n",
                        List.of("recipe.yaml:6:21: the parts of budget.split must add up to 1, found 0.5 + 0.6")),
                Arguments.of(head + stages + "---\nname: y\n", List.of("recipe.yaml:6:1: a second document starts here; keep one document to a file and remove the '---'")),
                Arguments.of(head + stages + "<<: {seed: 3}\n", List.of("recipe.yaml:6:1: the merge key '<<' is not supported; write the settings out")),
                Arguments.of(head + stages + "seed: *x\n", List.of(
                        "recipe.yaml:6:7: the alias '*x' is not supported; write the value out",
                        "recipe.yaml:6:7: seed must be a whole number, found nothing; give a value or remove the key")),
                Arguments.of(head + stages + "? [a]\n: 3\n", List.of("recipe.yaml:6:3: a key must be a word, found a list; quote it if it begins with '{' or '['")),
                Arguments.of("name: x\n\tseed: 3\n", List.of(
                        "recipe.yaml:2:1: not valid YAML: found character '\\t(TAB)' that cannot start any token. (Do not use \\t(TAB) for indentation) (while scanning for the next token); indent with spaces")),
                Arguments.of("name: x\n  seed: 3\n", List.of(
                        "recipe.yaml:2:7: not valid YAML: mapping values are not allowed here; check the indentation, colons and quotes here and on the line above")),
                Arguments.of("name: x\nseed: \u0007\n", List.of(
                        "recipe.yaml:2:7: the character U+0007 may not stand in YAML; remove it, or write it as an escape in double quotes")),
                Arguments.of("a: " + "[".repeat(200), List.of("recipe.yaml:1:36: nested deeper than 32 levels")));
    }

    @ParameterizedTest
    @MethodSource("documents")
    void faultsOfDocuments(String text, List<String> expected) {
        assertEquals(expected, Examples.problems(text));
    }

    @Test
    void allFaultsAreReportedAtOnceInOrder() {
        String text = """
                name: x
                seeed: 3
                model: {path: m, precision: fp8}
                data:
                  sft: {path: s.jsonl, max_length: long}
                  sft: {path: t.jsonl}
                  preferences: {}
                stages:
                  - sft: {lerning_rate: 2e-5, batch_size: 4.7}
                  - dpo: {betta: 0.1, label_smoothing: 0.7}
                """;
        assertEquals(List.of(
                "recipe.yaml:2:1: unknown key 'seeed'; did you mean 'seed'?",
                "recipe.yaml:3:29: model.precision must be one of auto, fp32, bf16, found 'fp8'",
                "recipe.yaml:5:36: data.sft.max_length must be a whole number, found 'long'",
                "recipe.yaml:6:3: duplicate key 'sft', first given at 5:3; keep one",
                "recipe.yaml:7:16: missing key 'path' in data.preferences; JSON Lines or JSON file, plain or gzip, or a list of them read one after the other",
                "recipe.yaml:9:11: unknown key 'lerning_rate' in stages[0].sft; did you mean 'learning_rate'?",
                "recipe.yaml:9:43: stages[0].sft.batch_size must be a whole number, found '4.7'",
                "recipe.yaml:10:11: unknown key 'betta' in stages[1].dpo; did you mean 'beta'?",
                "recipe.yaml:10:40: stages[1].dpo.label_smoothing must be at least 0 and less than 0.5, found '0.7'"), Examples.problems(text));
        RecipeException e = assertThrows(RecipeException.class, () -> Examples.parse(text));
        assertTrue(e.getMessage().startsWith("recipe.yaml has 9 problems:\n  recipe.yaml:2:1: "), e.getMessage());
        assertEquals("stages[1].dpo.label_smoothing", e.problems().get(8).path());
    }

    static Stream<Arguments> overrides() {
        return Stream.of(
                Arguments.of("stages.dpo.betta=1", "unknown key 'betta' in stages[1].dpo; did you mean 'beta'?"),
                Arguments.of("stages.dpo.beta=x", "stages[1].dpo.beta must be a number, found 'x'"),
                Arguments.of("stages[5].sft.epochs=1", "there is no item [5], the list has 2; the first is [0]"),
                Arguments.of("stages.kto.beta=1", "no item of the list has the key 'kto'"),
                Arguments.of("stages.dpo.reference=frosen", "stages[1].dpo.reference must be one of cached, frozen, adapter_off, sync, soup, found 'frosen'; did you mean 'frozen'?"),
                Arguments.of("stages.dpo.reference.sync.alpha=2", "stages[1].dpo.reference.sync.alpha must be more than 0 and at most 1, found '2'"),
                Arguments.of("seed", "must be path=value with keys joined by dots; for example stages[0].sft.learning_rate=1e-4"),
                Arguments.of("seed=", "has no value after '='; give one; null unsets an optional setting"),
                Arguments.of("seed.x=1", "'seed' is '3' and has no key 'x'"),
                Arguments.of("seed[0]=1", "'seed' is not a list; remove [0]"),
                Arguments.of("memory=[1", "not valid YAML: expected ',' or ']', but got <stream end> (while parsing a flow sequence); quote the value"),
                Arguments.of("stages.dpo.warmup_ratio=0.1", "warmup_steps and warmup_ratio are both given; keep one"),
                Arguments.of("stages[9999999].a=1", "must be path=value with keys joined by dots; for example stages[0].sft.learning_rate=1e-4"));
    }

    @ParameterizedTest
    @MethodSource("overrides")
    void faultsOfOverridesPointAtTheOverride(String override, String message) {
        String text = BASE.replace("SFT", "").replace("DPO", "warmup_steps: 3") + "seed: 3\n";
        assertEquals(List.of("--set " + override + ": " + message), Examples.problems(text, override));
    }

    @Test
    void twoStagesOfAKindMustBeToldApart() {
        String text = BASE.replace("SFT", "").replace("DPO", "") + "  - dpo: {}\n";
        assertEquals(List.of("--set stages.dpo.beta=1: several items have the key 'dpo'; say which, such as [1].dpo or [2].dpo"), Examples.problems(text, "stages.dpo.beta=1"));
        assertEquals(List.of(), Examples.problems(text, "stages[2].dpo.beta=1"));
    }

    @Test
    void namedFilesMustBeThere(@TempDir Path dir) throws IOException {
        Path file = dir.resolve("r.yaml");
        Files.writeString(dir.resolve("sft.jsonl"), "");
        Files.createDirectory(dir.resolve("model"));
        Files.writeString(file, "name: x\nmodel: {path: model}\ndata: {sft: {path: sftt.jsonl}}\nstages:\n  - sft: {}\n");
        RecipeException e = assertThrows(RecipeException.class, () -> RecipeReader.read(file, List.of()));
        assertEquals(file + ":3:20: data.sft.path needs a readable file, but there is none at " + dir.resolve("sftt.jsonl") + "; did you mean 'sft.jsonl'?", e.getMessage());
        assertEquals(dir.resolve("runs/x"), RecipeReader.read(file, List.of("data.sft.path=sft.jsonl")).output());
        assertThrows(RecipeException.class, () -> RecipeReader.read(file, List.of("data.sft.path=sft.jsonl", "model.path=sft.jsonl")), "a model is a directory");
    }

    @Test
    void filesThatAreNoRecipes(@TempDir Path dir) throws IOException {
        Path file = dir.resolve("r.yaml");
        UserException missing = assertThrows(UserException.class, () -> RecipeReader.read(file, List.of()));
        assertEquals("The recipe " + file + " cannot be read: there is no such file.", missing.getMessage());
        Files.write(file, new byte[] {'a', ':', ' ', (byte) 0xff});
        UserException bytes = assertThrows(UserException.class, () -> RecipeReader.read(file, List.of()));
        assertEquals(file + " is not valid UTF-8; save it as UTF-8, or check that it is a recipe", bytes.getMessage());
        Files.write(file, new byte[5 << 20]);
        assertThrows(UserException.class, () -> RecipeReader.read(file, List.of()));
        assertThrows(UserException.class, () -> RecipeReader.read(dir, List.of()));
    }
}
