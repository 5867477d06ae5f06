package org.align4j.rewardmodels.serve.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.align4j.core.UserException;
import org.align4j.core.data.Message;
import org.align4j.core.data.Text;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.serve.ArithmeticReward;
import org.align4j.rewardmodels.serve.RewardScorer;
import org.align4j.rewardmodels.serve.ScoreService;
import org.align4j.rewardmodels.serve.ServiceOptions;
import org.align4j.rewardmodels.serve.TokenCount;
import org.align4j.rewardmodels.serve.client.ClientOptions;
import org.align4j.rewardmodels.serve.client.Ranked;
import org.align4j.rewardmodels.serve.client.RemoteReward;
import org.align4j.rewardmodels.serve.client.ScoreClient;
import org.align4j.rewardmodels.serve.client.ScoreClientException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Real HTTP over loopback, with good clients and bad ones. */
class ScoreServerTest {
    private final ArithmeticReward reward = new ArithmeticReward();
    private final List<String> log = Collections.synchronizedList(new ArrayList<>());
    private ScoreService service;
    private ScoreServer server;

    @BeforeAll
    static void shortPatience() {
        System.setProperty("sun.net.httpserver.maxReqTime", "1"); // the JDK reads it once, with the first server
    }

    @BeforeEach
    void start() {
        service = new ScoreService(() -> reward, TokenCount.ESTIMATE, ServiceOptions.DEFAULT.withQueue(8)).awaitReady();
        server = ScoreServer.start(service, ServerOptions.DEFAULT.at("127.0.0.1", 0).withLimits(20_000, 1 << 20, 64, 64), log::add);
    }

    @AfterEach
    void stop() {
        reward.free();
        server.close();
        service.close();
    }

    private ScoreClient client() {
        return new ScoreClient(ClientOptions.of(server.url()).withPatience(Duration.ofSeconds(10), 0, Duration.ofSeconds(1)));
    }

    private String raw(String request) throws IOException {
        try (Raw r = new Raw(server.port())) {
            try {
                r.send(request);
            } catch (IOException e) {
                return r.rest(); // cut off while sending; a reply may have come before
            }
            return r.rest();
        }
    }

    private int score() throws IOException {
        return Integer.parseInt(raw(Raw.post("/v1/score", "{\"prompt\":\"p\",\"response\":\"r\"}")).substring(9, 12));
    }

    @Test
    void theSameBitsThroughEveryDoor() {
        List<Question> questions = new ArrayList<>();
        SplittableRandom r = new SplittableRandom(4);
        for (int i = 0; i < 40; i++) {
            Text prompt = i % 2 == 0 ? new Text.Plain("Ünï \"" + i + "\"\n\ud83d\ude00") : new Text.Chat(List.of(new Message("system", "s"), new Message("user", "u" + i)));
            questions.add(new Question(prompt, List.of(Answer.of("a" + r.nextInt(9)), new Answer("cut \\ " + i, null, false)), i % 3 == 0 ? "ref" : null));
        }
        List<double[]> here;
        try (RewardScorer scorer = RewardScorer.of(ArithmeticReward::new, TokenCount.ESTIMATE, ServiceOptions.DEFAULT)) {
            here = scorer.score(questions);
        }
        RemoteReward remote = new RemoteReward(client());
        List<double[]> there = remote.score(questions); // 80 answers, of which a request takes 64
        for (int i = 0; i < questions.size(); i++) {
            assertArrayEquals(here.get(i), there.get(i));
        }
        assertEquals(reward.name(), remote.name());
        assertEquals(reward.digest(), remote.digest());
        String message = assertThrows(IllegalArgumentException.class, () -> ClientOptions.of("http://localhost:1").withToken("s3cret\n")).getMessage();
        assertTrue(!message.contains("s3cret") && message.contains("line break"), message);
        double[] s = client().score("q", List.of("a", "b", "c"));
        List<Ranked> ranked = client().rerank("q", List.of("a", "b", "c"), 2);
        assertEquals(2, ranked.size());
        assertEquals(s[ranked.get(0).index()], ranked.get(0).score());
        assertEquals(ranked.get(0).index(), client().rank("q", List.of("a", "b", "c")).order().get(0));
    }

