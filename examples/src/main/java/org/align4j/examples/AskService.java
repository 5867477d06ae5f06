package org.align4j.examples;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.align4j.rewardmodels.serve.client.ClientOptions;
import org.align4j.rewardmodels.serve.client.ScoreClient;
import org.align4j.rewardmodels.serve.client.ScoreClientException;

/**
 * Scores from a service over HTTP. Start one with {@code ./align4j serve --model DIR}, then run this with its address, {@code http://localhost:8080}, and its
 * token in the environment variable ALIGN4J_TOKEN where it asks for one.
 */
public final class AskService {
    private AskService() {}

    /** A client that tries again for a while when the service is busy or just being restarted. */
    static ScoreClient client(String address, String token) {
        ClientOptions options = ClientOptions.of(address).withPatience(Duration.ofSeconds(30), 6, Duration.ofSeconds(10));
        return new ScoreClient(token == null ? options : options.withToken(token));
    }

    public static void main(String[] args) {
        ScoreClient client = client(args[0], System.getenv("ALIGN4J_TOKEN"));
        try {
            System.out.println("served: " + client.model().name());
            double[] scores = client.score("What is 2 + 2?", List.of("4", "5"));
            System.out.println("scores: " + Arrays.toString(scores));
        } catch (ScoreClientException e) {
            System.err.println(e.getMessage() + (e.requestId() == null ? "" : " (request " + e.requestId() + ")"));
        }
    }
}
