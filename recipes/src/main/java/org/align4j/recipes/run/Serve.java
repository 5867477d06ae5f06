package org.align4j.recipes.run;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.align4j.core.UserException;
import org.align4j.recipes.cli.Commands;
import org.align4j.recipes.cli.Terminal;
import org.align4j.rewardmodels.serve.ScoreService;
import org.align4j.rewardmodels.serve.http.ScoreServer;
import org.align4j.rewardmodels.serve.http.ServerOptions;

/** Serves a reward until the process is asked to stop. */
final class Serve {
    private Serve() {}

    static void run(Commands.ServeRequest request, Terminal terminal) {
        ServedReward source = ServedReward.of(request.reward());
        ServerOptions options = withToken(request).withEndings(source.endings());
        Consumer<String> log = request.accessLog() ? terminal.out()::println : null;
        try (EndSignal end = new EndSignal(); ScoreService service = source.service().apply(request.service()); ScoreServer server = ScoreServer.start(service, options, log)) {
            terminal.err().println("Loading " + request.reward().words());
            service.awaitReady();
            terminal.err().println("Serving " + service.name() + " on " + server.url() + (options.token().isPresent() ? ", token required" : "")
                    + (request.service().exact() ? ", every question by itself" : ", answers computed together"));
            if (options.token().isEmpty() && !isLoopback(options.host())) {
                terminal.err().println("Whoever reaches " + options.host() + " may ask: there is no token. Give --token-file to ask for one.");
            }
            end.await();
            terminal.err().println("Asked to stop: answering what was accepted");
            if (!server.drain(request.drain())) {
                throw new UserException("What was accepted could not be answered within " + request.drain().toSeconds() + " s. Raise --drain-timeout.");
            }
            terminal.err().printf("Answered %,d requests, %,d responses scored%n", service.metrics().answered(), service.metrics().answers());
        }
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static ServerOptions withToken(Commands.ServeRequest request) {
        Optional<String> token = request.tokenFile().map(Serve::read).or(request::token);
        try {
            return token.map(t -> request.server().withToken(t)).orElse(request.server());
        } catch (IllegalArgumentException e) {
            throw new UserException("The token of " + request.tokenFile().map(Path::toString).orElse("the environment") + " is not usable: " + e.getMessage() + ".", e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UserException("Cannot read the token file " + file + ": " + e.getMessage() + ". --token-file must name a file with the token alone.", e);
        }
    }
}
