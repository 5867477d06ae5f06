package org.align4j.recipes.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.text.ChatTemplate;
import org.align4j.core.text.HfTokenizer;
import org.align4j.core.text.ModelTextEncoder;
import org.align4j.recipes.recipe.ModelSpec;

/** Finds the tokenizer and the chat template of a model. */
public final class Encoders {
    private Encoders() {}

    /** The encoder of a directory (or a tokenizer.json in it), or null where there is no tokenizer. */
    static TextEncoder open(Path where, ModelSpec spec) {
        Path directory = Files.isRegularFile(where) ? where.toAbsolutePath().getParent() : where;
        if (!Files.exists(directory.resolve("tokenizer.json"))) {
            return null;
        }
        HfTokenizer tokenizer = HfTokenizer.load(directory);
        return new ModelTextEncoder(tokenizer, template(tokenizer, spec));
    }

    /** The encoder of a session's model; for a model without a tokenizer one that passes token ids. */
    public static TextEncoder orIds(ModelSession session, Path file) {
        return session.encoder() != null ? session.encoder() : new IdsOnly(session.config().vocabSize(), file);
    }

    private static ChatTemplate template(HfTokenizer tokenizer, ModelSpec spec) {
        Clock clock = Clock.systemDefaultZone();
        if (spec.chatTemplateFile().isPresent()) {
            return ChatTemplate.named(spec.chatTemplateFile().get().toString(), tokenizer, clock);
        }
        if (spec.chatTemplate().isPresent()) {
            String text = spec.chatTemplate().get();
            return text.contains("{") ? ChatTemplate.parse("model.chat_template", text, tokenizer.namedTokens(), clock)
                    : ChatTemplate.named(text, tokenizer, clock);
        }
        return ChatTemplate.ofModel(tokenizer, clock);
    }
}
