package org.align4j.rewardmodels.model;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Precision;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.data.Text;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.ParameterLayout.Slot;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.model.config.Parameter.Kind;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;

/** Small models with random weights of some size, and data for them. */
final class TinyTrunks {
    static final int VOCABULARY = 31;
    static final int HIDDEN = 16;

    private TinyTrunks() {}

    interface Work {
        void on(Transformer model) throws Exception;
    }

    static ModelConfig config(String family) {
        return switch (family) {
            case "llama" -> ModelConfig.freshLlama(VOCABULARY, HIDDEN, 24, 2, 4, 2, 64, false);
            case "llama-tied" -> ModelConfig.freshLlama(VOCABULARY, HIDDEN, 24, 2, 4, 2, 64, true);
            case "gpt2" -> ModelConfig.parse("{\"architectures\": [\"GPT2LMHeadModel\"], \"model_type\": \"gpt2\", \"vocab_size\": " + VOCABULARY
                    + ", \"n_positions\": 64, \"n_embd\": " + HIDDEN + ", \"n_layer\": 2, \"n_head\": 4, \"bos_token_id\": 1, \"eos_token_id\": 2}", family);
            default -> throw new IllegalArgumentException(family);
        };
    }

    static Backend backend() {
        return Backends.open(Backends.Choice.AUTO, Precision.FP32).backend();
    }

    static void with(String family, long seed, Work work) throws Exception {
        ModelConfig config = config(family);
        try (Backend b = backend(); Parameters values = new Parameters(b, new ParameterLayout(config), DType.F32);
                Parameters gradients = new Parameters(b, values.layout(), DType.F32)) {
            fill(values, seed);
            gradients.fill(0f);
            work.on(new Transformer(config, values, gradients));
        }
    }

    static void fill(Parameters values, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (Slot slot : values.layout().slots()) {
            float[] w = new float[Math.toIntExact(slot.size())];
            for (int i = 0; i < w.length; i++) {
                double z = random.nextGaussian();
                Kind kind = slot.parameter().kind();
                w[i] = (float) (kind == Kind.NORM ? 0.1 * z + (slot.name().endsWith("weight") ? 1 : 0)
                        : kind == Kind.BIAS ? 0.1 * z : kind == Kind.EMBEDDING ? 0.5 * z : z / 4);
            }
            values.backend().upload(values.get(slot.name()), w, 0);
        }
    }

    static int[] ids(SplittableRandom random, int longest) {
        return random.ints(1 + random.nextInt(longest), 3, VOCABULARY).toArray();
    }

    /** Questions of token ids. */
    static List<Question> questions(int count, int answers, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Question> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Text prompt = new Text.Ids(ids(random, 6));
            List<Answer> all = new ArrayList<>();
            for (int k = 0; k < answers; k++) {
                all.add(new Answer("", ids(random, 6), true));
            }
            list.add(new Question(prompt, all, null));
        }
        return list;
    }

    /** Groups whose responses have the scores {@code answers − 1} down to 0. */
    static List<Group> groups(int count, int answers, long seed) {
        List<Group> list = new ArrayList<>();
        for (Question q : questions(count, answers, seed)) {
            List<Group.Response> responses = new ArrayList<>();
            for (int k = 0; k < answers; k++) {
                responses.add(new Group.Response(q.answers().get(k).ids(), answers - 1 - k, null, true));
            }
            list.add(new Group(new Location("random", list.size() + 1), ((Text.Ids) q.prompt()).ids(), responses));
        }
        return list;
    }
}
