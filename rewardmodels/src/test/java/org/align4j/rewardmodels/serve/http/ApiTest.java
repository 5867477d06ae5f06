package org.align4j.rewardmodels.serve.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.align4j.core.data.Message;
import org.align4j.core.data.Text;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.serve.ArithmeticReward;
import org.align4j.rewardmodels.serve.ScoreService;
import org.align4j.rewardmodels.serve.ServiceOptions;
import org.align4j.rewardmodels.serve.TokenCount;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Requests and replies without sockets. */
class ApiTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private final ArithmeticReward reward = new ArithmeticReward();
    private final ScoreService service = new ScoreService(() -> reward, TokenCount.ESTIMATE, ServiceOptions.DEFAULT.withMaxTokens(1000)).awaitReady();
    private final Api api = new Api(service, ServerOptions.DEFAULT.withEndings(Set.of("</s>", "<|end|>")).withLimits(1 << 20, 1 << 24, 8, 16), new HttpMetrics());

    @AfterEach
    void close() {
        service.close();
    }

    private Reply post(String path, byte[] body, String... headers) {
        Map<String, String> all = new HashMap<>(Map.of("content-type", "application/json"));
        for (int i = 0; i < headers.length; i += 2) {
            all.put(headers[i], headers[i + 1]);
        }
        return api.handle(new Call("POST", path, all, body, "id-1")).reply();
    }

    private JsonNode ok(String path, String body) {
        Reply r = post(path, body.getBytes(StandardCharsets.UTF_8));
        assertEquals(200, r.status(), new String(r.body(), StandardCharsets.UTF_8));
        return JSON.readTree(r.body());
    }

    private static double expected(String prompt, String answer) {
        return ArithmeticReward.expected(new Text.Plain(prompt), Answer.of(answer));
    }

    @Test
    void scoresOneAndMany() {
        JsonNode one = ok("/v1/score", "{\"prompt\":\"p\",\"response\":\"ä\\n\\ud83d\\ude00\"}");
        assertEquals(expected("p", "ä\n\ud83d\ude00"), one.at("/results/0/scores/0").asDouble());
        assertEquals("id-1", one.path("id").asString());
        assertEquals(reward.digest(), one.path("digest").asString());
        assertFalse(one.at("/results/0").has("ranking"));
        JsonNode many = ok("/v1/score", "{\"rank\":true,\"inputs\":[{\"prompt\":\"p\",\"responses\":[\"a\",\"b\"]},"
                + "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"}],\"response\":{\"text\":\"c\",\"ended\":false}}]}");
        double[] pair = ArithmeticReward.expected(new Question(new Text.Plain("p"), List.of(Answer.of("a"), Answer.of("b")), null));
        double a = pair[0];
        double b = pair[1];
        assertEquals(a, many.at("/results/0/scores/0").asDouble());
        assertEquals(b, many.at("/results/0/scores/1").asDouble());
        assertEquals(a >= b ? 0 : 1, many.at("/results/0/ranking/0").asInt());
        assertEquals(1 / (1 + Math.exp(b - a)), many.at("/results/0/probabilities/0").asDouble(), 1e-15);
        assertEquals(ArithmeticReward.expected(new Text.Chat(List.of(new Message("user", "q"))), new Answer("c", null, false)), many.at("/results/1/scores/0").asDouble());
    }

    /** The fields of the protocol, the token that closes an answer being part of it. */
    @Test
    void answersOpenRlhf() {
        JsonNode r = ok("/get_reward", "{\"query\":[\"p a</s>\",\"p b\"],\"prompts\":[\"p\",\"p\"],\"labels\":[\"7\",null]}");
        assertEquals(Set.of("rewards", "scores", "extra_logs"), Set.copyOf(r.propertyNames()));
        assertEquals(expected("p", " a</s>"), r.at("/rewards/0").asDouble());
        assertEquals(ArithmeticReward.expected(new Text.Plain("p"), new Answer(" b", null, false)), r.at("/scores/1").asDouble(), "a response that was cut");
        assertTrue(reward.calls.stream().flatMap(List::stream).anyMatch(q -> "7".equals(q.reference())));
        assertEquals(expected("", "p a<|end|>"), ok("/get_reward", "{\"query\":[\"p a<|end|>\"]}").at("/rewards/0").asDouble(), "prompts may be left out");
    }

    @Test
    void reranks() {
        JsonNode r = ok("/v1/rerank", "{\"model\":\"any\",\"query\":\"q\",\"documents\":[\"a\",{\"text\":\"b\"},\"c\"],\"top_n\":2,\"return_documents\":true}");
        assertEquals(2, r.path("results").size());
        double[] all = ArithmeticReward.expected(new Question(new Text.Plain("q"), List.of(Answer.of("a"), Answer.of("b"), Answer.of("c")), null));
        double best = Math.max(all[0], Math.max(all[1], all[2]));
        assertEquals(best, r.at("/results/0/relevance_score").asDouble());
        assertEquals(best, all[r.at("/results/0/index").asInt()]);
        assertEquals("abc".substring(r.at("/results/1/index").asInt(), r.at("/results/1/index").asInt() + 1), r.at("/results/1/document/text").asString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', nullValues = "-", value = {
        "/v1/score | `` | 400 | - | empty",
        "/v1/score | {\"prompt\":\"p\" | 400 | - | line 1",
        "/v1/score | {\"prompt\":\"p\",\"prompt\":\"q\",\"response\":\"r\"} | 400 | - | twice",
        "/v1/score | {} {} | 400 | - | follows",
        "/v1/score | NaN | 400 | - | unexpected",
        "/v1/score | [] | 422 | - | must be an object, found a list",
        "/v1/score | {} | 422 | /prompt | Give /prompt",
        "/v1/score | {\"prompt\":\"p\",\"messages\":[],\"response\":\"r\"} | 422 | /prompt | one of them",
        "/v1/score | {\"prompt\":7,\"response\":\"r\"} | 422 | /prompt | must be a string, found a number",
        "/v1/score | {\"prompt\":\"p\",\"responses\":\"r\"} | 422 | /responses | must be a list, found a string",
        "/v1/score | {\"prompt\":\"p\",\"responses\":[]} | 422 | /responses | must not be empty",
        "/v1/score | {\"prompt\":\"p\",\"responses\":[\"a\",null]} | 422 | /responses/1 | found null",
        "/v1/score | {\"prompt\":\"p\",\"response\":{\"text\":\"a\",\"ended\":1}} | 422 | /response/ended | true or false",
        "/v1/score | {\"prompt\":\"p\",\"response\":\"\\ud800\"} | 422 | /response | surrogate",
        "/v1/score | {\"prompt\":\"p\",\"response\":\"r\",\"temperature\":1} | 422 | /temperature | known are",
        "/v1/score | {\"prompt\":\"p\",\"response\":\"r\",\"a b\":1} | 422 | /? | known are",
        "/v1/score | {\"messages\":[{\"role\":\"robot\",\"content\":\"c\"}],\"response\":\"r\"} | 422 | /messages/0/role | system, user",
        "/v1/score | {\"inputs\":[{\"prompt\":\"p\",\"response\":\"r\"},{\"prompt\":\"p\"}]} | 422 | /inputs/1/response | one of them",
        "/v1/score | {\"inputs\":[{\"prompt\":\"p\",\"response\":\"r\"}],\"prompt\":\"p\"} | 422 | /prompt | not a field",
        "/v1/score | {\"inputs\":[{\"prompt\":\"p\",\"responses\":[\"a\",\"SECRETLESS\"]}]} | 422 | /inputs/0/responses/1 | reference answer",
        "/v1/score | {\"prompt\":\"p\",\"response\":\"POISON\"} | 500 | /response | log says more",
        "/v1/score | {\"prompt\":\"p\",\"responses\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]} | 413 | - | at most 8",
        "/v1/rerank | {\"query\":\"q\",\"documents\":[\"d\"],\"top_n\":0} | 422 | /top_n | from 1",
        "/v1/rerank | {\"query\":\"q\",\"documents\":[\"d\"],\"top_n\":1.5} | 422 | /top_n | whole number",
        "/v1/rerank | {\"query\":\"q\",\"documents\":[{\"txt\":\"d\"}]} | 422 | /documents/0/text | required",
        "/get_reward | {\"query\":\"q\"} | 422 | /query | a list",
        "/get_reward | {\"query\":[\"q\"],\"prompts\":[\"p\"]} | 422 | /query/0 | begin with",
        "/get_reward | {\"query\":[\"q\"],\"labels\":[1,2]} | 422 | /labels | as many",
        "/v2/score | {} | 404 | - | openapi.json"})
    void mistakesAreNamed(String path, String body, int status, String field, String words) {
        Reply r = post(path, body.getBytes(StandardCharsets.UTF_8));
        JsonNode problem = JSON.readTree(r.body());
        assertEquals(status, r.status(), problem.toString());
        assertEquals("application/problem+json", r.type());
        assertEquals(status, problem.path("status").asInt());
        assertEquals("id-1", problem.path("request_id").asString());
        assertEquals(field, problem.path("field").asString(null), problem.toString());
        assertTrue(problem.path("detail").asString().contains(words), problem.toString());
    }

    @Test
    void limitsOfFormAndTime() {
        String deep = "[".repeat(100_000);
        assertEquals(400, post("/v1/score", deep.getBytes(StandardCharsets.UTF_8)).status());
        assertEquals(400, post("/v1/score", ("{\"prompt\":\"p\",\"response\":" + "9".repeat(10_000) + "}").getBytes(StandardCharsets.UTF_8)).status());
        assertEquals(400, post("/v1/score", new byte[] {'"', (byte) 0xC3, (byte) 0x28, '"'}).status(), "not UTF-8");
        byte[] good = "{\"prompt\":\"p\",\"response\":\"r\"}".getBytes(StandardCharsets.UTF_8);
        assertEquals(415, post("/v1/score", good, "content-type", "text/plain").status());
        assertEquals(415, post("/v1/score", good, "content-encoding", "gzip").status());
        assertEquals(200, post("/v1/score", good, "content-type", "Application/JSON; charset=utf-8").status());
        assertEquals(400, post("/v1/score", good, "x-request-timeout-ms", "-1").status());
        Reply tooLong = post("/v1/score", ("{\"prompt\":\"p\",\"responses\":[\"r\",\"" + "x".repeat(5000) + "\"]}").getBytes(StandardCharsets.UTF_8));
        assertEquals(422, tooLong.status());
        assertEquals("/responses/1", JSON.readTree(tooLong.body()).path("field").asString());
        Reply method = api.handle(new Call("GET", "/v1/score", Map.of(), new byte[0], "x")).reply();
        assertEquals(405, method.status());
        assertEquals("POST", method.headers().get("Allow"));
        reward.hold();
        assertEquals(504, post("/v1/score", good, "x-request-timeout-ms", "10").status());
        reward.free();
    }

    @Test
    void theTokenIsAsked() {
        Api guarded = new Api(service, ServerOptions.DEFAULT.withToken("0123456789abcdef"), new HttpMetrics());
        String[][] tries = {{"", "401"}, {"Bearer 0123456789abcdeX", "401"}, {"Bearer 0123456789abcde", "401"}, {"Basic 0123456789abcdef", "401"}, {"0123456789abcdef", "401"},
            {"Bearer 0123456789abcdef", "200"}, {"bearer 0123456789abcdef", "200"}};
        for (String[] t : tries) {
            Reply r = guarded.handle(new Call("GET", "/v1/model", Map.of("authorization", t[0]), new byte[0], "x")).reply();
            assertEquals(Integer.parseInt(t[1]), r.status(), t[0]);
            assertEquals(r.status() == 401 ? "Bearer" : null, r.headers().get("WWW-Authenticate"));
        }
        assertEquals(200, guarded.handle(new Call("GET", "/readyz", Map.of(), new byte[0], "x")).reply().status(), "probes need no token");
        assertEquals(401, guarded.handle(new Call("GET", "/metrics", Map.of(), new byte[0], "x")).reply().status());
        assertFalse(ServerOptions.DEFAULT.withToken("0123456789abcdef").toString().contains("0123456789abcdef"));
    }

    /** Ten thousand requests made of good ones by cutting, doubling, swapping and scribbling: each gets a reply, and none a fault. */
    @Test
    void fuzz() {
        String[][] seeds = {{"/v1/score", "{\"prompt\":\"p\",\"responses\":[\"a\",{\"text\":\"b\",\"ended\":false}],\"rank\":true,\"reference\":\"x\"}"},
            {"/v1/score", "{\"inputs\":[{\"messages\":[{\"role\":\"user\",\"content\":\"c\"}],\"response\":\"r\"}],\"rank\":false}"},
            {"/v1/rerank", "{\"query\":\"q\",\"documents\":[\"a\",{\"text\":\"b\"}],\"top_n\":1,\"return_documents\":true}"},
            {"/get_reward", "{\"query\":[\"p a\"],\"prompts\":[\"p\"],\"labels\":[null]}"}};
        String[] bits = {"null", "[]", "{}", "-1", "1e999", "true", "\"\\ud800\"", "\"\"", ",", ":", "\u0000", "\"rank\":1", "[[[[[[[[[[[[[[[[[[", "9999999999999", "\\", "\"inputs\":", "\ud83d\ude00"};
        SplittableRandom r = new SplittableRandom(20);
        int[] statuses = new int[600];
        for (int i = 0; i < 10_000; i++) {
            String[] seed = seeds[r.nextInt(seeds.length)];
            StringBuilder s = new StringBuilder(seed[1]);
            for (int edits = r.nextInt(4); edits >= 0; edits--) {
                int at = r.nextInt(s.length() + 1);
                switch (r.nextInt(5)) {
                    case 0 -> s.insert(at, bits[r.nextInt(bits.length)]);
                    case 1 -> s.delete(at, Math.min(s.length(), at + 1 + r.nextInt(6)));
                    case 2 -> s.insert(at, s.substring(at, Math.min(s.length(), at + r.nextInt(20))));
                    case 3 -> s.setLength(at);
                    default -> s.insert(at, (char) r.nextInt(256));
                }
            }
            byte[] body = s.toString().getBytes(StandardCharsets.UTF_8);
            if (r.nextInt(10) == 0 && body.length > 0) {
                body[r.nextInt(body.length)] = (byte) r.nextInt(256);
            }
            Reply reply = post(seed[0], body);
            statuses[reply.status()]++;
            assertTrue(Set.of(200, 400, 422, 413).contains(reply.status()), reply.status() + " for " + s);
            JSON.readTree(reply.body());
        }
        assertTrue(statuses[200] > 50 && statuses[400] > 3000 && statuses[422] > 300, statuses[200] + " " + statuses[400] + " " + statuses[422]);
        assertEquals(expected("p", "r"), ok("/v1/score", "{\"prompt\":\"p\",\"response\":\"r\"}").at("/results/0/scores/0").asDouble());
    }
}
