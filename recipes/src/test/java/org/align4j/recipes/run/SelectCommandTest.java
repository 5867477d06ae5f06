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
import org.align4j.core.data.DataFormat;
import org.align4j.core.data.DataLoader;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.TaskKind;
import org.align4j.recipes.cli.Main;
import org.align4j.recipes.cli.Terminal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code align4j select}: rows on disk with what became of the others, found again by the same command. */
class SelectCommandTest {
    @TempDir
    Path temp;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void prepare() throws IOException {
        TinyModel.writeWithTokenizer(temp.resolve("model"));
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            pairs.add("{\"prompt\": \"" + TinyModel.WORDS[4 + i % 12] + " and\", \"chosen\": \" " + TinyModel.WORDS[4 + i / 2] + " one\", \"rejected\": \" ten" + " nine".repeat(i % 5) + "\"}");
        }
        Files.write(temp.resolve("pairs.jsonl"), pairs);
    }

    private int select(String output, String... more) {
        List<String> all = new ArrayList<>(List.of("select", "--model", temp.resolve("model").toString(), "--data", temp.resolve("pairs.jsonl").toString(), "--out",
                temp.resolve(output).toString()));
        all.addAll(List.of(more));
        return new Main(new AllCommands(), new Terminal(new PrintWriter(out, true), new PrintWriter(err, true), false)).execute(all.toArray(String[]::new));
    }

    @Test
    void writesRowsAndWhatBecameOfTheOthers() throws IOException {
        String[] args = {"--rows", "preferences", "--step", "{length: {max_response: 5}}", "--step", "{perplexity: {keep: 8, where: lowest}}", "--set", "source.held_out=4"};
        assertEquals(0, select("out", args), err::toString);
        Path train = temp.resolve("out/train.jsonl");
        assertEquals(DataFormat.IDS_PREFERENCE, new DataLoader(DataSettings.of(TaskKind.PAIR)).read(train).report().format());
        assertEquals(8, Files.readAllLines(train).size());
        assertEquals(8, Files.readAllLines(temp.resolve("out/selected.jsonl")).size());
        JsonNode summary = JsonMapper.shared().readTree(Files.readAllBytes(temp.resolve("out/summary.json")));
        assertEquals(20, summary.get("pool").asInt() + summary.get("held_out").asInt());
        assertEquals(summary.get("pool").asInt(), 8 + summary.at("/dropped/1-length").asInt() + summary.at("/dropped/2-perplexity").asInt());
        assertEquals(summary.get("pool").asInt() - 8, Files.readAllLines(temp.resolve("out/dropped.jsonl")).size());
        assertTrue(Files.size(temp.resolve("out/held-out.jsonl")) > 0);
        byte[] first = Files.readAllBytes(train);
        assertEquals(0, select("out", args), err::toString);
        assertArrayEquals(first, Files.readAllBytes(train));
    }

    @Test
    void anotherSelectionIsNotOverwritten() throws IOException {
        String[] args = {"--rows", "preferences", "--step", "{random: {keep: 8}}"};
        assertEquals(0, select("out", args), err::toString);
        byte[] first = Files.readAllBytes(temp.resolve("out/train.jsonl"));
        assertEquals(2, select("out", "--rows", "preferences", "--step", "{random: {keep: 9}}"));
        assertTrue(err.toString().contains("different are: steps. Give another directory as --out"), err::toString);
        assertEquals(2, select("out", "--rows", "preferences", "--step", "{random: {keep: 8}}", "--seed", "3"));
        assertTrue(err.toString().contains("different are: seed."), err::toString);
        List<String> rows = Files.readAllLines(temp.resolve("pairs.jsonl"));
        Files.write(temp.resolve("pairs.jsonl"), rows.subList(0, 19));
        assertEquals(2, select("out", args));
        assertTrue(err.toString().contains("different are: contents."), err::toString);
        assertArrayEquals(first, Files.readAllBytes(temp.resolve("out/train.jsonl")));
        Files.write(temp.resolve("pairs.jsonl"), rows);
        assertEquals(0, select("out", args), err::toString);
        Files.writeString(temp.resolve("out/summary.json"), "{}");
        assertEquals(2, select("out", args));
        assertTrue(err.toString().contains("does not say what the files beside it were made with"), err::toString);
    }

    @Test
    void tooManyClustersAreRefusedBeforeAnythingIsSaid() {
        assertEquals(2, select("out", "--rows", "preferences", "--step", "{diversity: {clusters: 100, keep: 5}}"));
        assertTrue(err.toString().contains("found 100 clusters of 20 rows"), err::toString);
        assertEquals("", out.toString());
    }

    @Test
    void mistakesAreSaid() {
        assertEquals(2, select("out", "--step", "{lenght: {max_response: 5}}"));
        assertTrue(err.toString().contains("unknown select_step 'lenght'; did you mean 'length'?"), err::toString);
        assertEquals(2, select("out", "--rows", "preferences", "--step", "{quality: {reward: stage, keep: 0.5}}"));
        assertTrue(err.toString().contains("There is no reward stage outside of a recipe"), err::toString);
        assertEquals(2, select("out"));
        assertTrue(err.toString().contains("--step"), err::toString);
    }
}
