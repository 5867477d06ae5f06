package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.Precision;
import org.align4j.core.data.Text;
import org.align4j.recipes.cli.Main;
import org.align4j.recipes.cli.Terminal;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.model.RewardModel;
import org.align4j.rewardmodels.serve.ModelSource;
import org.align4j.rewardmodels.serve.RewardScorer;
import org.align4j.rewardmodels.serve.ScoreService;
import org.align4j.rewardmodels.serve.ServiceOptions;
import org.align4j.rewardmodels.serve.client.ClientOptions;
import org.align4j.rewardmodels.serve.client.ScoreClient;
import org.align4j.rewardmodels.serve.client.ScoreClientException;
import org.align4j.rewardmodels.serve.http.ScoreServer;
import org.align4j.rewardmodels.serve.http.ServerOptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A real reward model through every door: in a program, by the command line, over HTTP; and the process told to end. */
class ServeTest {
    @TempDir
    static Path shared;

    @TempDir
    Path dir;

    private static Path model;
    private static final List<Question> QUESTIONS = new ArrayList<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void make() throws IOException {
        model = TinyReward.write(shared.resolve("reward"));
        SplittableRandom r = new SplittableRandom(9);
        for (int i = 0; i < 25; i++) {
            List<Answer> answers = new ArrayList<>();
            for (int a = 0; a <= i % 4; a++) {
                answers.add(Answer.of(words(r, 1 + r.nextInt(8))));
            }
            QUESTIONS.add(new Question(new Text.Plain(words(r, 1 + r.nextInt(20))), answers, null));
        }
    }

