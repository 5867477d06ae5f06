package org.align4j.recipes.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backends;
import org.align4j.core.merge.LayerSetting;
import org.align4j.core.merge.MergeMethod;
import org.align4j.core.merge.MergePlan;
import org.align4j.core.merge.ModelRef;
import org.align4j.recipes.recipe.FormatChoice;
import org.align4j.recipes.recipe.Precision;
import org.align4j.recipes.recipe.RecipeSchema;
import org.align4j.rewardmodels.evaluate.PreferenceItems;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final List<Object> requests = new ArrayList<>();
    private Throwable failure;

    @TempDir
    private Path dir;

    private final class Recording implements Commands {
        private void record(Object request) {
            requests.add(request);
            if (failure instanceof RuntimeException e) {
                throw e;
            } else if (failure instanceof Error e) {
                throw e;
            }
        }

        @Override
        public void run(RunRequest request, Terminal terminal) {
            record(request);
        }

        @Override
        public void study(StudyRequest request, Terminal terminal) {
            record(request);
        }

        @Override
        public void check(CheckRequest request, Terminal terminal) {
            record(request);
        }

        @Override
        public void quickstart(QuickstartRequest request, Terminal terminal) {
            record(request);
        }

        @Override
        public void logProbs(LogProbsRequest request, Terminal terminal) {
            record(request);
        }

        @Override
        public void generate(GenerateRequest request, Terminal terminal) {
            record(request);
        }

        @Override
        public void sample(SampleRequest request, Terminal terminal) {
            record(request);
        }

        @Override
        public void select(SelectRequest request, Terminal terminal) {
            record(request);
        }

        @Override
        public void mergeAdapter(MergeAdapterRequest request, Terminal terminal) {
            record(request);
        }

        @Override
        public void merge(MergeRequest request, Terminal terminal) {
            record(request);
        }

        @Override
        public void score(ScoreRequest request, Terminal terminal) {
            record(request);
        }

        @Override
        public void evaluateReward(EvaluateRewardRequest request, Terminal terminal) {
            record(request);
        }

        @Override
        public void eval(EvalRequest request, Terminal terminal) {
            record(request);
        }

        @Override
        public void serve(ServeRequest request, Terminal terminal) {
            record(request);
        }

        @Override
        public void bench(BenchRequest request, Terminal terminal) {
            record(request);
        }

        @Override
        public void doctor(DoctorRequest request, Terminal terminal) {
            record(request);
        }
    }

    private int align4j(String... args) {
        return new Main(new Recording(), new Terminal(new PrintWriter(out), new PrintWriter(err), false)).execute(args);
    }

    @BeforeEach
    void recipe() throws IOException {
        Files.createDirectory(dir.resolve("m"));
        Files.writeString(dir.resolve("s.jsonl"), "");
        Files.writeString(dir.resolve("r.yaml"), "name: x\nmodel: {path: m}\ndata: {sft: {path: s.jsonl}}\nstages:\n  - sft: {}\n");
    }

    @Test
    void runReadsTheRecipeAndItsOverrides() {
        Path file = dir.resolve("r.yaml");
        assertEquals(0, align4j("run", file.toString(), "--set", "seed=3", "--set", "stages.sft.epochs=2", "--resume", "--output", dir.resolve("o").toString()), err::toString);
        Commands.RunRequest request = (Commands.RunRequest) requests.get(0);
        assertEquals(3, request.recipe().seed());
        assertEquals(Optional.of(2.0), ((org.align4j.recipes.recipe.LossStage) request.recipe().stages().get(0)).training().epochs());
        assertEquals(dir.resolve("o"), request.recipe().output());
        assertTrue(request.resume());
        assertEquals(List.of("run", file.toString(), "--set", "seed=3", "--set", "stages.sft.epochs=2", "--output", dir.resolve("o").toString(), "--resume"), request.words());
        assertEquals(0, align4j("check", file.toString()));
        assertEquals(dir.resolve("runs/x"), ((Commands.CheckRequest) requests.get(1)).recipe().output());
    }

    @Test
    void problemsOfARecipeExitWith2AndNothingIsRun() {
        assertEquals(2, align4j("check", dir.resolve("r.yaml").toString(), "--set", "sed=3", "--set", "stages.sft.batch_size=4.7"));
        assertEquals(List.of(), requests);
        assertEquals("align4j: " + dir.resolve("r.yaml") + " has 2 problems:\n"
                + "  --set sed=3: unknown key 'sed'; did you mean 'seed'?\n"
                + "  --set stages.sft.batch_size=4.7: stages[0].sft.batch_size must be a whole number, found '4.7'\n", err.toString());
        assertEquals("", out.toString());
    }

    @Test
    void theOtherCommandsPassTheirArguments() {
        assertEquals(0, align4j("quickstart", "--seed", "5", "--output", dir.toString()));
        assertEquals(new Commands.QuickstartRequest(dir, 5), requests.get(0));
        assertEquals(0, align4j("logprobs", "--model", "m", "--data", "d", "--out", "o", "--precision", "bf16", "--format", "hh"), err::toString);
        assertEquals(new Commands.LogProbsRequest(Path.of("m"), Path.of("d"), Path.of("o"), FormatChoice.HH, Optional.empty(), Precision.BF16, Backends.Choice.AUTO), requests.get(1));
        assertEquals(0, align4j("generate", "--model", "m", "--prompt", "@a", "--prompt", "b", "--temperature", "0.5", "--top-k", "4", "--top-p", "0.9", "--stop", "\n", "--samples", "2",
                "--chat", "--seed", "9", "--max-new-tokens", "7", "--min-p", "0.1", "--repetition-penalty", "1.2", "--json", "--draft", "d"));
        assertEquals(new Commands.GenerateRequest(Path.of("m"), List.of("@a", "b"), Optional.empty(), new Commands.Sampling(7, 0.5, 4, 0.9, 0.1, 1.2, 9, List.of("\n"), 2), true, true,
                Optional.of(new Commands.Draft(Path.of("d"), 4)), Optional.empty(), Precision.FP32, Backends.Choice.AUTO),
                requests.get(2));
        assertEquals(0, align4j("generate", "--model", "m", "--prompts", "p.jsonl"));
        assertEquals(Optional.of(Path.of("p.jsonl")), ((Commands.GenerateRequest) requests.get(3)).promptsFile());
        assertEquals(0, align4j("doctor", "--no-measure"));
        assertEquals(new Commands.DoctorRequest(false), requests.get(4));
        assertEquals(0, align4j("merge-adapter", "--model", "m", "--adapter", "a", "--out", "o"));
        assertEquals(new Commands.MergeAdapterRequest(Path.of("m"), Path.of("a"), Path.of("o")), requests.get(5));
        assertEquals(0, align4j("bench", "--shapes", "A,C", "--works", "dpo", "--precisions", "bf16", "--tunes", "full,lora", "--rounds", "1", "--json", "b.json"));
        assertEquals(new Commands.BenchRequest(Commands.BenchMeasure.TABLE, List.of("A", "C"), List.of("dpo"), List.of("bf16"), List.of("full", "lora"), 4, 8, 256, 128, 1, 4, Optional.empty(),
                Optional.empty(), Optional.of(Path.of("b.json")), Optional.empty()), requests.get(6));
    }

    @Test
    void mergeSaysTheSameOnTheCommandLineAndInAFile() throws IOException {
        Path a = Files.createDirectory(dir.resolve("a"));
        Path b = Files.createDirectory(dir.resolve("b"));
        Files.writeString(dir.resolve("merge.yaml"), "merge_method: slerp\nmodels: [{model: a}, {model: b}]\nparameters: {t: 0.25}\n");
        assertEquals(0, align4j("merge", dir.resolve("merge.yaml").toString(), "--out", "o"), err::toString);
        assertEquals(0, align4j("merge", "--method", "slerp", "--t", "0.25", a.toString(), b.toString(), "--out", "o"), err::toString);
        MergePlan slerp = MergePlan.of(new MergeMethod.Slerp(LayerSetting.of(0.25)), List.of(ModelRef.of(a), ModelRef.of(b)), null);
        assertEquals(new Commands.MergeRequest(slerp, Optional.of(Path.of("o")), false), requests.get(0));
        assertEquals(requests.get(0), requests.get(1));
        assertEquals(0, align4j("merge", "--method", "expo", "--base", a.toString(), "--alpha", "1.5", b.toString(), "--check"), err::toString);
        MergePlan expo = (MergePlan) ((Commands.MergeRequest) requests.get(2)).task();
        assertEquals(LayerSetting.of(1.5), ((MergeMethod.TaskVectors) expo.method()).lambda());
        assertEquals(2, align4j("merge", a.toString(), b.toString(), "--out", "o"));
        assertEquals(2, align4j("merge", "--method", "linear", a.toString()));
        assertEquals(2, align4j("merge", "--method", "linear", "--weights", "1,2", a.toString(), "--out", "o"));
        assertEquals(2, align4j("merge", "--method", "expo", "--base", a.toString(), "--alpha", ".nan", b.toString(), "--out", "o"));
        assertEquals(3, requests.size());
    }

    @Test
    void evaluateRewardPassesItsArguments() {
        assertEquals(0, align4j("evaluate-reward", "--model", "m", "--data", "d", "--subset-field", "part", "--out", "o"), err::toString);
        PreferenceItems.Columns columns = new PreferenceItems.Columns(Optional.of("part"), Optional.empty(), Optional.empty());
        assertEquals(new Commands.EvaluateRewardRequest(new Commands.RewardSource(Optional.of(Path.of("m")), Optional.empty(), Optional.empty(), Optional.empty(), false),
                Path.of("d"), FormatChoice.AUTO, columns, Optional.of(Path.of("o")), Precision.FP32, Backends.Choice.AUTO), requests.get(0));
        assertEquals(0, align4j("evaluate-reward", "--judge", "j", "--chat", "--template", "t", "--data", "d", "--votes-field", "v", "--reference-field", "r"));
        Commands.EvaluateRewardRequest judged = (Commands.EvaluateRewardRequest) requests.get(1);
        assertEquals(new Commands.RewardSource(Optional.empty(), Optional.of(Path.of("j")), Optional.empty(), Optional.of(Path.of("t")), true), judged.reward());
        assertEquals(new PreferenceItems.Columns(Optional.empty(), Optional.of("r"), Optional.of("v")), judged.columns());
        assertEquals(2, align4j("evaluate-reward", "--data", "d"));
        assertEquals(2, align4j("evaluate-reward", "--data", "d", "--model", "m", "--verifier", "length"));
    }

    @Test
    void whatBenchDoesNotKnowIsRefused() {
        assertEquals(2, align4j("bench", "--shapes", "A,D"));
        assertTrue(err.toString().contains("--shapes D is not known; there are A, B, C"), err::toString);
        assertEquals(2, align4j("bench", "--rounds", "0"));
        assertEquals(2, align4j("bench", "--responses", "1"));
        assertEquals(2, align4j("bench", "--curves", "--startup"));
        assertEquals(2, align4j("bench", "--picture", "c.svg"));
    }

    @Test
    void schemaIsPrintedOrWritten() throws IOException {
        assertEquals(0, align4j("schema"));
        assertEquals(RecipeSchema.text(), out.toString());
        Path file = dir.resolve("schema.json");
        assertEquals(0, align4j("schema", "--out", file.toString()));
        assertEquals(RecipeSchema.text(), Files.readString(file));
        assertEquals(2, align4j("schema", "--out", dir.resolve("no/such/dir.json").toString()));
        assertTrue(err.toString().startsWith("align4j: The schema cannot be written to "), err::toString);
    }

    @Test
    void exitCodesSayWhoseFaultItWas() {
        failure = new UserException("The model is missing.");
        assertEquals(2, align4j("doctor"));
        assertEquals("align4j: The model is missing.\n", err.toString());
        failure = new Cancelled("Saved step 4; go on with --resume.");
        assertEquals(130, align4j("doctor"));
        failure = new IllegalStateException("broken");
        assertEquals(1, align4j("doctor"));
        assertTrue(err.toString().contains("internal failure: java.lang.IllegalStateException: broken. Run again with --stacktrace"), err::toString);
        assertFalse(err.toString().contains("\tat "), "no stack trace unless asked for");
        failure = new OutOfMemoryError("heap");
        assertEquals(1, align4j("doctor"));
        failure = new UnsatisfiedLinkError("no native library");
        assertEquals(1, align4j("doctor"));
        failure = new UserException("again");
        assertEquals(2, align4j("doctor", "--stacktrace"));
        assertTrue(err.toString().contains("\tat org.align4j"), "a stack trace when asked for");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "rnu r.yaml | did you mean 'run'?",
        "run | Missing required parameter: 'RECIPE'",
        "run r.yaml --sett a=b | did you mean '--set'?",
        "`` | Give a command",
        "quickstart --seed x | '--seed': 'x' is not a long",
        "logprobs --model m --data d --out o --precision fp8 | must be one of auto, fp32, bf16, found 'fp8'",
        "generate --model m | --prompt",
        "generate --model m --prompt a --prompts f | mutually exclusive",
        "generate --model m --prompt a --top-p 0 | --top-p must be more than 0 and at most 1, found 0.0",
        "generate --model m --prompt a --temperature NaN | --temperature must be 0 or more, found NaN",
        "generate --model m --prompt a --min-p 1 | --min-p must be at least 0 and less than 1, found 1.0",
        "generate --model m --prompt a --repetition-penalty 0 | --repetition-penalty must be more than 0, found 0.0",
        "generate --model m --prompt a --draft-tokens 3 | --draft-tokens needs a draft model; give --draft",
        "generate --model m --prompt a --draft d --draft-tokens 0 | --draft-tokens must be at least 1, found 0",
        "generate --model m --prompt a --samples 2 | 2 samples at temperature 0 would all be the same"
    })
    void misuseExitsWith2AndOneParagraph(String line, String expected) {
        assertEquals(2, align4j(line.isEmpty() ? new String[0] : line.split(" ")));
        assertTrue(err.toString().contains(expected), err::toString);
        assertEquals(2, err.toString().lines().count(), err::toString);
        assertTrue(err.toString().contains("--help'."), err::toString);
        assertEquals(List.of(), requests);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "run", "check", "quickstart", "logprobs", "generate", "sample", "select", "merge-adapter", "evaluate-reward", "eval", "merge", "study", "score", "serve", "doctor", "schema"})
    void everyCommandHasHelpWithExamples(String command) {
        assertEquals(0, command.isEmpty() ? align4j("--help") : align4j(command, "--help"));
        assertTrue(out.toString().startsWith(("Usage: align4j " + command).strip()), out::toString);
        assertTrue(out.toString().contains("Examples:") && out.toString().contains("  align4j " + command), out::toString);
        assertEquals(List.of(), requests);
    }

    @Test
    void versionNamesTheProgramAndTheJvm() {
        assertEquals(0, align4j("--version"));
        assertTrue(out.toString().startsWith("align4j "), out::toString);
        assertTrue(out.toString().contains(Runtime.version().toString()), out::toString);
    }

    @Test
    void helpNamesEveryStage() {
        align4j("run", "--help");
        String words = out.toString().replaceAll("\\s+", " ");
        named(org.align4j.recipes.recipe.Stage.class, words);
    }

    private static void named(Class<?> family, String words) {
        for (Class<?> stage : family.getPermittedSubclasses()) {
            if (stage.isSealed()) {
                named(stage, words);
            } else {
                String kind = stage.getSimpleName().toLowerCase(java.util.Locale.ROOT);
                assertTrue(words.matches(".*[ :]" + kind + "[,.].*"), kind + " is not in " + words);
            }
        }
    }
}
