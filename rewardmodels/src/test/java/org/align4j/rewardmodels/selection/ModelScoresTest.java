package org.align4j.rewardmodels.selection;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Precision;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.batch.Reads;
import org.align4j.core.data.Encoding;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.model.ForwardPass;
import org.align4j.core.model.FreshWeights;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.text.HfTokenizer;
import org.align4j.core.text.ModelTextEncoder;
import org.align4j.rewardmodels.sampling.Policy;
import org.align4j.rewardmodels.sampling.SamplingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Perplexity, IFD and embeddings against log-probabilities and hidden states computed one row at a time, and against a reference model's. */
class ModelScoresTest {
    private static final Path SHARED = Path.of(System.getProperty("align4j.shared", "").isEmpty() ? "../../shared" : System.getProperty("align4j.shared")).toAbsolutePath().normalize();
    /** Batches change float32 sums by rounding alone. */
    private static final double ROUNDING = 2e-5;

    /** Passes ids. */
    private record Ids(int vocabularySize) implements TextEncoder {
        @Override
        public Encoding encode(Text prompt, Text response) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int[] encodePrompt(Text prompt) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String decode(int[] ids) {
            return Arrays.toString(ids);
        }
    }

    private static Candidate row(int[] prompt, int[]... responses) {
        List<Group.Response> all = new ArrayList<>();
        for (int i = 0; i < responses.length; i++) {
            all.add(new Group.Response(responses[i], responses.length == 1 ? Double.NaN : i, null, true));
        }
        return new Candidate(new Text.Ids(prompt), Arrays.toString(prompt), Arrays.stream(responses).map(Arrays::toString).toList(), new Group(new Location("r", 1), prompt, all), null);
    }

    private static double meanLoss(Transformer model, int[] prompt, int[] response) {
        PackedBatch batch = PackedBatch.of(List.of(new Group(new Location("r", 1), prompt, List.of(new Group.Response(response, Double.NaN, null, true)))));
        return -Arrays.stream(model.logProbs(batch)).average().orElseThrow();
    }

    @Test
    void ofATinyModel(@TempDir Path temp) {
        ModelConfig config = ModelConfig.freshLlama(30, 16, 32, 2, 2, 1, 64, true);
        try (Backend backend = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend(); Parameters values = new Parameters(backend, new ParameterLayout(config), DType.F32)) {
            FreshWeights.draw(config, values, new SplittableRandom(4));
            Transformer model = new Transformer(config, values, null);
            SplittableRandom random = new SplittableRandom(5);
            List<Candidate> rows = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                int[] response = random.ints(1 + i % 20, 0, 30).toArray();
                int[] prompt = random.ints(1 + i % 7, 0, 30).toArray();
                rows.add(i % 3 == 0 ? row(prompt, random.ints(3, 0, 30).toArray(), response) : row(prompt, response));
            }
            Policy policy = new Policy(model, new Ids(30));
            double[] perplexity = new PerplexityScorer(policy, PerplexityScorer.Kind.PERPLEXITY).score(rows);
            double[] ifd = new PerplexityScorer(policy, PerplexityScorer.Kind.IFD).score(rows);
            float[][] both = new HiddenStates(policy, Part.BOTH).embed(rows, new SelectionStores(temp, 128, SamplingListener.NONE));
            float[][] response = new HiddenStates(policy, Part.RESPONSE).embed(rows, new SelectionStores(temp, 128, SamplingListener.NONE));
            float[][] prompts = new HiddenStates(policy, Part.PROMPT).embed(rows, new SelectionStores(temp, 128, SamplingListener.NONE));
            for (int i = 0; i < rows.size(); i += 23) {
                int[] prompt = rows.get(i).ids(Part.PROMPT);
                int[] answer = rows.get(i).ids(Part.RESPONSE);
                double loss = meanLoss(model, prompt, answer);
                assertEquals(Math.exp(loss), perplexity[i], ROUNDING * perplexity[i], "row " + i);
                if (answer.length == 1) {
                    assertTrue(Double.isNaN(ifd[i]), "one token after nothing");
                } else {
                    int[] rest = Arrays.copyOfRange(answer, 1, answer.length);
                    int[] context = IntStream.concat(Arrays.stream(prompt), IntStream.of(answer[0])).toArray();
                    assertEquals(Math.exp(meanLoss(model, context, rest) - meanLoss(model, new int[] {answer[0]}, rest)), ifd[i], ROUNDING * ifd[i], "row " + i);
                }
                assertArrayEquals(mean(model, rows.get(i).ids(Part.BOTH), 0), both[i], 1e-5f);
                assertArrayEquals(mean(model, rows.get(i).ids(Part.BOTH), prompt.length), response[i], 1e-5f);
                assertArrayEquals(mean(model, prompt, 0), prompts[i], 1e-5f);
            }
        }
    }

    /** The mean state after the tokens from one on, of length 1: a token's state is the closing one of the text up to it. */
    private static float[] mean(Transformer model, int[] ids, int from) {
        float[] sum = new float[16];
        for (int t = from; t < ids.length; t++) {
            Group g = new Group(new Location("r", 1), new int[] {ids[0]}, List.of(new Group.Response(Arrays.copyOfRange(ids, 1, t + 1), Double.NaN, null, false)));
            try (ForwardPass pass = model.inspect(PackedBatch.reading(List.of(g), Reads.CLOSING, false), null)) {
                for (int i = 0; i < 16; i++) {
                    sum[i] += pass.hidden()[i];
                }
            }
        }
        Embedder.normalise(sum);
        return sum;
    }

    /** Against log-probabilities of an independent float64 forward pass: perplexity of the golden sequence. */
    @Test
    void ofARealModelAgainstItsReferenceNumbers() throws IOException {
        Path directory = SHARED.resolve("models/stories260K");
        assumeTrue(Files.isDirectory(directory), "skipped: " + directory + " is not here");
        JsonNode golden = JsonMapper.shared().readTree(Files.readAllBytes(directory.resolve("golden.json")));
        ModelConfig config = ModelConfig.read(directory);
        try (Backend backend = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend(); Parameters values = ModelFiles.load(backend, config, directory)) {
            ModelTextEncoder encoder = new ModelTextEncoder(HfTokenizer.load(directory), null);
            PerplexityScorer scorer = new PerplexityScorer(new Policy(new Transformer(config, values, null), encoder), PerplexityScorer.Kind.PERPLEXITY);
            for (JsonNode c : golden.get("cases")) {
                int[] ids = IntStream.range(0, c.get("ids").size()).map(i -> c.get("ids").get(i).asInt()).toArray();
                double expected = Math.exp(c.get("mean_nll").asDouble());
                // The reference numbers are written with six decimals; float32 adds about as much.
                assertEquals(expected, scorer.score(List.of(row(new int[] {ids[0]}, Arrays.copyOfRange(ids, 1, ids.length))))[0], 1e-4 * expected, c.get("text").asString());
            }
            // The beginning-of-text token alone is no prompt at all: IFD is 1.
            int[] bos = encoder.encodePrompt(new Text.Plain(""));
            assertEquals(1, bos.length);
            PerplexityScorer ifd = new PerplexityScorer(new Policy(new Transformer(config, values, null), encoder), PerplexityScorer.Kind.IFD);
            assertEquals(1, ifd.score(List.of(row(bos, new int[] {400, 300, 410})))[0], ROUNDING);
        }
    }
}
