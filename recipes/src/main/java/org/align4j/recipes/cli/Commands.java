package org.align4j.recipes.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.align4j.core.backend.Backends;
import org.align4j.core.merge.MergeTask;
import org.align4j.recipes.eval.EvalSuite;
import org.align4j.recipes.recipe.FormatChoice;
import org.align4j.recipes.recipe.Precision;
import org.align4j.recipes.recipe.Recipe;
import org.align4j.recipes.recipe.Sample;
import org.align4j.recipes.recipe.Select;
import org.align4j.rewardmodels.evaluate.PreferenceItems;
import org.align4j.rewardmodels.serve.ServiceOptions;
import org.align4j.rewardmodels.serve.http.ServerOptions;

/**
 * What the command line can do; the arguments are checked before a method is called.
 * A method returns when the work is done, throws {@link org.align4j.core.UserException} for what the user can mend (exit code 2),
 * {@link Cancelled} when the user stopped it (130); anything else is an internal failure (1).
 */
public interface Commands {
    /** Runs a recipe. */
    void run(RunRequest request, Terminal terminal);

    /** Runs a recipe over a grid of budgets, splits, methods and seeds. */
    void study(StudyRequest request, Terminal terminal);

    /** Validates everything a run would need, prints the data report and the plan, and trains nothing. */
    void check(CheckRequest request, Terminal terminal);

    /** Takes a tiny model through pretraining, SFT and DPO on a task it generates itself. */
    void quickstart(QuickstartRequest request, Terminal terminal);

    /** Writes the log-probabilities of given responses. */
    void logProbs(LogProbsRequest request, Terminal terminal);

    /** Generates text. */
    void generate(GenerateRequest request, Terminal terminal);

    /** Samples answers, scores them and makes training rows of them. */
    void sample(SampleRequest request, Terminal terminal);

    /** Chooses among the rows of a data file. */
    void select(SelectRequest request, Terminal terminal);

    /** Adds an adapter to its model's weights and writes a plain model. */
    void mergeAdapter(MergeAdapterRequest request, Terminal terminal);

    /** Merges models, or adapters. */
    void merge(MergeRequest request, Terminal terminal);

    /** Says how well a reward orders answers that people have ordered. */
    void evaluateReward(EvaluateRewardRequest request, Terminal terminal);

    /** Measures models, or prints what would be measured. */
    void eval(EvalRequest request, Terminal terminal);

    /** Scores responses with a reward model. */
    void score(ScoreRequest request, Terminal terminal);

    /** Serves the scores of a reward model over HTTP until the process is asked to stop. */
    void serve(ServeRequest request, Terminal terminal);

    /** Measures training speed and memory. */
    void bench(BenchRequest request, Terminal terminal);

    /** Prints what the machine offers and what was chosen. */
    void doctor(DoctorRequest request, Terminal terminal);

    /**
     * @param recipe with overrides applied and the output directory decided
     * @param file   the recipe file
     * @param resume whether to go on from the newest good checkpoint in the output directory
     * @param words  what the user typed, for the record
     */
    record RunRequest(Recipe recipe, Path file, boolean resume, List<String> words) {}

    /**
     * @param file      the study
     * @param overrides {@code path=value} settings that replace what it says
     * @param output    directory, in place of the study's
     * @param parallel  worker processes, in place of the study's
     * @param check     whether to plan only
     * @param report    whether to read only what there is already
     */
    record StudyRequest(Path file, List<String> overrides, Optional<Path> output, Optional<Integer> parallel, boolean check, boolean report) {}

    /** The recipe with overrides applied, and its file. */
    record CheckRequest(Recipe recipe, Path file) {}

    /** Run directory and seed. */
    record QuickstartRequest(Path output, long seed) {}

    /**
     * Model directory, data file, file to write (JSON Lines) and how to compute.
     *
     * @param chatTemplate a built-in template's name, a file, or the template itself, in place of the model's own
     */
    record LogProbsRequest(Path model, Path data, Path out, FormatChoice format, Optional<String> chatTemplate, Precision precision, Backends.Choice backend) {}

    /**
     * @param prompts      prompts given as arguments; empty when a file is given
     * @param promptsFile  file of prompts in any format the data may have
     * @param chat         whether a prompt is a user's message, put through the chat template
     * @param json         whether to print a line of JSON for every response
     * @param draft        a smaller model that proposes tokens
     * @param chatTemplate a built-in template's name, a file, or the template itself, in place of the model's own
     */
    record GenerateRequest(Path model, List<String> prompts, Optional<Path> promptsFile, Sampling sampling, boolean chat, boolean json, Optional<Draft> draft,
            Optional<String> chatTemplate, Precision precision, Backends.Choice backend) {}

