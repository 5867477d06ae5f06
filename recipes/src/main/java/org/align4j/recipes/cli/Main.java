package org.align4j.recipes.cli;

import java.util.Locale;
import java.util.concurrent.Callable;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backends;
import org.align4j.recipes.recipe.FormatChoice;
import org.align4j.recipes.recipe.Precision;
import org.align4j.recipes.yaml.Nearest;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The {@code align4j} command. Exit codes: 0 done, 1 internal failure, 2 something the user can mend, 130 stopped by Ctrl-C.
 */
@Command(name = "align4j", description = "Trains language models on preferences.", mixinStandardHelpOptions = true, versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {RunCommand.class, CheckCommand.class, StudyCommand.class, EvalCommand.class, QuickstartCommand.class, LogProbsCommand.class,
            GenerateCommand.class, SampleCommand.class, SelectCommand.class, MergeCommand.class, MergeAdapterCommand.class, ScoreCommand.class, ServeCommand.class,
            EvaluateRewardCommand.class, BenchCommand.class, DoctorCommand.class, SchemaCommand.class},
        footerHeading = "%nExamples:%n",
        footer = {"  align4j quickstart", "  align4j check recipe.yaml", "  align4j run recipe.yaml --set stages.dpo.beta=0.2", "  align4j run --help",
            "", "Exit codes: 0 done, 1 internal failure, 2 something you can mend, 130 stopped."})
public final class Main implements Callable<Integer> {
    /** Everything went well. */
    public static final int OK = 0;
    /** A fault of the program. */
    public static final int INTERNAL = 1;
    /** A mistake of the user. */
    public static final int USER = 2;
    /** Stopped by the user, as shells have it for SIGINT. */
    public static final int CANCELLED = 130;

    private final Commands commands;
    private final Terminal terminal;

    @Option(names = "--stacktrace", scope = CommandLine.ScopeType.INHERIT, description = "Print where in the program an error arose.")
    private boolean stacktrace;

    @Spec
    private CommandSpec spec;

    /**
     * @param commands what does the work
     * @param terminal where to write
     */
    public Main(Commands commands, Terminal terminal) {
        this.commands = commands;
        this.terminal = terminal;
    }

    /** Does what the arguments say and returns the exit code. */
    public int execute(String... args) {
        CommandLine line = new CommandLine(this);
        line.setOut(terminal.out()).setErr(terminal.err());
        line.setExpandAtFiles(false); // a prompt may begin with '@'
        line.setUsageHelpWidth(110);
        lowerCase(line, Precision.class, FormatChoice.class, Backends.Choice.class, SchemaCommand.Kind.class);
        line.setParameterExceptionHandler((e, a) -> misused(e));
        line.setExecutionExceptionHandler((e, command, parsed) -> failed(e));
        try {
            return line.execute(args);
        } catch (Error e) {
            return failed(e);
        } finally {
            terminal.out().flush();
            terminal.err().flush();
        }
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "Give a command, such as 'align4j quickstart'.");
    }

    Commands commands() {
        return commands;
    }

    Terminal terminal() {
        return terminal;
    }

    private int misused(ParameterException e) {
        CommandLine line = e.getCommandLine();
        String hint = "";
        if (e instanceof CommandLine.UnmatchedArgumentException unmatched && !unmatched.getUnmatched().isEmpty()) {
            String word = unmatched.getUnmatched().get(0);
            var known = word.startsWith("-") ? line.getCommandSpec().optionsMap().keySet() : line.getSubcommands().keySet();
            hint = Nearest.of(word, known).map(n -> "; did you mean '" + n + "'?").orElse("");
        }
        terminal.err().println("align4j: " + e.getMessage().replaceAll("\\s*\\R\\s*", " ") + hint);
        terminal.err().println("Try '" + line.getCommandSpec().qualifiedName() + " --help'.");
        trace(e);
        return USER;
    }

    private int failed(Throwable e) {
        int code = e instanceof UserException ? USER : e instanceof Cancelled ? CANCELLED : INTERNAL;
        String words = switch (code) {
            case USER, CANCELLED -> e.getMessage();
            default -> e instanceof OutOfMemoryError
                    ? "out of memory: " + e.getMessage() + ". Give the JVM more, or lower micro_batch_tokens."
                    : "internal failure: " + e + (stacktrace ? "" : ". Run again with --stacktrace to see where.");
        };
        terminal.err().println("align4j: " + words);
        trace(e);
        return code;
    }

    private void trace(Throwable e) {
        if (stacktrace) {
            e.printStackTrace(terminal.err());
        }
    }

    /** Enum values are written as in recipes. */
    private static void lowerCase(CommandLine line, Class<?>... types) {
        for (Class<?> type : types) {
            register(line, type);
        }
    }

    private static <T> void register(CommandLine line, Class<T> type) {
        line.registerConverter(type, text -> {
            StringBuilder known = new StringBuilder();
            for (T constant : type.getEnumConstants()) {
                String name = ((Enum<?>) constant).name().toLowerCase(Locale.ROOT);
                if (name.equals(text)) {
                    return constant;
                }
                known.append(known.isEmpty() ? "" : ", ").append(name);
            }
            throw new CommandLine.TypeConversionException("must be one of " + known + ", found '" + text + "'");
        });
    }
}
