package org.align4j.rewardmodels.serve.client;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * Where a {@link ScoreClient} asks and how patient it is.
 *
 * @param service    address of the service, such as {@code http://localhost:8080}
 * @param token      sent as bearer token; empty for none
 * @param connect    longest wait for a connection; default 5 s
 * @param timeout    longest wait for one reply; default 60 s
 * @param retries    further tries after a broken connection, or status 429, 502, 503 or 504; default 4. Scoring changes nothing, so that asking again is safe
 * @param longestWait longest pause before another try, whatever {@code Retry-After} says; default 30 s
 */
public record ClientOptions(URI service, Optional<String> token, Duration connect, Duration timeout, int retries, Duration longestWait) {

    public ClientOptions {
        if (service.getHost() == null || !("http".equals(service.getScheme()) || "https".equals(service.getScheme()))) {
            throw new IllegalArgumentException("service must be an address such as http://localhost:8080, found " + service);
        }
        if (service.getUserInfo() != null) {
            throw new IllegalArgumentException("service must not hold a user or password, which would stand in messages; give a token");
        }
        if (token.isPresent() && !token.get().matches("[\\x21-\\x7e]+")) {
            throw new IllegalArgumentException("token must be printable ASCII characters without blanks; is there a line break at its end?");
        }
        if (retries < 0) {
            throw new IllegalArgumentException("retries must be 0 or more, found " + retries);
        }
    }

    /** The defaults for a service. */
    public static ClientOptions of(String service) {
        return new ClientOptions(URI.create(service.endsWith("/") ? service.substring(0, service.length() - 1) : service), Optional.empty(), Duration.ofSeconds(5),
                Duration.ofSeconds(60), 4, Duration.ofSeconds(30));
    }

    /** The same with a token. */
    public ClientOptions withToken(String value) {
        return new ClientOptions(service, Optional.of(value), connect, timeout, retries, longestWait);
    }

    /** The same with another patience. */
    public ClientOptions withPatience(Duration reply, int tries, Duration pause) {
        return new ClientOptions(service, token, connect, reply, tries, pause);
    }

    /** Never shows the token. */
    @Override
    public String toString() {
        return "ClientOptions[" + service + ", token " + (token.isPresent() ? "set" : "none") + ", timeout " + timeout + ", retries " + retries + "]";
    }
}
