package org.align4j.rewardmodels.ranker;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backend;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.io.Digests;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.text.ChatTemplate;
import org.align4j.core.text.HfTokenizer;
import org.align4j.core.text.ModelTextEncoder;

/**
 * A language model that judges.
 *
 * @param model   frozen
 * @param encoder its tokenizer and chat template
 * @param chat    whether it is asked by a user's message, put through its chat template, rather than by plain text
 * @param name    for reports
 * @param digest  identity of weights, architecture, tokenizer and of how products are computed, lower-case hexadecimal SHA-256
 * @param owned   what closes with it: weights and tokenizer, where they are not the caller's
 */
public record JudgeModel(Transformer model, TextEncoder encoder, boolean chat, String name, String digest, List<AutoCloseable> owned) implements AutoCloseable {
    public JudgeModel {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(encoder, "encoder");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(digest, "digest");
        owned = List.copyOf(owned);
    }

    /** Reads a Hugging Face directory with weights and tokenizer; the backend stays the caller's. */
    public static JudgeModel open(Path directory, Backend backend, boolean chat) {
        Path text = directory.resolve("tokenizer.json");
        if (!Files.isRegularFile(text)) {
            throw new UserException("A judge reads and writes text, but " + directory + " has no tokenizer.json. Name a model directory with its tokenizer.");
        }
        ModelConfig config = ModelConfig.read(directory);
        HfTokenizer tokenizer = HfTokenizer.load(directory);
        Parameters values = ModelFiles.load(backend, config, directory);
        Transformer model = new Transformer(config, values, null);
        String digest = Digests.sha256((model.baseDigest() + tokenizer.digest() + config.toJson() + backend.name() + backend.precision() + chat).getBytes(StandardCharsets.UTF_8));
        TextEncoder encoder = new ModelTextEncoder(tokenizer, ChatTemplate.ofModel(tokenizer, Clock.systemDefaultZone()));
        return new JudgeModel(model, encoder, chat, directory.toString(), digest, List.of(values, tokenizer));
    }

    @Override
    public void close() {
        for (AutoCloseable part : owned) {
            try {
                part.close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException("Closing memory cannot fail", e);
            }
        }
    }
}
