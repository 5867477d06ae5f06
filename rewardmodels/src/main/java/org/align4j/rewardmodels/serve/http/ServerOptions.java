package org.align4j.rewardmodels.serve.http;

import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * How a {@link ScoreServer} listens and what it takes.
 *
 * @param host           name or address to listen on; default 127.0.0.1, so that only this machine can ask
 * @param port           0 for any free one; default 8080
 * @param token          what callers must send as {@code Authorization: Bearer TOKEN}; empty for no such check
 * @param maxBodyBytes   longest body of a request in bytes; default 4 MiB
 * @param maxHeldBytes   bodies of all requests in progress together, in bytes; default 64 MiB
 * @param maxAnswers     most answers in one request; default 256
 * @param maxConnections most connections, and threads that serve them; default 256
 * @param endings        texts that close an answer, such as {@code </s>}: the OpenRLHF protocol sends them as part of the text; default none
 */
public record ServerOptions(String host, int port, Optional<String> token, int maxBodyBytes, long maxHeldBytes, int maxAnswers, int maxConnections,
        Set<String> endings) {
    /** The defaults. */
    public static final ServerOptions DEFAULT = new ServerOptions("127.0.0.1", 8080, Optional.empty(), 4 << 20, 64L << 20, 256, 256, Set.of());
    /** Shortest token taken. */
    public static final int SHORTEST_TOKEN = 16;

    public ServerOptions {
        Objects.requireNonNull(host, "host");
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port must be from 0 to 65535, found " + port);
        }
        atLeast("maxBodyBytes", maxBodyBytes, 2);
        atLeast("maxHeldBytes", maxHeldBytes, maxBodyBytes);
        atLeast("maxAnswers", maxAnswers, 1);
        atLeast("maxConnections", maxConnections, 1);
        if (token.isPresent() && (token.get().length() < SHORTEST_TOKEN || !token.get().matches("[\\x21-\\x7e]+"))) {
            throw new IllegalArgumentException("token must be " + SHORTEST_TOKEN + " or more printable ASCII characters without blanks, found " + token.get().length()
                    + " characters");
        }
        endings = Set.copyOf(endings);
    }

    private static void atLeast(String name, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be at least " + least + ", found " + value);
        }
    }

    /** The same on another address. */
    public ServerOptions at(String name, int number) {
        return new ServerOptions(name, number, token, maxBodyBytes, maxHeldBytes, maxAnswers, maxConnections, endings);
    }

    /** The same with a token. */
    public ServerOptions withToken(String value) {
        return new ServerOptions(host, port, Optional.of(value), maxBodyBytes, maxHeldBytes, maxAnswers, maxConnections, endings);
    }

    /** The same with other limits. */
    public ServerOptions withLimits(int bodyBytes, long heldBytes, int answers, int connections) {
        return new ServerOptions(host, port, token, bodyBytes, heldBytes, answers, connections, endings);
    }

    /** The same with texts that close an answer. */
    public ServerOptions withEndings(Set<String> texts) {
        return new ServerOptions(host, port, token, maxBodyBytes, maxHeldBytes, maxAnswers, maxConnections, texts);
    }

    /** Never shows the token. */
    @Override
    public String toString() {
        return "ServerOptions[" + host + ":" + port + ", token " + (token.isPresent() ? "set" : "none") + ", maxBodyBytes " + maxBodyBytes + ", maxHeldBytes " + maxHeldBytes
                + ", maxAnswers " + maxAnswers + ", maxConnections " + maxConnections + "]";
    }
}
