package org.align4j.recipes.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.recipes.cli.Main;
import org.align4j.recipes.cli.Terminal;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** The command line from end to end on a model of some kilobytes: results, and what a user sees who makes a mistake. */
class CommandsTest {
    @TempDir
    static Path shared;

    @TempDir
    Path dir;

    private static Path model;
    private static Path bare;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void models() throws IOException {
        model = TinyModel.writeWithTokenizer(shared.resolve("model"));
        bare = TinyModel.write(shared.resolve("bare"));
    }

    private int align4j(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return new Main(new AllCommands(), new Terminal(new PrintWriter(out, true), new PrintWriter(err, true), false)).execute(args);
    }

    /** The mistake is told in one paragraph with all these words, with exit code 2, and the directory holds what it held. */
    private void refused(List<String> words, String... args) {
        List<String> before = listing();
        assertEquals(2, align4j(args), err.toString());
        String[] lines = err.toString().strip().split("\n");
        String last = lines[lines.length - 1];
        assertTrue(last.startsWith("align4j: "), err.toString());
        for (String word : words) {
            assertTrue(last.contains(word), "'" + word + "' is not in: " + last);
        }
        assertEquals(before, listing(), "nothing may be left half-written");
    }

    private List<String> listing() {
        try (Stream<Path> files = Files.walk(dir)) {
            return files.map(Path::toString).sorted().toList();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private Path file(String name, String... lines) throws IOException {
        return Files.writeString(dir.resolve(name), String.join("\n", lines) + "\n");
    }

    private static String[] logProbs(Path model, Path data, Path out, String... more) {
        List<String> args = new ArrayList<>(List.of("logprobs", "--model", model.toString(), "--data", data.toString(), "--out", out.toString()));
        args.addAll(List.of(more));
        return args.toArray(String[]::new);
    }

    @Test
    void logProbsOfPairsInTextEqualThoseOfTheirIds() throws IOException {
        Path text = file("text.jsonl", "{\"prompt\":\"one and two is\",\"chosen\":\" three\",\"rejected\":\" four and five\"}",
                "{\"prompt\":\"six\",\"chosen\":\" seven\",\"rejected\":\" seven\"}");
        assertEquals(0, align4j(logProbs(model, text, dir.resolve("a.jsonl"))), err.toString());
        List<JsonNode> a = read(dir.resolve("a.jsonl"));
        assertEquals(4, a.size());
        assertEquals("[6,2]", a.get(0).get("token_ids").toString().replace(" ", ""));
        assertEquals(2, a.get(3).get("row").asInt());
        assertEquals(1, a.get(3).get("response").asInt());
        Path ids = file("ids.jsonl", "{\"prompt_ids\":[1,4,14,5,15],\"response_ids\":[6,2]}", "{\"prompt_ids\":[1,4,14,5,15],\"response_ids\":[7,14,8,2]}");
        assertEquals(0, align4j(logProbs(bare, ids, dir.resolve("b.jsonl"))), err.toString());
        List<JsonNode> b = read(dir.resolve("b.jsonl"));
        for (int i = 0; i < 2; i++) {
            assertEquals(b.get(i).get("token_ids"), a.get(i).get("token_ids"));
            double sum = 0;
            for (int t = 0; t < b.get(i).get("token_logprobs").size(); t++) {
                double v = a.get(i).get("token_logprobs").get(t).asDouble();
                assertEquals(b.get(i).get("token_logprobs").get(t).asDouble(), v, 1e-5);
                assertTrue(v < 0);
                sum += v;
            }
            assertEquals(sum, a.get(i).get("sum").asDouble(), 1e-12);
            assertEquals(sum / a.get(i).get("token_ids").size(), a.get(i).get("mean").asDouble(), 1e-12);
        }
    }

    private static List<JsonNode> read(Path file) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        List<JsonNode> nodes = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            nodes.add(mapper.readTree(line));
        }
        return nodes;
    }

    @Test
    void generationIsRepeatableAndStops() throws IOException {
        String[] args = {"generate", "--model", model.toString(), "--prompt", "one and two", "--max-new-tokens", "12", "--temperature", "1", "--seed", "5", "--samples", "3"};
        assertEquals(0, align4j(args), err.toString());
        String first = out.toString();
        assertEquals(0, align4j(args));
        assertEquals(first, out.toString());
        assertEquals(3, first.lines().filter(l -> l.startsWith("--- prompt 1, sample")).count(), first);
        assertEquals(0, align4j("generate", "--model", model.toString(), "--prompt", "one and two", "--max-new-tokens", "12"), err.toString());
        String greedy = out.toString().strip();
        assertFalse(greedy.isEmpty());
        String stop = greedy.split("\\s+")[0];
        assertEquals(0, align4j("generate", "--model", model.toString(), "--prompt", "one and two", "--max-new-tokens", "12", "--stop", stop), err.toString());
        assertEquals("", out.toString().strip(), "the text is cut before the stop string");
        Path prompts = file("prompts.jsonl", "{\"prompt_ids\":[1,4]}", "{\"prompt_ids\":[1,5]}");
        assertEquals(0, align4j("generate", "--model", bare.toString(), "--prompts", prompts.toString(), "--max-new-tokens", "3"), err.toString());
        assertTrue(out.toString().contains("--- prompt 2"), out.toString());
    }

