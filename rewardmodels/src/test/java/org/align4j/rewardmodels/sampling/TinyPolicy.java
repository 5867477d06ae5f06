package org.align4j.rewardmodels.sampling;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Precision;
import org.align4j.core.data.Encoding;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;

/** A model of a few thousand random weights whose tokens are letters; token 1 starts a new line. */
final class TinyPolicy implements AutoCloseable {
    static final int VOCABULARY = 12;
    private final Backend backend = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend();
    private final Parameters values;
    final Policy policy;

    TinyPolicy(long seed) {
        ModelConfig config = ModelConfig.freshLlama(VOCABULARY, 16, 32, 2, 2, 1, 64, true);
        values = new Parameters(backend, new ParameterLayout(config), DType.F32);
        SplittableRandom random = new SplittableRandom(seed);
        for (ParameterLayout.Slot slot : values.layout().slots()) {
            float[] w = new float[Math.toIntExact(slot.size())];
            for (int i = 0; i < w.length; i++) {
                w[i] = (float) (slot.name().contains("norm") ? 1 : 0.4 * random.nextGaussian());
            }
            backend.upload(values.get(slot.name()), w, 0);
        }
        policy = new Policy(new Transformer(config, values, null), new Letters());
    }

    static SamplingSettings settings(int samples, int shardPrompts) {
        return SamplingSettings.of(samples, SamplingOptions.plain(6).withTopK(8), 21).withShardPrompts(shardPrompts);
    }

    /** Prompts of different lengths. */
    static List<Prompt> prompts(int n) {
        return IntStream.range(0, n).mapToObj(i -> prompt(IntStream.range(0, 1 + i % 4).map(k -> 2 + (i + 3 * k) % 9).toArray())).toList();
    }

    static Prompt prompt(int... ids) {
        return new Prompt(new Text.Plain(Letters.text(ids)), ids, "ref");
    }

    @Override
    public void close() {
        values.close();
        backend.close();
    }

    /** Token k is the k-th letter. */
    record Letters() implements TextEncoder {
        static String text(int[] ids) {
            return Arrays.stream(ids).mapToObj(i -> i == 1 ? "\n" : String.valueOf((char) ('a' + i))).collect(Collectors.joining());
        }

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
            return text(ids);
        }

        @Override
        public int vocabularySize() {
            return VOCABULARY;
        }
    }

    /** How many letters of an answer are even tokens; counts the questions it is asked. */
    static final class EvenLetters implements Reward {
        int asked;

        @Override
        public List<double[]> score(List<Question> questions) {
            asked += questions.size();
            return questions.stream().map(q -> q.answers().stream().mapToDouble(a -> score(a.text())).toArray()).toList();
        }

        static double score(String text) {
            return text.chars().filter(c -> c != '\n' && (c - 'a') % 2 == 0).count();
        }

        @Override
        public String name() {
            return "even letters";
        }

        @Override
        public String digest() {
            return "e".repeat(64);
        }
    }
}
