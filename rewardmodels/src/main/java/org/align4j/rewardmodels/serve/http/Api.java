package org.align4j.rewardmodels.serve.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.align4j.rewardmodels.serve.ScoreService;
import org.align4j.rewardmodels.serve.ServiceException;
import tools.jackson.databind.JsonNode;

/** Turns requests into replies; knows no sockets. For many threads; never throws. */
final class Api {
    static final String UNKNOWN = "unknown";
    private static final System.Logger LOG = System.getLogger(Api.class.getName());

    private final ScoreService service;
    private final ServerOptions options;
    private final HttpMetrics metrics;
    private final Bearer bearer;
    private final String openApi;
    private final Map<String, Function<JsonNode, Ask>> asks;
    private final Map<String, Function<Call, Reply>> pages;

    Api(ScoreService service, ServerOptions options, HttpMetrics metrics) {
        this.service = service;
        this.options = options;
        this.metrics = metrics;
        this.bearer = options.token().map(Bearer::new).orElse(null);
        this.openApi = resource("openapi.json");
        this.asks = Map.of("/v1/score", ScoreAsk::new, "/v1/rerank", RerankAsk::new, "/get_reward", node -> new RemoteRewardAsk(node, options.endings()));
        this.pages = Map.of("/healthz", c -> Reply.text(200, "text/plain; charset=utf-8", "ok\n"), "/readyz", c -> ready(),
                "/metrics", c -> Reply.text(200, Exposition.TYPE, metrics.page(service)), "/openapi.json", c -> Reply.text(200, "application/json", openApi),
                "/v1/model", c -> model());
    }

    Handled handle(Call call) {
        String route = asks.containsKey(call.path()) || pages.containsKey(call.path()) ? call.path() : UNKNOWN;
        int[] counts = new int[2];
        Reply reply;
        try {
            reply = route(call, counts);
        } catch (Problem p) {
            reply = p.reply(call.id());
        } catch (ServiceException e) {
            reply = problem(e, null).reply(call.id());
        } catch (Throwable e) {
            LOG.log(System.Logger.Level.ERROR, "Request " + call.id() + " failed", e);
            reply = new Problem(500, "The service failed; its log says more under this request's id.").reply(call.id());
        }
        return new Handled(reply.with("X-Request-Id", call.id()), route, counts[0], counts[1]);
    }

    /** What is refused before a body is read: unknown paths, methods, callers without the token. */
    void admit(String method, String path, String authorization) {
        boolean ask = asks.containsKey(path);
        if (!ask && !pages.containsKey(path)) {
            throw new Problem(404, "There is nothing under this path; /openapi.json describes what there is.");
        }
        String allowed = ask ? "POST" : "GET";
        if (!method.equals(allowed)) {
            throw new Problem(405, path + " takes " + allowed + " only.").with("Allow", allowed);
        }
        if (bearer != null && !path.equals("/healthz") && !path.equals("/readyz")) {
            bearer.require(authorization);
        }
    }

    private Reply route(Call call, int[] counts) {
        admit(call.method(), call.path(), call.header("authorization"));
        Function<Call, Reply> page = pages.get(call.path());
        if (page != null) {
            return page.apply(call);
        }
        requireJson(call);
        Duration timeout = timeout(call.header("x-request-timeout-ms"));
        Ask ask = asks.get(call.path()).apply(Json.read(call.body()));
        counts[0] = ask.questions().size();
        counts[1] = ask.answers();
        if (counts[1] > options.maxAnswers()) {
            throw new Problem(413, "A request may have at most " + options.maxAnswers() + " answers, found " + counts[1] + ". Send several requests.");
        }
        List<double[]> scores;
        try {
            scores = service.submit(ask.questions(), timeout).join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof ServiceException s ? problem(s, ask) : e;
        } catch (ServiceException e) {
            throw problem(e, ask);
        }
        Map<String, Object> body = new LinkedHashMap<>();
        if (!call.path().equals("/get_reward")) { // whose form is fixed
            body.put("id", call.id());
            body.put("model", service.name());
            body.put("digest", service.digest());
        }
        body.putAll(ask.reply(scores));
        return Reply.json(200, body);
    }

    private static void requireJson(Call call) {
        String type = call.header("content-type");
        String bare = type == null ? "" : type.split(";", 2)[0].strip();
        if (!bare.equalsIgnoreCase("application/json")) {
            throw new Problem(415, "The body must be sent as Content-Type: application/json.");
        }
        String coding = call.header("content-encoding");
        if (coding != null && !coding.equalsIgnoreCase("identity")) {
            throw new Problem(415, "A body with a Content-Encoding is not taken; send it plain.");
        }
    }

    private Duration timeout(String header) {
        if (header == null) {
            return service.options().timeout();
        }
        if (!header.matches("[0-9]{1,9}") || Integer.parseInt(header) < 1) {
            throw new Problem(400, "The header X-Request-Timeout-Ms must be a whole number of milliseconds from 1 to 999999999.");
        }
        Duration wanted = Duration.ofMillis(Integer.parseInt(header));
        return wanted.compareTo(service.options().timeout()) < 0 ? wanted : service.options().timeout();
    }

    private Problem problem(ServiceException e, Ask ask) {
        return switch (e.kind()) {
            case OVERLOADED -> later(429, "The queue is full: " + e.getMessage() + ".", e.retryAfter());
            case UNAVAILABLE -> later(503, "Not now: " + e.getMessage() + ".", e.retryAfter());
            case EXPIRED -> new Problem(504, e.getMessage() + ".");
            case UNSCORABLE -> new Problem(422, ask == null || e.question() < 0 ? null : ask.field(e.question(), e.answer()), e.getMessage());
            case FAULT -> {
                LOG.log(System.Logger.Level.ERROR, "The reward failed", e.getCause());
                yield new Problem(500, ask == null || e.question() < 0 ? null : ask.field(e.question(), e.answer()), "The reward failed on this; the service's log says more.");
            }
        };
    }

    private static Problem later(int status, String detail, Duration when) {
        return new Problem(status, detail).with("Retry-After", Long.toString(Math.max(1, when.toSeconds())));
    }

    private Reply ready() {
        ScoreService.State s = service.state();
        return Reply.text(s == ScoreService.State.READY ? 200 : 503, "text/plain; charset=utf-8", s.name().toLowerCase(java.util.Locale.ROOT) + "\n");
    }

    private Reply model() {
        if (service.state() == ScoreService.State.LOADING) {
            throw later(503, "Not now: the reward is still being loaded.", Duration.ofSeconds(1));
        }
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("name", service.name());
        m.put("digest", service.digest());
        m.put("exact", service.options().exact());
        m.put("max_answers", options.maxAnswers());
        m.put("max_tokens", service.options().maxTokens());
        m.put("max_body_bytes", options.maxBodyBytes());
        return Reply.json(200, m);
    }

    private static String resource(String name) {
        try (InputStream in = Api.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
