package org.align4j.recipes.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Precision;
import org.align4j.core.model.FreshWeights;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.train.Streams;
import org.align4j.recipes.cli.Commands.BenchRequest;
import org.align4j.recipes.cli.Terminal;
import org.align4j.rewardmodels.head.HeadSettings;
import org.align4j.rewardmodels.model.RewardModel;

/**
 * Measures {@code align4j serve} over real HTTP on loopback, the service in a process of its own, with reward models of random weights: requests per second
 * and latency of 1, 8 and 64 callers, a queue that overflows, memory over many requests, and an end under load.
 */
final class BenchServe {
    private static final BenchShape SMALL = new BenchShape("small", 64, 2, 2, 2, 128, 2048);
    private static final int WORDS = 2000;
    private static final int BODIES = 512;

    private final BenchRequest request;
    private final Terminal terminal;
    private final Map<String, Object> all;

    private BenchServe(BenchRequest request, Terminal terminal, Map<String, Object> all) {
        this.request = request;
        this.terminal = terminal;
        this.all = all;
    }

    /** Seconds of each line are {@code request.steps()}, requests for the account of memory 25,000 times as many. */
    static void run(BenchRequest request, Terminal terminal, Map<String, Object> all) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("align4j-bench-serve");
        try {
            new BenchServe(request, terminal, all).measure(directory);
        } finally {
            BenchStartup.delete(directory);
        }
    }

    private void measure(Path directory) throws IOException, InterruptedException {
        BenchShape shape = BenchShape.of(request.shapes().get(0));
        Path model = model(shape, directory.resolve("model"));
        Path small = model(SMALL, directory.resolve("small"));
        List<byte[]> bodies = bodies(request.prompt(), request.length() - request.prompt());
        terminal.out().printf(Locale.ROOT, "%nShape %s, %s, one response of %d words to a prompt of %d, all different%n%n| callers | computed | requests/s | p50 ms | p99 ms | refused |%n"
                + "|---|---|---|---|---|---|%n", shape.name(), request.precisions().get(0), request.length() - request.prompt(), request.prompt());
        List<Object> lines = new ArrayList<>();
        for (String mode : List.of("--exact", "--no-exact")) {
            try (ServedProcess served = new ServedProcess(model, List.of(mode, "--precision", request.precisions().get(0)))) {
                Load.run(served.port, bodies, 2, Long.MAX_VALUE, Math.max(3, request.steps() / 2.0)); // until the compiler has done its work
                for (int clients : new int[] {1, 8, 64}) {
                    lines.add(line(mode.equals("--exact") ? "each alone" : "together", Load.run(served.port, bodies, clients, Long.MAX_VALUE, request.steps())));
                }
            }
        }
        all.put("serve", lines);
        overflow(model, bodies);
        memory(small, bodies(16, 8));
        end(small, bodies(16, 8));
    }

    private Map<String, Object> line(String computed, Load.Seen s) {
        terminal.out().printf(Locale.ROOT, "| %d | %s | %.1f | %.1f | %.1f | %d |%n", s.clients(), computed, s.perSecond(), s.p50(), s.p99(), s.refused());
        terminal.out().flush();
        Map<String, Object> line = numbers(s);
        line.put("computed", computed);
        return line;
    }

    private static Map<String, Object> numbers(Load.Seen s) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("callers", s.clients());
        m.put("seconds", s.seconds());
        m.put("answered", s.ok());
        m.put("requests_per_second", s.perSecond());
        m.put("p50_ms", s.p50());
        m.put("p99_ms", s.p99());
        m.put("refused", s.refused());
        m.put("other_status", s.other());
        m.put("broken", s.broken());
        m.put("longest_retry_after_s", s.longestRetry());
        return m;
    }

    private void overflow(Path model, List<byte[]> bodies) throws IOException, InterruptedException {
        try (ServedProcess served = new ServedProcess(model, List.of("--queue", "8", "--precision", request.precisions().get(0)))) {
            Load.run(served.port, bodies, 2, Long.MAX_VALUE, 3);
            Load.Seen s = Load.run(served.port, bodies, 64, Long.MAX_VALUE, request.steps());
            terminal.out().printf(Locale.ROOT, "%nA queue of 8 and 64 callers: %.1f requests/s answered, p99 %.0f ms, %d refused with 429, longest Retry-After %d s, %d others, %d broken%n",
                    s.perSecond(), s.p99(), s.refused(), s.longestRetry(), s.other(), s.broken());
            all.put("overflow", numbers(s));
        }
    }

    private void memory(Path model, List<byte[]> bodies) throws IOException, InterruptedException {
        int total = 25_000 * request.steps();
        List<Object> lines = new ArrayList<>();
        terminal.out().printf(Locale.ROOT, "%nMemory, small model, 8 callers%n%n| requests | resident MiB | heap MiB | requests/s | p99 ms |%n|---|---|---|---|---|%n");
        try (ServedProcess served = new ServedProcess(model, List.of())) {
            for (int part = 0; part <= 10; part++) {
                int n = part == 0 ? total / 50 : total / 10; // the first few requests load classes
                Load.Seen s = Load.run(served.port, bodies, 8, n, 600);
                double resident = metric(served.port, "process_resident_memory_bytes") / (1 << 20);
                double heap = metric(served.port, "jvm_memory_heap_used_bytes") / (1 << 20);
                terminal.out().printf(Locale.ROOT, "| %d | %.0f | %.0f | %.0f | %.1f |%n", (long) metric(served.port, "align4j_answered_total"), resident, heap, s.perSecond(), s.p99());
                terminal.out().flush();
                Map<String, Object> line = numbers(s);
                line.put("resident_mib", resident);
                line.put("heap_mib", heap);
                lines.add(line);
            }
        }
        all.put("memory", lines);
    }

    private void end(Path model, List<byte[]> bodies) throws IOException, InterruptedException {
        try (ServedProcess served = new ServedProcess(model, List.of())) {
            CompletableFuture<Load.Seen> load = CompletableFuture.supplyAsync(() -> {
                try {
                    return Load.run(served.port, bodies, 64, Long.MAX_VALUE, 60);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            Thread.sleep(1000L * Math.min(request.steps(), 10));
            ServedProcess.End e = served.end();
            Load.Seen s = load.join();
            terminal.out().printf(Locale.ROOT, "%nSIGTERM under 64 callers: exit code %d after %.2f s; %d requests answered by the service's account, %d answers received, %d refused with 503%n",
                    e.exit(), e.seconds(), e.answered(), s.ok(), s.refused());
            Map<String, Object> m = numbers(s);
            m.put("exit", e.exit());
            m.put("answered_by_service", e.answered());
            m.put("drain_seconds", e.seconds());
            all.put("end", m);
        }
    }

    private static double metric(int port, String name) throws IOException {
        try (LoadConnection c = new LoadConnection(port)) {
            return new String(c.ask(LoadConnection.get("/metrics")).body(), StandardCharsets.UTF_8).lines().filter(l -> l.startsWith(name + " "))
                    .mapToDouble(l -> Double.parseDouble(l.substring(name.length() + 1))).findFirst().orElse(Double.NaN);
        }
    }

    private static List<byte[]> bodies(int prompt, int response) {
        RandomGenerator r = Streams.of(0, "bench-serve", prompt);
        List<byte[]> all = new ArrayList<>();
        for (int i = 0; i < BODIES; i++) {
            all.add(LoadConnection.post("/v1/score", "{\"prompt\":\"" + words(r, prompt) + "\",\"response\":\"" + words(r, response) + "\"}"));
        }
        return all;
    }

    private static String words(RandomGenerator r, int n) {
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < n; i++) {
            s.append(i == 0 ? "" : " ").append('w').append(r.nextInt(WORDS));
        }
        return s.toString();
    }

    /** A directory with random weights and a tokenizer of single words. */
    private Path model(BenchShape shape, Path directory) throws IOException {
        Path words = Files.createDirectories(directory.resolveSibling(directory.getFileName() + "-words"));
        StringBuilder vocabulary = new StringBuilder("\"<s>\":0,\"</s>\":1,\"<unk>\":2");
        for (int i = 0; i < WORDS; i++) {
            vocabulary.append(",\"w").append(i).append("\":").append(i + 3);
        }
        Files.writeString(words.resolve("tokenizer.json"), "{\"version\":\"1.0\",\"added_tokens\":[" + added(0, "<s>") + "," + added(1, "</s>") + "],\"normalizer\":null,"
                + "\"pre_tokenizer\":{\"type\":\"WhitespaceSplit\"},\"post_processor\":null,\"decoder\":null,"
                + "\"model\":{\"type\":\"WordLevel\",\"vocab\":{" + vocabulary + "},\"unk_token\":\"<unk>\"}}");
        Files.writeString(words.resolve("tokenizer_config.json"),
                "{\"bos_token\":\"<s>\",\"eos_token\":\"</s>\",\"add_bos_token\":true,\"tokenizer_class\":\"PreTrainedTokenizerFast\"}");
        ModelConfig config = shape.config(Math.max(64, 2 * request.length()));
        try (Backend b = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend(); Parameters p = new Parameters(b, new ParameterLayout(config), DType.F32)) {
            FreshWeights.draw(config, p, Streams.of(0, "init", 0));
            HeadSettings head = HeadSettings.linear(config.hiddenSize(), 1);
            try (RewardModel m = RewardModel.fresh(new Transformer(config, p, null), null, head, List.of("reward"), Streams.of(0, "init", 1))) {
                m.save(directory, org.align4j.core.io.DType.F32, words);
            }
        }
        return directory;
    }

    private static String added(int id, String text) {
        return "{\"id\":" + id + ",\"content\":\"" + text + "\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false,\"special\":true}";
    }
}
