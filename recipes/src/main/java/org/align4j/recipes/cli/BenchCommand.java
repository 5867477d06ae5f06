package org.align4j.recipes.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(name = "bench", mixinStandardHelpOptions = true,
        description = {"Measures whole training updates on random weights and prints a table: seconds, tokens per second, peak memory, share of the matmul ceiling.",
            "With --curves: how their cost grows with length, rows, layers and vocabulary. With --startup: the time to the first update of a model from disk.",
            "With --decode: tokens per second of sampling, beside what the machine can read and compute.",
            "With --serve: align4j serve under load."},
        footerHeading = "%nExamples:%n",
        footer = {"  align4j bench --shapes A", "  align4j bench --shapes C --works dpo --tunes full,cached,lean,lora,dora,qlora,lisa --json bench.json",
            "  align4j bench --works sft,dpo,list --peer DIR      # beside another trainer: DIR/peer.sh",
            "  align4j bench --curves --json curves.json --picture curves.svg", "  align4j bench --startup",
            "  align4j bench --decode --precisions bf16 --json decode.json", "  align4j bench --serve --shapes A --precisions fp32 --json serve.json"})
final class BenchCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = "--curves", description = "Measure how the cost of an update grows with work instead (some minutes; --steps 3 will do).")
    private boolean curves;

    @Option(names = "--startup", description = "Measure the time from the start of the process to the end of the first update instead: shape C from disk.")
    private boolean startup;

    @Option(names = "--serve", description = "Measure the service over HTTP instead, with the first of --shapes and --precisions: 1, 8 and 64 callers for --steps seconds each, "
            + "a full queue, memory over 25,000 requests times --steps, an end under load.")
    private boolean serve;

    @Option(names = "--decode", description = "Measure decoding instead: tokens per second of 1, 8 and 32 sequences, of --length tokens with --prompt.")
    private boolean decode;

    @Option(names = "--shapes", split = ",", defaultValue = "A,B,C", paramLabel = "NAME",
            description = "A: 15 M parameters, B: 110 M, C: 135 M (SmolLM2-135M). Default: ${DEFAULT-VALUE}.")
    private List<String> shapes;

    @Option(names = "--works", split = ",", defaultValue = "sft,dpo", paramLabel = "WORK",
            description = "sft, dpo, list (LiPO-lambda over lists of responses). Default: ${DEFAULT-VALUE}.")
    private List<String> works;

    @Option(names = "--precisions", split = ",", defaultValue = "fp32,bf16", paramLabel = "TYPE", description = "fp32, bf16. Default: ${DEFAULT-VALUE}.")
    private List<String> precisions;

    @Option(names = "--tunes", split = ",", defaultValue = "full", paramLabel = "WAY",
            description = "What is trained: full, cached (full, reference from a cache), lean (cached, blocks computed again, 8-bit moments), "
                    + "lora, dora, qlora, lisa. Default: ${DEFAULT-VALUE}.")
    private List<String> tunes;

    @Option(names = "--pairs", defaultValue = "4", paramLabel = "N", description = "Pairs of an update; twice as many rows for sft and list. Default: ${DEFAULT-VALUE}.")
    private int pairs;

    @Option(names = "--responses", defaultValue = "8", paramLabel = "N", description = "Responses in a list; must divide twice --pairs. Default: ${DEFAULT-VALUE}.")
    private int responses;

    @Option(names = "--length", defaultValue = "256", paramLabel = "N", description = "Tokens of prompt and response together. Default: ${DEFAULT-VALUE}.")
    private int length;

    @Option(names = "--prompt", defaultValue = "128", paramLabel = "N", description = "Tokens of the prompt. Default: ${DEFAULT-VALUE}.")
    private int prompt;

    @Option(names = "--rounds", defaultValue = "3", paramLabel = "N", description = "Processes per line, in turn with the peer. Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--steps", defaultValue = "4", paramLabel = "N", description = "Measured updates of a process. Default: ${DEFAULT-VALUE}.")
    private int steps;

    @Option(names = "--warm", paramLabel = "N",
            description = "Updates before them. Default: what takes some ten seconds, for as long does the just-in-time compiler take a share of the cores.")
    private Optional<Integer> warm;

    @Option(names = "--peer", paramLabel = "DIR", description = "Directory with an executable peer.sh to compare with.")
    private Optional<Path> peer;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the figures here as well.")
    private Optional<Path> json;

    @Option(names = "--picture", paramLabel = "FILE", description = "With --curves: draws them here, as SVG.")
    private Optional<Path> picture;

    @Override
    public Integer call() {
        known("--shapes", shapes, List.of("A", "B", "C"));
        known("--works", works, List.of("sft", "dpo", "list"));
        known("--precisions", precisions, List.of("fp32", "bf16"));
        known("--tunes", tunes, List.of("full", "cached", "lean", "lora", "dora", "qlora", "lisa"));
        positive("--pairs", pairs);
        positive("--prompt", prompt);
        positive("--rounds", rounds);
        positive("--steps", steps);
        atLeast("--responses", responses, 2);
        warm.ifPresent(w -> atLeast("--warm", w, 0));
        if (java.util.stream.Stream.of(curves, startup, decode, serve).filter(asked -> asked).count() > 1) {
            throw new ParameterException(spec.commandLine(), "--curves, --startup, --decode and --serve cannot be measured together; give one");
        }
        if (picture.isPresent() && !curves) {
            throw new ParameterException(spec.commandLine(), "--picture draws curves; give --curves as well");
        }
        Commands.BenchMeasure measure = curves ? Commands.BenchMeasure.CURVES : startup ? Commands.BenchMeasure.STARTUP
                : decode ? Commands.BenchMeasure.DECODE : serve ? Commands.BenchMeasure.SERVE : Commands.BenchMeasure.TABLE;
        main.commands().bench(new Commands.BenchRequest(measure, shapes, works, precisions, tunes, pairs, responses, length, prompt, rounds, steps, warm, peer,
                json, picture), main.terminal());
        return Main.OK;
    }

    private void known(String option, List<String> given, List<String> all) {
        given.stream().filter(g -> !all.contains(g)).findFirst().ifPresent(g -> {
            throw new ParameterException(spec.commandLine(), option + " " + g + " is not known; there are " + String.join(", ", all));
        });
    }

    private void positive(String option, int value) {
        atLeast(option, value, 1);
    }

    private void atLeast(String option, int value, int least) {
        if (value < least) {
            throw new ParameterException(spec.commandLine(), option + " must be at least " + least + ", found " + value);
        }
    }
}