    @Test
    void generationAsLinesOfJsonAndWithADraft() throws IOException {
        String[] plain = {"generate", "--model", model.toString(), "--prompt", "one and two", "--max-new-tokens", "9", "--repetition-penalty", "1.3", "--json"};
        assertEquals(0, align4j(plain), err.toString());
        JsonNode line = new ObjectMapper().readTree(out.toString());
        assertEquals("one and two", line.get("prompt").asString());
        assertEquals(line.get("tokens").size(), line.get("logprobs").size());
        assertTrue(line.get("logprobs").get(0).asDouble() < 0);
        assertTrue(List.of("length", "stop_token").contains(line.get("finish_reason").asString()), line.toString());
        String first = line.get("tokens").toString();
        assertEquals(0, align4j("generate", "--model", model.toString(), "--prompt", "one and two", "--max-new-tokens", "9", "--repetition-penalty", "1.3", "--json",
                "--draft", model.toString(), "--draft-tokens", "3"), err.toString());
        assertEquals(first, new ObjectMapper().readTree(out.toString()).get("tokens").toString(), "greedy decoding gives the same tokens with a draft");
        assertTrue(err.toString().contains("proposed tokens accepted (100 %)"), err.toString());
        Path prompts = file("ids.jsonl", "{\"prompt_ids\":[1,4]}", "{\"prompt_ids\":[1,5]}");
        assertEquals(0, align4j("generate", "--model", bare.toString(), "--prompts", prompts.toString(), "--max-new-tokens", "3", "--temperature", "1", "--samples", "2", "--json"),
                err.toString());
        assertEquals(4, out.toString().lines().count(), out.toString());
        assertEquals("[1,5]", new ObjectMapper().readTree(out.toString().lines().skip(3).findFirst().get()).get("prompt").toString());
    }

    @Test
    void doctorSpeaks() {
        assertEquals(0, align4j("doctor", "--no-measure"), err.toString());
        for (String word : List.of("Backend", "CPU", "Threads", "Memory", "Java heap", "ND4J 1.0", "oneDNN 3.", "DJL tokenizers 0.")) {
            assertTrue(out.toString().contains(word), word + " in " + out);
        }
    }

    @Test
    void wrongData() throws IOException {
        Path out = dir.resolve("out.jsonl");
        refused(List.of("no tokenizer"), logProbs(bare, file("t.jsonl", "{\"prompt\":\"a\",\"completion\":\"b\"}"), out));
        refused(List.of("id.jsonl:2", "16", "vocabulary"),
                logProbs(bare, file("id.jsonl", "{\"prompt_ids\":[1],\"response_ids\":[15]}", "{\"prompt_ids\":[1],\"response_ids\":[16]}"), out));
        refused(List.of("half.jsonl:2"), logProbs(bare, file("half.jsonl", "{\"prompt_ids\":[1],\"response_ids\":[2]}", "{\"prompt_ids\":[1],\"respon"), out));
        refused(List.of("empty.jsonl"), logProbs(bare, Files.writeString(dir.resolve("empty.jsonl"), ""), out));
        refused(List.of("nothere.jsonl"), logProbs(bare, dir.resolve("nothere.jsonl"), out));
        refused(List.of("prompts.jsonl", "prompt"), logProbs(bare, file("prompts.jsonl", "{\"prompt_ids\":[1]}"), out));
        Files.write(dir.resolve("latin.jsonl"), new byte[] {'{', '"', 'p', '"', ':', '"', (byte) 0xe9, '"', '}', '\n'});
        refused(List.of("latin.jsonl:1", "UTF-8"), logProbs(bare, dir.resolve("latin.jsonl"), out));
        refused(List.of("chat template"), logProbs(model, file("chat.jsonl",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"one\"},{\"role\":\"assistant\",\"content\":\"two\"}]}"), out));
    }

    @Test
    void wrongPlaces() throws IOException {
        Path data = file("ids.jsonl", "{\"prompt_ids\":[1],\"response_ids\":[4]}");
        refused(List.of("nowhere", "--model"), logProbs(dir.resolve("nowhere"), data, dir.resolve("o")));
        refused(List.of("missing", "--out"), logProbs(bare, data, dir.resolve("missing/o.jsonl")));
        refused(List.of("is a directory"), logProbs(bare, data, dir));
        refused(List.of("data file itself"), logProbs(bare, data, data));
        assertEquals("{\"prompt_ids\":[1],\"response_ids\":[4]}\n", Files.readString(data));
    }

