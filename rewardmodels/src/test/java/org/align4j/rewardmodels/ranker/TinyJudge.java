package org.align4j.rewardmodels.ranker;

import java.util.List;
import java.util.SplittableRandom;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.data.Encoding;
import org.align4j.core.data.Message;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;

/** A judge of random weights whose tokens are the characters up to 127. */
final class TinyJudge {
    private TinyJudge() {}

    static JudgeModel open(Backend backend, boolean chat) {
        ModelConfig config = ModelConfig.freshLlama(128, 16, 32, 2, 4, 2, 512, false);
        Parameters values = new Parameters(backend, new ParameterLayout(config), DType.F32);
        SplittableRandom random = new SplittableRandom(5);
        for (ParameterLayout.Slot slot : values.layout().slots()) {
            float[] w = new float[Math.toIntExact(slot.size())];
            for (int i = 0; i < w.length; i++) {
                w[i] = (float) (slot.name().contains("norm") ? 1 : 0.4 * random.nextGaussian());
            }
            backend.upload(values.get(slot.name()), w, 0);
        }
        return new JudgeModel(new Transformer(config, values, null), new Characters(), chat, "tiny", "d1", List.of(values));
    }

    static final class Characters implements TextEncoder {
        @Override
        public Encoding encode(Text prompt, Text response) {
            return new Encoding(ids(prompt), ids(response), false);
        }

        @Override
        public int[] encodePrompt(Text prompt) {
            return ids(prompt);
        }

        private static int[] ids(Text text) {
            if (text instanceof Text.Plain plain) {
                return plain.text().chars().toArray();
            }
            Message only = ((Text.Chat) text).messages().get(0);
            return ((only.role().equals("user") ? "U:" : "") + only.content() + "\n").chars().toArray();
        }

        @Override
        public String decode(int[] ids) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int vocabularySize() {
            return 128;
        }
    }
}