    private static String words(SplittableRandom r, int n) {
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < n; i++) {
            s.append(i == 0 ? "" : " ").append(TinyModel.WORDS[4 + r.nextInt(12)]);
        }
        return s.toString();
    }

    private int align4j(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return new Main(new AllCommands(), new Terminal(new PrintWriter(out, true), new PrintWriter(err, true), false)).execute(args);
    }

    private static void same(List<double[]> expected, List<double[]> found) {
        assertEquals(expected.size(), found.size());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), found.get(i), "question " + i);
        }
    }

    private static double[] numbers(JsonNode list) {
        double[] all = new double[list.size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = list.get(i).doubleValue();
        }
        return all;
    }

    /** Bit for bit, while others ask at the same time. */
    @Test
    void theSameScoresThroughEveryDoor() throws Exception {
        List<double[]> expected;
        try (RewardModel m = RewardModel.open(model, Backends.Choice.AUTO, Precision.FP32)) {
            expected = m.score(QUESTIONS);
        }
        assertTrue(expected.stream().flatMapToDouble(java.util.Arrays::stream).distinct().count() > 40, "scores that differ");
        try (RewardScorer scorer = RewardScorer.open(model)) {
            same(expected, scorer.score(QUESTIONS));
        }
        StringBuilder rows = new StringBuilder();
        for (Question q : QUESTIONS) {
            rows.append(JsonMapper.shared().writeValueAsString(java.util.Map.of("prompt", ((Text.Plain) q.prompt()).text(), "responses",
                    q.answers().stream().map(Answer::text).toList(), "scores", new double[q.answers().size()]))).append('\n');
        }
        Path data = Files.writeString(dir.resolve("rows.jsonl"), rows);
        assertEquals(0, align4j("score", "--model", model.toString(), "--data", data.toString(), "--out", dir.resolve("scores.jsonl").toString()), err.toString());
        List<double[]> written = new ArrayList<>();
        for (String line : Files.readAllLines(dir.resolve("scores.jsonl"))) {
            written.add(numbers(JsonMapper.shared().readTree(line).get("scores")));
        }
        same(expected, written);
        Question some = QUESTIONS.get(7);
        List<String> args = new ArrayList<>(List.of("score", "--model", model.toString(), "--json", "--prompt", ((Text.Plain) some.prompt()).text()));
        some.answers().forEach(a -> args.addAll(List.of("--response", a.text())));
        assertEquals(0, align4j(args.toArray(String[]::new)), err.toString());
        assertArrayEquals(expected.get(7), numbers(JsonMapper.shared().readTree(out.toString()).get("scores")));
        try (ScoreService service = ModelSource.of(model, Backends.Choice.AUTO, Precision.FP32).service(ServiceOptions.DEFAULT).awaitReady();
                ScoreServer server = ScoreServer.start(service, ServerOptions.DEFAULT.at("127.0.0.1", 0), null)) {
            ScoreClient client = ScoreClient.of(server.url());
            List<CompletableFuture<List<double[]>>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                all.add(CompletableFuture.supplyAsync(() -> client.score(QUESTIONS), task -> new Thread(task).start()));
            }
            for (int i = 0; i < QUESTIONS.size(); i++) {
                assertArrayEquals(expected.get(i), client.score(QUESTIONS.subList(i, i + 1)).get(0), "question " + i);
            }
            all.forEach(f -> same(expected, f.join()));
        }
    }

    /** Computed together, scores are the same to rounding: float32 through two small blocks. */
    @Test
    void togetherTheyAreTheSameToRounding() {
        List<double[]> exact;
        try (RewardScorer scorer = RewardScorer.open(model)) {
            exact = scorer.score(QUESTIONS);
        }
        try (RewardScorer scorer = RewardScorer.open(model, Backends.Choice.AUTO, Precision.FP32, ServiceOptions.DEFAULT.withExact(false))) {
            List<double[]> together = scorer.score(QUESTIONS);
            for (int i = 0; i < exact.size(); i++) {
                assertArrayEquals(exact.get(i), together.get(i), 1e-5);
            }
        }
    }

    @Test
    void whatCannotBeScoredIsSaid() throws IOException {
        try (RewardScorer scorer = RewardScorer.open(model)) {
            assertEquals(scorer.score("one", List.of("two", "three")).length, 2);
        }
        assertEquals(2, align4j("score", "--model", model.toString(), "--prompt", "one " + "two ".repeat(80), "--response", "three"));
        assertTrue(err.toString().contains("made for at most 64"), err.toString());
        assertEquals(2, align4j("score", "--model", shared.resolve("reward-base").toString(), "--prompt", "one", "--response", "two"));
        assertTrue(err.toString().contains("holds no reward model"), err.toString());
        assertEquals(2, align4j("score", "--model", model.toString(), "--prompt", "one"));
        assertTrue(err.toString().contains("--prompt needs at least one --response"), err.toString());
        assertEquals(0, align4j("score", "--verifier", "exact_match", "--prompt", "one", "--response", "two", "--response", "three", "--reference", "three"));
        assertEquals("10.0\tthree\n0.0\ttwo\n", out.toString());
        assertEquals(2, align4j("score", "--verifier", "exact_match", "--prompt", "one", "--response", "two"));
        assertTrue(err.toString().contains("has none"), err.toString());
        assertEquals(2, align4j("serve", "--model", model.toString(), "--queue", "0"));
        assertTrue(err.toString().contains("queueAnswers must be at least 1"), err.toString());
        Path token = Files.writeString(dir.resolve("token"), "short\n");
        assertEquals(2, align4j("serve", "--model", model.toString(), "--token-file", token.toString()));
        assertTrue(err.toString().contains("16 or more") && !err.toString().contains("short"), err.toString());
        assertEquals(0, align4j("serve", "--help"));
        assertTrue(out.toString().contains("curl -s localhost:8080/v1/score"), out.toString());
    }

    /** A process under load gets SIGTERM: it ends with 0, and every request it took was answered. It serves a rule, which starts sooner than a model. */
    @Test
    @Timeout(120)
    void sigtermDrains() throws Exception {
        Path token = Files.writeString(dir.resolve("token"), "0123456789abcdef\n");
        ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), "org.align4j.recipes.Align4j", "serve", "--verifier",
                "{\"kind\": \"length\", \"most\": 5}", "--port", "0", "--token-file", token.toString()).redirectOutput(dir.resolve("log").toFile());
        Process p = builder.start();
        try (BufferedReader lines = p.errorReader()) {
            String line = lines.readLine();
            while (line != null && !line.startsWith("Serving ")) {
                line = lines.readLine();
            }
            String url = line.replaceAll(".*(http://[^,]*),.*", "$1");
            ClientOptions options = ClientOptions.of(url).withToken("0123456789abcdef").withPatience(Duration.ofSeconds(20), 0, Duration.ofSeconds(1));
            AtomicInteger answered = new AtomicInteger();
            AtomicInteger refused = new AtomicInteger();
            List<Thread> callers = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                Thread caller = new Thread(() -> {
                    ScoreClient client = new ScoreClient(options);
                    while (refused.get() < 4) {
                        try {
                            client.score(QUESTIONS.subList(0, 5));
                            answered.incrementAndGet();
                        } catch (ScoreClientException e) {
                            refused.incrementAndGet();
                            return;
                        }
                    }
                });
                caller.start();
                callers.add(caller);
            }
            while (answered.get() < 20) {
                Thread.sleep(5);
            }
            p.destroy();
            assertTrue(p.waitFor(30, TimeUnit.SECONDS));
            assertEquals(0, p.exitValue());
            for (Thread c : callers) {
                c.join();
            }
            List<String> log = Files.readAllLines(dir.resolve("log"));
            long done = log.stream().filter(l -> l.contains("\"route\":\"/v1/score\",\"status\":200")).count();
            assertEquals(answered.get(), done, "what the server says it answered, arrived");
            assertFalse(log.toString().contains("0123456789abcdef"));
        } finally {
            p.destroyForcibly();
        }
    }
}