    @Test
    void aFullDisk() throws IOException {
        Path full = Path.of("/dev/full");
        Assumptions.assumeTrue(Files.exists(full), "skipped: /dev/full is not here");
        Path data = file("ids.jsonl", "{\"prompt_ids\":[1],\"response_ids\":[4]}");
        // A file under /dev is written beside the device, so only the message is of interest where that is not allowed.
        int code = align4j(logProbs(bare, data, Path.of("/proc/self/lp.jsonl")));
        assertEquals(2, code, err.toString());
        assertTrue(err.toString().contains("/proc/self"), err.toString());
    }

    @Test
    void wrongModels() throws IOException {
        Path data = file("ids.jsonl", "{\"prompt_ids\":[1],\"response_ids\":[4]}");
        Path out = dir.resolve("out.jsonl");
        Path cut = copy("cut");
        try (RandomAccessFile f = new RandomAccessFile(cut.resolve("model.safetensors").toFile(), "rw")) {
            f.setLength(f.length() - 100);
        }
        refused(List.of("model.safetensors"), logProbs(cut, data, out));
        Path odd = copy("odd");
        Files.writeString(odd.resolve("config.json"), Files.readString(odd.resolve("config.json")).replace("LlamaForCausalLM", "MambaForCausalLM").replace("\"llama\"", "\"mamba\""));
        refused(List.of("config.json", "amba"), logProbs(odd, data, out));
        Path wide = copy("wide");
        Files.writeString(wide.resolve("config.json"), Files.readString(wide.resolve("config.json")).replaceFirst("\"intermediate_size\" ?: ?32", "\"intermediate_size\": 48"));
        refused(List.of("mlp", "48", "32"), logProbs(wide, data, out));
        Path nan = copy("nan");
        try (RandomAccessFile f = new RandomAccessFile(nan.resolve("model.safetensors").toFile(), "rw")) {
            f.seek(f.length() - 4);
            f.write(new byte[] {0, 0, (byte) 0xc0, 0x7f});
        }
        refused(List.of("NaN"), logProbs(nan, data, out));
        Path empty = Files.createDirectory(dir.resolve("empty"));
        refused(List.of("config.json"), logProbs(empty, data, out));
        Path broken = copy("broken");
        Files.writeString(broken.resolve("tokenizer.json"), "{\"model\": ");
        refused(List.of("tokenizer.json"), logProbs(broken, data, out));
    }

    private Path copy(String name) throws IOException {
        Path to = Files.createDirectory(dir.resolve(name));
        try (Stream<Path> files = Files.list(bare)) {
            for (Path f : files.toList()) {
                Files.copy(f, to.resolve(f.getFileName()));
            }
        }
        return to;
    }

    private String recipe(String more) {
        return """
                name: tiny
                model: {path: %s, precision: fp32}
                data:
                  preferences: {path: %s}
                stages:
                  - dpo: {epochs: 1, batch_size: 2, learning_rate: 1e-3%s}
                output: %s
                """.formatted(model, dir.resolve("pairs.jsonl"), more, dir.resolve("run"));
    }

    @Test
    void aRecipeThatCannotFitStopsBeforeAnyWork() throws IOException {
        file("pairs.jsonl", "{\"prompt\":\"one and two is\",\"chosen\":\" three\",\"rejected\":\" four\"}", "{\"prompt\":\"two and two is\",\"chosen\":\" four\",\"rejected\":\" five\"}");
        Path r = Files.writeString(dir.resolve("r.yaml"), recipe("") + "memory: 1KB\n");
        refused(List.of("1-dpo", "memory"), "run", r.toString());
        refused(List.of("1-dpo", "memory"), "check", r.toString());
    }

    @Test
    void checkTrainsNothingAndRunLeavesAModelThatLoads() throws IOException {
        file("pairs.jsonl", "{\"prompt\":\"one and two is\",\"chosen\":\" three\",\"rejected\":\" four\"}", "{\"prompt\":\"two and two is\",\"chosen\":\" four\",\"rejected\":\" five\"}");
        Path r = Files.writeString(dir.resolve("r.yaml"), recipe(""));
        List<String> before = listing();
        assertEquals(0, align4j("check", r.toString()), err.toString());
        assertEquals(before, listing());
        assertTrue(out.toString().contains("1-dpo"), out.toString());
        assertEquals(0, align4j("run", r.toString()), err.toString());
        Path made = dir.resolve("run/model");
        assertTrue(Files.size(dir.resolve("run/report.html")) > 1000);
        assertEquals(0, align4j("generate", "--model", made.toString(), "--prompt", "one", "--max-new-tokens", "3"), err.toString());
        refused(List.of("run"), "run", r.toString());
    }
}
