package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.align4j.core.data.DataFormat;
import org.align4j.core.data.DataLoader;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.TaskKind;
import org.align4j.core.data.TextDataset;
import org.align4j.recipes.cli.Main;
import org.align4j.recipes.cli.Terminal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code align4j sample}: rows on disk, found again by the same command, whole after a kill. */
class SampleCommandTest {
    @TempDir
    Path temp;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void prepare() throws IOException {
        TinyModel.writeWithTokenizer(temp.resolve("model"));
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            rows.add("{\"prompt\": \"" + TinyModel.WORDS[4 + i % 12] + " and " + TinyModel.WORDS[4 + i / 12] + "\"}");
        }
        Files.write(temp.resolve("prompts.jsonl"), rows);
    }

    private String[] arguments(String output, String... more) {
        List<String> all = new ArrayList<>(List.of("sample", "--model", temp.resolve("model").toString(), "--prompts", temp.resolve("prompts.jsonl").toString(), "--out",
                temp.resolve(output).toString(), "--samples", "5", "--keep", "{rso: {accept: 3}}", "--set", "max_new_tokens=8", "--set", "temperature=1", "--set", "shard_prompts=2"));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    private int align4j(String... args) {
        return new Main(new AllCommands(), new Terminal(new PrintWriter(out, true), new PrintWriter(err, true), false)).execute(args);
    }

    @Test
    void writesRowsAnswersAndNumbers() throws IOException {
        String[] args = arguments("out", "--reward", "{length: {most: 1, slack: 8, not_ended: null}}", "--set", "held_out=10");
        assertEquals(0, align4j(args), err::toString);
        TextDataset train = new DataLoader(DataSettings.of(TaskKind.PAIR)).read(temp.resolve("out/train.jsonl"));
        assertEquals(DataFormat.IDS_PREFERENCE, train.report().format());
        assertTrue(Files.size(temp.resolve("out/held-out.jsonl")) > 0);
        List<String> samples = Files.readAllLines(temp.resolve("out/samples.jsonl"));
        assertEquals(40, samples.size());
        JsonNode answer = JsonMapper.shared().readTree(samples.get(0)).get("answers").get(0);
        assertEquals(List.of("text", "ids", "logprob", "finish", "score"), List.copyOf(answer.propertyNames()));
        JsonNode summary = JsonMapper.shared().readTree(Files.readAllBytes(temp.resolve("out/summary.json")));
        assertEquals(200, summary.get("sample/answers").asInt());
        assertTrue(summary.get("sample/acceptance").asDouble() > 0 && summary.get("sample/reward_kept").asDouble() > summary.get("sample/reward_rejected").asDouble());
        byte[] first = Files.readAllBytes(temp.resolve("out/train.jsonl"));
        assertEquals(0, align4j(args), err::toString);
        assertArrayEquals(first, Files.readAllBytes(temp.resolve("out/train.jsonl")));
        assertEquals(2, align4j(arguments("out", "--reward", "{length: {most: 2, slack: 8, not_ended: null}}", "--set", "held_out=10")));
        assertTrue(err.toString().contains("different are: reward. Give another directory as --out"), err::toString);
        assertArrayEquals(first, Files.readAllBytes(temp.resolve("out/train.jsonl")));
    }

    @Test
    void mistakesAreSaid() {
        assertEquals(2, align4j(arguments("out", "--reward", "{lenght: {most: 1}}")));
        assertTrue(err.toString().contains("unknown reward_spec 'lenght'; did you mean 'length'?"), err::toString);
        assertEquals(2, align4j(arguments("out", "--reward", "stage")));
        assertTrue(err.toString().contains("There is no reward stage outside of a recipe"), err::toString);
        assertEquals(2, align4j(arguments("out")));
        assertTrue(err.toString().contains("needs reward"), err::toString);
    }

    /** Killed by SIGKILL while it samples, again and again, it comes to the bytes of a run that was left alone. */
    @Test
    void killedItComesToTheSameBytes() throws Exception {
        String reward = "{length: {most: 1, slack: 8, not_ended: null}}";
        assertEquals(0, align4j(arguments("whole", "--reward", reward)), err::toString);
        int kills = 0;
        for (int round = 0; round < 2; round++) {
            Path log = temp.resolve("log-" + round);
            List<String> line = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp",
                    System.getProperty("java.class.path"), "org.align4j.recipes.Align4j"));
            line.addAll(List.of(arguments("killed", "--reward", reward)));
            ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(log.toFile());
            builder.environment().put("OMP_NUM_THREADS", "1");
            Process p = builder.start();
            // Some shards further than the process before.
            while (p.isAlive() && shards(temp.resolve("killed/cache")) < 5 + 12 * round) {
                Thread.sleep(1);
            }
            kills += p.isAlive() ? 1 : 0;
            p.destroyForcibly().waitFor(60, TimeUnit.SECONDS);
        }
        assertTrue(kills > 0, "no process was killed");
        assertEquals(0, align4j(arguments("killed", "--reward", reward)), err::toString);
        for (String file : List.of("train.jsonl", "samples.jsonl", "summary.json")) {
            assertArrayEquals(Files.readAllBytes(temp.resolve("whole").resolve(file)), Files.readAllBytes(temp.resolve("killed").resolve(file)), file);
        }
    }

    private static long shards(Path stores) {
        // Listed, not walked: temporary files come and go.
        long count = 0;
        for (String store : Objects.requireNonNullElse(stores.toFile().list(), new String[0])) {
            for (String file : Objects.requireNonNullElse(stores.resolve(store).toFile().list(), new String[0])) {
                count += file.startsWith("shard-") ? 1 : 0;
            }
        }
        return count;
    }
}