    @Test
    void aFullQueueIsStatus429AndTheClientComesBack() {
        reward.hold();
        List<CompletableFuture<double[]>> held = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int n = i;
            held.add(CompletableFuture.supplyAsync(() -> client().score("p" + n, List.of("1", "2", "3", "4")), task -> new Thread(task).start()));
            if (i == 0) {
                reward.awaitCall();
            }
        }
        while (service.waiting() < 8) {
            Thread.onSpinWait();
        }
        ScoreClientException e = assertThrows(ScoreClientException.class, () -> client().score("p", "one more"));
        assertEquals(429, e.status());
        assertTrue(e.requestId().matches("[0-9a-f]{12}-[0-9]+"), e.requestId());
        CompletableFuture<Double> patient = CompletableFuture.supplyAsync(() -> new ScoreClient(
                ClientOptions.of(server.url()).withPatience(Duration.ofSeconds(10), 50, Duration.ofMillis(20))).score("p", "one more"));
        while (service.metrics().failed(org.align4j.rewardmodels.serve.ServiceException.Kind.OVERLOADED) < 2) {
            Thread.onSpinWait();
        }
        reward.free();
        assertEquals(ArithmeticReward.expected(new Text.Plain("p"), Answer.of("one more")), patient.join());
        held.forEach(CompletableFuture::join);
    }

    @Test
    void refusalsReachTheClientWithTheirField() {
        ScoreClientException e = assertThrows(ScoreClientException.class, () -> client().score("p", List.of("good", "SECRETLESS")));
        assertEquals(422, e.status());
        assertEquals("/inputs/0/responses/1", e.field());
        assertTrue(e.getMessage().endsWith("replied with status 422: This reward needs a reference answer."), e.getMessage());
        server.close();
        assertTrue(assertThrows(UserException.class, () -> client().score("p", "r")).getMessage().contains("Is the service running there?"));
    }

    @Test
    void theLogHasNoContentsAndTheIdIsKept() throws Exception {
        HttpResponse<String> reply = HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(server.url() + "/v1/score?secret=1")).header("Content-Type", "application/json")
                .header("X-Request-Id", "mine-7").POST(HttpRequest.BodyPublishers.ofString("{\"prompt\":\"confidential\",\"responses\":[\"private\",\"x\"]}")).build(),
                HttpResponse.BodyHandlers.ofString());
        assertEquals("mine-7", reply.headers().firstValue("X-Request-Id").orElse(""));
        raw("GET /secret-path HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: \"><script>\r\n\r\n");
        while (log.size() < 2) {
            Thread.onSpinWait();
        }
        JsonNode line = JsonMapper.shared().readTree(log.get(0));
        assertEquals(Set.of("time", "id", "peer", "method", "route", "status", "ms", "questions", "answers", "bytes_in", "bytes_out"), Set.copyOf(line.propertyNames()));
        assertEquals("mine-7", line.path("id").asString());
        assertEquals(2, line.path("answers").asInt());
        assertEquals("unknown", JsonMapper.shared().readTree(log.get(1)).path("route").asString());
        for (String word : List.of("confidential", "private", "secret", "script")) {
            assertFalse(log.toString().contains(word), log.toString());
        }
    }

    @Test
    void hugeBodiesAreRefusedUnreadAndTheReplyArrives() throws IOException {
        String big = "{\"prompt\":\"" + "x".repeat(30_000) + "\",\"response\":\"r\"}";
        assertTrue(raw(Raw.post("/v1/score", big)).startsWith("HTTP/1.1 413"), "with a length");
        String chunked = "POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
        assertTrue(raw(chunked + Integer.toHexString(big.length()) + "\r\n" + big + "\r\n0\r\n\r\n").startsWith("HTTP/1.1 413"), "without one");
        try (Raw r = new Raw(server.port())) {
            r.send("POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999999999999\r\n\r\n");
            String endless = "x".repeat(10_000);
            assertThrows(IOException.class, () -> {
                for (int i = 0; i < 100_000; i++) {
                    r.send(endless);
                }
            }, "the connection is closed on who does not stop");
        }
        String headers = "GET /healthz HTTP/1.1\r\n" + "X-A: b\r\n".repeat(20_000) + "\r\n";
        assertFalse(raw(headers).startsWith("HTTP/1.1 200"));
        assertEquals(200, score());
    }

    /** Many callers that send slowly or stop: others are served meanwhile, and the slow ones are cut off. */
    @Test
    void slowCallersHoldUpNobody() throws Exception {
        List<Raw> slow = new ArrayList<>();
        String start = "POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"pr";
        for (int i = 0; i < 40; i++) {
            slow.add(new Raw(server.port()).send(i % 4 == 0 ? "" : i % 4 == 1 ? "POST /v1/sc" : i % 4 == 2 ? "POST /v1/score HTTP/1.1\r\nHost: x\r\nX-A: " : start));
        }
        long begin = System.nanoTime();
        for (int i = 0; i < 20; i++) {
            assertEquals(200, score());
        }
        assertTrue(System.nanoTime() - begin < 2_000_000_000L, "twenty requests beside forty slow ones");
        for (int i = 0; i < 40; i++) {
            if (i % 4 != 0) { // those that never began are closed after the idle time, a minute
                assertEquals("", slow.get(i).rest(), "cut off after the time for a request");
            }
        }
        for (Raw r : slow) {
            r.close();
        }
        assertEquals(200, score());
    }

    /** Garbage on the wire, fixed by a seed. */
    @Test
    void garbageLeavesItServing() throws IOException {
        SplittableRandom r = new SplittableRandom(7);
        String good = Raw.post("/v1/score", "{\"prompt\":\"p\",\"response\":\"r\"}");
        for (int i = 0; i < 300; i++) {
            StringBuilder s = new StringBuilder(good);
            for (int edits = r.nextInt(6); edits >= 0; edits--) {
                int at = r.nextInt(s.length());
                switch (r.nextInt(3)) {
                    case 0 -> s.setCharAt(at, (char) r.nextInt(256));
                    case 1 -> s.delete(at, Math.min(s.length(), at + r.nextInt(20)));
                    default -> s.insert(at, "\r\n");
                }
            }
            try (Raw raw = new Raw(server.port())) {
                raw.send(s.toString());
                raw.socket.shutdownOutput();
                assertFalse(raw.rest().endsWith("and no end"));
            } catch (IOException e) {
                continue; // cut off while sending
            }
        }
        assertEquals(200, score());
    }

    /** More callers than there may be connections hang up without waiting for their reply: their places are free again. */
    @Test
    void callersThatHangUpLeaveNothingBehind() throws Exception {
        String good = Raw.post("/v1/score", "{\"prompt\":\"p\",\"response\":\"r\"}");
        for (int i = 0; i < 600; i++) {
            try (Raw r = new Raw(server.port())) {
                r.socket.setSoLinger(true, 0); // a reset, not an orderly end
                r.send(i % 2 == 0 ? good : good.substring(0, good.length() - 5));
            } catch (IOException e) {
                continue; // more at a time than are let in
            }
        }
        int status = 0;
        for (int i = 0; i < 100 && status != 200; i++) {
            try {
                status = score();
            } catch (IOException | StringIndexOutOfBoundsException e) {
                Thread.sleep(20); // not let in yet
            }
        }
        assertEquals(200, status);
    }

    @Test
    void drainingAnswersWhatWasAccepted() throws Exception {
        reward.hold();
        List<CompletableFuture<Double>> accepted = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            int n = i;
            accepted.add(CompletableFuture.supplyAsync(() -> client().score("p", "r" + n), task -> new Thread(task).start()));
        }
        while (service.metrics().accepted() < 8) {
            Thread.onSpinWait();
        }
        CompletableFuture<Boolean> drained = CompletableFuture.supplyAsync(() -> server.drain(Duration.ofSeconds(20)));
        while (service.state() != ScoreService.State.DRAINING) {
            Thread.onSpinWait();
        }
        assertTrue(raw("GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").startsWith("HTTP/1.1 503"));
        assertTrue(raw("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").startsWith("HTTP/1.1 200"));
        assertEquals(503, score());
        reward.free();
        assertTrue(drained.join());
        for (int i = 0; i < 8; i++) {
            assertEquals(ArithmeticReward.expected(new Text.Plain("p"), Answer.of("r" + i)), accepted.get(i).join());
        }
        assertThrows(IOException.class, () -> new Raw(server.port()));
        assertThrows(CompletionException.class, () -> CompletableFuture.supplyAsync(() -> client().score("p", "r")).join());
    }
}
