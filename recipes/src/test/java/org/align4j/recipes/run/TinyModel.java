package org.align4j.recipes.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Precision;
import org.align4j.core.model.FreshWeights;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.config.ModelConfig;

/** A model directory of some kilobytes, with random weights and a tokenizer of single words. */
public final class TinyModel {
    public static final String[] WORDS = {"<pad>", "<s>", "</s>", "<unk>", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "and", "is"};

    private TinyModel() {}

    /** Writes the model without a tokenizer. */
    public static Path write(Path directory) {
        ModelConfig config = ModelConfig.freshLlama(WORDS.length, 16, 32, 2, 2, 1, 64, true);
        try (Backend b = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend();
                Parameters p = new Parameters(b, new ParameterLayout(config), DType.F32)) {
            FreshWeights.draw(config, p, new SplittableRandom(3));
            ModelFiles.publish(directory, config, p, org.align4j.core.io.DType.F32, null);
        }
        return directory;
    }

    /** Writes the model with its tokenizer. */
    public static Path writeWithTokenizer(Path directory) throws IOException {
        write(directory);
        StringBuilder vocabulary = new StringBuilder();
        for (int i = 0; i < WORDS.length; i++) {
            vocabulary.append(i == 0 ? "" : ",").append('"').append(WORDS[i]).append("\":").append(i);
        }
        Files.writeString(directory.resolve("tokenizer.json"), """
                {"version":"1.0","added_tokens":[%s,%s,%s],"normalizer":null,"pre_tokenizer":{"type":"WhitespaceSplit"},"post_processor":null,"decoder":null,
                 "model":{"type":"WordLevel","vocab":{%s},"unk_token":"<unk>"}}"""
                .formatted(added(0, "<pad>"), added(1, "<s>"), added(2, "</s>"), vocabulary));
        Files.writeString(directory.resolve("tokenizer_config.json"),
                "{\"bos_token\":\"<s>\",\"eos_token\":\"</s>\",\"pad_token\":\"<pad>\",\"unk_token\":\"<unk>\",\"add_bos_token\":true,\"tokenizer_class\":\"PreTrainedTokenizerFast\"}");
        return directory;
    }

    private static String added(int id, String text) {
        return "{\"id\":" + id + ",\"content\":\"" + text + "\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false,\"special\":true}";
    }
}
