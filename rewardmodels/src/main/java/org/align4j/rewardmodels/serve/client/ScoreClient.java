package org.align4j.rewardmodels.serve.client;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.data.Message;
import org.align4j.core.data.Text;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.serve.Ranking;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Asks a reward service ({@code align4j serve}) over HTTP, from as many threads as one likes. Scores come with all their bits.
 * Methods throw {@link ScoreClientException}.
 */
public final class ScoreClient {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final ClientOptions options;
    private final HttpClient http;

    /** @param options where and how */
    public ScoreClient(ClientOptions options) {
        this.options = options;
        this.http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(options.connect()).build();
    }

    /** Asks a service with the default patience. */
    public static ScoreClient of(String service) {
        return new ScoreClient(ClientOptions.of(service));
    }

    /** The score of one response to a prompt used as it is. */
    public double score(String prompt, String response) {
        return score(prompt, List.of(response))[0];
    }

    /** The scores of several responses to a prompt used as it is. */
    public double[] score(String prompt, List<String> responses) {
        return score(List.of(new Question(new Text.Plain(prompt), responses.stream().map(Answer::of).toList(), null))).get(0);
    }

    /** The scores of several responses to a conversation. */
    public double[] score(List<Message> messages, List<String> responses) {
        return score(List.of(new Question(new Text.Chat(messages), responses.stream().map(Answer::of).toList(), null))).get(0);
    }

    /** The scores of many questions in one request; the service limits how many answers that may be. */
    public List<double[]> score(List<Question> questions) {
        return score(questions, null);
    }

    /** As {@link #score(List)}, of the reward with this digest and of no other. */
    List<double[]> score(List<Question> questions, String digest) {
        List<Object> inputs = new ArrayList<>();
        questions.forEach(q -> inputs.add(input(q)));
        JsonNode reply = post("/v1/score", Map.of("inputs", inputs));
        if (digest != null && !digest.equals(reply.path("digest").asString(""))) {
            throw new UserException(options.service() + " serves another reward than when it was first asked, so that its scores cannot be put together. Begin again.");
        }
        JsonNode results = member(reply, "results", questions.size());
        List<double[]> all = new ArrayList<>();
        for (int i = 0; i < questions.size(); i++) {
            all.add(numbers(results.get(i).path("scores"), questions.get(i).answers().size()));
        }
        return all;
    }

    /** Responses to a prompt put in order. */
    public Ranking rank(String prompt, List<String> responses) {
        return Ranking.of(score(prompt, responses));
    }

    /** Documents put in order for a query, the best {@code top} of them. */
    public List<Ranked> rerank(String query, List<String> documents, int top) {
        JsonNode results = member(post("/v1/rerank", Map.of("query", query, "documents", documents, "top_n", top)), "results", Math.min(top, documents.size()));
        List<Ranked> all = new ArrayList<>();
        for (JsonNode r : results) {
            all.add(new Ranked(r.path("index").asInt(), r.path("relevance_score").asDouble()));
        }
        return all;
    }

    /** What is served. */
    public ServedModel model() {
        JsonNode m = send(HttpRequest.newBuilder(at("/v1/model")).GET());
        return new ServedModel(m.path("name").asString(), m.path("digest").asString(), m.path("exact").asBoolean(), m.path("max_answers").asInt());
    }

    private static Map<String, Object> input(Question q) {
        Map<String, Object> one = new LinkedHashMap<>();
        if (q.prompt() instanceof Text.Plain p) {
            one.put("prompt", p.text());
        } else if (q.prompt() instanceof Text.Chat c) {
            one.put("messages", c.messages().stream().map(m -> Map.of("role", m.role(), "content", m.content())).toList());
        } else {
            throw new UserException("A service scores texts and messages; a prompt of token ids cannot be sent. Decode it first.");
        }
        one.put("responses", q.answers().stream().map(a -> a.ended() ? a.text() : Map.of("text", a.text(), "ended", false)).toList());
        if (q.reference() != null) {
            one.put("reference", q.reference());
        }
        return one;
    }

    private URI at(String path) {
        return URI.create(options.service() + path);
    }

    private JsonNode post(String path, Object body) {
        return send(HttpRequest.newBuilder(at(path)).header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body))));
    }

    private JsonNode send(HttpRequest.Builder request) {
        request.timeout(options.timeout());
        options.token().ifPresent(t -> request.header("Authorization", "Bearer " + t));
        HttpRequest r = request.build();
        for (int tries = 0;; tries++) {
            try {
                HttpResponse<byte[]> reply = http.send(r, HttpResponse.BodyHandlers.ofByteArray());
                if (reply.statusCode() == 200) {
                    return read(reply);
                }
                if (!again(reply.statusCode()) || tries == options.retries()) {
                    throw refused(reply);
                }
                pause(reply.headers().firstValue("Retry-After").orElse(""), tries);
            } catch (IOException e) {
                if (tries == options.retries()) {
                    throw new ScoreClientException("No reply from " + options.service() + " after " + (tries + 1) + " tries: " + e + ". Is the service running there?", 0, null,
                            null, e);
                }
                pause("", tries);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ScoreClientException("Interrupted while waiting for " + options.service() + ".", 0, null, null, e);
            }
        }
    }

    private static boolean again(int status) {
        return status == 429 || status == 502 || status == 503 || status == 504;
    }

    /** As long as the service says, or 0.1 s doubled with every try. */
    private void pause(String retryAfter, int tries) {
        long millis = retryAfter.matches("[0-9]{1,6}") ? Long.parseLong(retryAfter) * 1000 : 100L << Math.min(tries, 10);
        try {
            Thread.sleep(Math.min(millis, options.longestWait().toMillis()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ScoreClientException("Interrupted while waiting for " + options.service() + ".", 0, null, null, e);
        }
    }

    private JsonNode read(HttpResponse<byte[]> reply) {
        try {
            return JSON.readTree(reply.body());
        } catch (JacksonException e) {
            throw new ScoreClientException(options.service() + " replied with something that is not JSON; is it a reward service?", 200, null, id(reply), e);
        }
    }

    private ScoreClientException refused(HttpResponse<byte[]> reply) {
        JsonNode problem;
        try {
            problem = JSON.readTree(reply.body());
        } catch (JacksonException e) {
            problem = JSON.createObjectNode();
        }
        String detail = problem.path("detail").asString("no reason given");
        String field = problem.path("field").asString(null);
        return new ScoreClientException(options.service() + " replied with status " + reply.statusCode() + ": " + detail, reply.statusCode(), field, id(reply), null);
    }

    private static String id(HttpResponse<?> reply) {
        return reply.headers().firstValue("X-Request-Id").orElse(null);
    }

    private JsonNode member(JsonNode reply, String name, int size) {
        JsonNode list = reply.path(name);
        if (!list.isArray() || list.size() != size) {
            throw unexpected("'" + name + "' with " + size + " elements");
        }
        return list;
    }

    private double[] numbers(JsonNode list, int size) {
        if (!list.isArray() || list.size() != size) {
            throw unexpected(size + " scores");
        }
        double[] all = new double[size];
        for (int i = 0; i < size; i++) {
            if (!list.get(i).isNumber()) {
                throw unexpected("numbers as scores");
            }
            all[i] = list.get(i).doubleValue();
        }
        return all;
    }

    private ScoreClientException unexpected(String wanted) {
        return new ScoreClientException("The reply of " + options.service() + " should have " + wanted + " and has not; is it a reward service?", 200, null, null, null);
    }
}
