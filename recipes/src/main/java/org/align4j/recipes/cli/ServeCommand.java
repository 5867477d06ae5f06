package org.align4j.recipes.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.align4j.rewardmodels.serve.ServiceOptions;
import org.align4j.rewardmodels.serve.http.ServerOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(name = "serve", mixinStandardHelpOptions = true,
        description = {"Serves the scores of a reward model or a rule over HTTP, until SIGTERM or Ctrl-C; what was accepted is answered first.",
            "POST /v1/score, /v1/rerank, /get_reward (OpenRLHF); GET /v1/model, /healthz, /readyz, /metrics, /openapi.json."},
        footerHeading = "%nExamples:%n",
        footer = {"  align4j serve --model runs/rm/model",
            "  align4j serve --model runs/rm/model --host 0.0.0.0 --port 9000 --token-file token.txt",
            "  curl -s localhost:8080/v1/score -H 'Content-Type: application/json' \\",
            "       -d '{\"prompt\": \"What is 2 + 2?\", \"responses\": [\"4\", \"5\"], \"rank\": true}'",
            "", "The token may also be in the environment variable " + ServeCommand.TOKEN + ". Standard output has a line of JSON for every request, without contents."})
final class ServeCommand implements Callable<Integer> {
    static final String TOKEN = "ALIGN4J_TOKEN";

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Mixin
    private RewardChoice reward;

    @Option(names = "--host", paramLabel = "NAME", defaultValue = "127.0.0.1", description = "Address to listen on. Default: ${DEFAULT-VALUE}, this machine alone")
    private String host;

    @Option(names = "--port", paramLabel = "N", defaultValue = "8080", description = "Port to listen on; 0 for any free one. Default: ${DEFAULT-VALUE}")
    private int port;

    @Option(names = "--token-file", paramLabel = "FILE", description = "File with the token callers must send, 16 characters or more.")
    private Path tokenFile;

    @Option(names = "--exact", negatable = true, defaultValue = "true", fallbackValue = "true",
            description = "Compute every question by itself, so that scores have the same bits whatever else is asked. With --no-exact, waiting answers are computed together.")
    private boolean exact;

    @Option(names = "--max-batch-answers", paramLabel = "N", defaultValue = "32", description = "Most answers computed together. Default: ${DEFAULT-VALUE}")
    private int batchAnswers;

    @Option(names = "--max-batch-tokens", paramLabel = "N", defaultValue = "8192", description = "Most tokens computed together. Default: ${DEFAULT-VALUE}")
    private int batchTokens;

    @Option(names = "--max-wait-ms", paramLabel = "MS", defaultValue = "2", description = "Longest wait for a batch to fill, with --no-exact. Default: ${DEFAULT-VALUE}")
    private int waitMs;

    @Option(names = "--queue", paramLabel = "N", defaultValue = "1024", description = "Most answers that wait; more are refused (429). Default: ${DEFAULT-VALUE}")
    private int queue;

    @Option(names = "--timeout", paramLabel = "S", defaultValue = "30", description = "Seconds after which a request is given up (504). Default: ${DEFAULT-VALUE}")
    private int timeout;

    @Option(names = "--drain-timeout", paramLabel = "S", defaultValue = "60", description = "Most seconds to finish what was accepted when asked to stop. Default: ${DEFAULT-VALUE}")
    private int drain;

    @Option(names = "--max-tokens", paramLabel = "N", defaultValue = "4096", description = "Most tokens of a prompt with a response. Default: ${DEFAULT-VALUE}")
    private int maxTokens;

    @Option(names = "--max-answers", paramLabel = "N", defaultValue = "256", description = "Most responses in a request. Default: ${DEFAULT-VALUE}")
    private int maxAnswers;

    @Option(names = "--max-body-bytes", paramLabel = "N", defaultValue = "4194304", description = "Longest body of a request. Default: ${DEFAULT-VALUE}")
    private int maxBody;

    @Option(names = "--max-connections", paramLabel = "N", defaultValue = "256", description = "Most connections at a time. Default: ${DEFAULT-VALUE}")
    private int maxConnections;

    @Option(names = "--access-log", negatable = true, defaultValue = "true", fallbackValue = "true", description = "Write a line for every request. Default: yes")
    private boolean accessLog;

    @Override
    public Integer call() {
        require(drain >= 1 && drain <= 3600, "--drain-timeout must be from 1 to 3600 seconds, found " + drain);
        require(timeout >= 1 && timeout <= 240, "--timeout must be from 1 to 240 seconds, found " + timeout);
        ServiceOptions service;
        ServerOptions server;
        try {
            service = new ServiceOptions(exact, batchAnswers, batchTokens, Duration.ofMillis(waitMs), queue, maxTokens, Duration.ofSeconds(timeout));
            server = ServerOptions.DEFAULT.at(host, port).withLimits(maxBody, Math.max(ServerOptions.DEFAULT.maxHeldBytes(), maxBody), maxAnswers, maxConnections);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
        main.commands().serve(new Commands.ServeRequest(reward.request(), service, server, Optional.ofNullable(tokenFile), Optional.ofNullable(System.getenv(TOKEN)), accessLog,
                Duration.ofSeconds(drain)), main.terminal());
        return Main.OK;
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), otherwise);
        }
    }
}
