package org.align4j.rewardmodels.online;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Precision;
import org.align4j.core.data.Text;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.core.model.FreshWeights;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.WeightFiles;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.train.LrSchedule;
import org.align4j.core.train.Streams;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;
import org.align4j.rewardmodels.sampling.Prompt;

/** A small policy, prompts and rewards for it. */
final class Tiny {
    static final int VOCABULARY = 12;
    static final int HIDDEN = 16;
    static final int END = 2;
    static final ModelConfig CONFIG = ModelConfig.freshLlama(VOCABULARY, HIDDEN, 24, 2, 2, 2, 32, false);

    private Tiny() {}

    interface Work {
        void on(Transformer policy) throws Exception;
    }

    /** Runs {@code work} on a freshly drawn policy with gradients. */
    static void with(long seed, Work work) throws Exception {
        try (Backend b = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend(); Parameters values = new Parameters(b, new ParameterLayout(CONFIG), DType.F32);
                Parameters gradients = new Parameters(b, values.layout(), DType.F32)) {
            FreshWeights.draw(CONFIG, values, Streams.of(seed, "init", 0));
            gradients.fill(0f);
            work.on(new Transformer(CONFIG, values, gradients));
        }
    }

    static Map<String, float[]> values(Parameters p) {
        Map<String, float[]> all = new HashMap<>();
        WeightFiles.forEach(p, (slot, v) -> all.put(slot.name(), v.clone()));
        return all;
    }

    static List<Prompt> prompts(int count) {
        List<Prompt> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] ids = {1, 3 + i % (VOCABULARY - 3)};
            list.add(new Prompt(new Text.Ids(ids), ids, null));
        }
        return list;
    }

    /** Samples of at most {@code tokens} tokens that end with {@link #END}. */
    static SamplingOptions sampling(int tokens, double temperature) {
        return SamplingOptions.plain(tokens).withTemperature(temperature).withStopTokens(Set.of(END)).withStopAtEos(false);
    }

    static LrSchedule constant(double rate) {
        return new LrSchedule(LrSchedule.Shape.CONSTANT, rate, 0, 1, 0);
    }

    /** A reward of an answer's tokens. */
    static Reward reward(ToDoubleFunction<int[]> of) {
        return new Reward() {
            @Override
            public List<double[]> score(List<Question> questions) {
                return questions.stream().map(q -> q.answers().stream().map(Answer::ids).mapToDouble(of).toArray()).toList();
            }

            @Override
            public String name() {
                return "a function of the tokens";
            }

            @Override
            public String digest() {
                return "0".repeat(64);
            }
        };
    }
}