    /**
     * How responses are sampled: see {@link org.align4j.core.generate.SamplingOptions}.
     *
     * @param stop    texts that end a response
     * @param samples responses to each prompt
     */
    record Sampling(int maxNewTokens, double temperature, int topK, double topP, double minP, double repetitionPenalty, long seed, List<String> stop, int samples) {}

    /** A draft model's directory and how many tokens it proposes at a time. */
    record Draft(Path model, int tokens) {}

    /**
     * @param stage what is sampled, how it is scored and what is kept; its paths are absolute
     * @param out   directory to write into
     */
    record SampleRequest(Path model, Sample stage, Path out, long seed, Optional<String> chatTemplate, Precision precision, Backends.Choice backend) {}

    /**
     * @param stage what is chosen from and how; its paths are absolute
     * @param out   directory to write into
     */
    record SelectRequest(Path model, Select stage, Path out, long seed, Optional<String> chatTemplate, Precision precision, Backends.Choice backend) {}

    /** Directories of the model, of its adapter as PEFT writes it, and of the model to write. */
    record MergeAdapterRequest(Path model, Path adapter, Path out) {}

    /**
     * @param out   directory to write; empty only with check
     * @param check whether to say what would be done, and do nothing
     */
    record MergeRequest(MergeTask task, Optional<Path> out, boolean check) {}

    /**
     * Where scores come from: one of the first three.
     *
     * @param model    directory of a reward model
     * @param judge    directory of a language model that compares answers
     * @param verifier a kind's name, or a JSON object with its settings
     * @param template file with what the judge is asked
     * @param chat     whether the judge is asked by a user's message
     */
    record RewardSource(Optional<Path> model, Optional<Path> judge, Optional<String> verifier, Optional<Path> template, boolean chat) {}

    /**
     * @param columns where in a row subset, reference answer and votes are
     * @param out     directory for the files, or none
     */
    record EvaluateRewardRequest(RewardSource reward, Path data, FormatChoice format, PreferenceItems.Columns columns, Optional<Path> out, Precision precision,
            Backends.Choice backend) {}

    /**
     * @param suite what is measured of which models; its paths are absolute
     * @param file  the suite's file; none where the command line says it all
     * @param check whether to say only what would be done
     */
    record EvalRequest(EvalSuite suite, Optional<Path> file, boolean check) {}

    /** What gives scores: the directory of a reward model, or a rule as {@code VerifierSpec} reads it; one of them. */
    record RewardRequest(Optional<Path> model, Optional<String> verifier, Precision precision, Backends.Choice backend) {
        /** In a few words. */
        public String words() {
            return model.map(Path::toString).or(this::verifier).orElseThrow();
        }
    }

    /**
     * @param prompt    with its responses, or empty where a file is given
     * @param reference the correct answer, for rules that compare with one
     * @param chat      whether the prompt is a user's message, put through the chat template
     * @param json      whether to write the scores of the prompt as JSON
     * @param data      file of prompts and responses
     * @param out       JSON Lines file for the scores of the data; standard output where it is empty
     */
    record ScoreRequest(RewardRequest reward, Optional<String> prompt, List<String> responses, Optional<String> reference, boolean chat, boolean json, Optional<Path> data,
            Optional<Path> out, FormatChoice format) {}

    /**
     * @param server    without its token
     * @param tokenFile file with the token
     * @param token     the token from the environment
     * @param accessLog whether to write a line for every request
     * @param drain     most time for what was accepted when the process is asked to stop
     */
    record ServeRequest(RewardRequest reward, ServiceOptions service, ServerOptions server, Optional<Path> tokenFile, Optional<String> token, boolean accessLog,
            Duration drain) {
        /** Never shows the token. */
        @Override
        public String toString() {
            return "ServeRequest[" + reward + ", " + service + ", " + server + "]";
        }
    }

    /** What {@code bench} measures: a table of updates, how their cost grows with work, the time to the first one, decoding, or serving. */
    enum BenchMeasure { TABLE, CURVES, STARTUP, DECODE, SERVE }

    /**
     * @param works     sft, dpo, list
     * @param tunes     ways to train
     * @param pairs     pairs of an update; as many rows again in the other works
     * @param responses responses in a list
     * @param length    tokens of prompt and response together
     * @param rounds    processes per line
     * @param steps     measured updates of a process; of serving the seconds of a line
     * @param peer      directory of another trainer to compare with
     * @param json      file for the figures
     * @param picture   file for the curves as SVG
     */
    record BenchRequest(BenchMeasure measure, List<String> shapes, List<String> works, List<String> precisions, List<String> tunes, int pairs, int responses, int length,
            int prompt, int rounds, int steps, Optional<Integer> warm, Optional<Path> peer, Optional<Path> json, Optional<Path> picture) {}

    /** Whether to measure matmul speed, which takes some seconds. */
    record DoctorRequest(boolean measure) {}
}
