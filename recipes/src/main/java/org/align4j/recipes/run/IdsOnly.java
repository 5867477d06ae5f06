package org.align4j.recipes.run;

import java.nio.file.Path;
import org.align4j.core.UserException;
import org.align4j.core.data.Encoding;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextEncoder;

/** Stands in for the tokenizer of a model that has none: token ids pass, text is refused. */
public record IdsOnly(int vocabularySize, Path file) implements TextEncoder {

    @Override
    public Encoding encode(Text prompt, Text response) {
        return new Encoding(ids(prompt), ids(response), false);
    }

    @Override
    public int[] encodePrompt(Text prompt) {
        return ids(prompt);
    }

    private int[] ids(Text text) {
        if (text instanceof Text.Ids i) {
            return i.ids();
        }
        throw new UserException(file + " holds text, but the model has no tokenizer.json. Give model.tokenizer, or rows with prompt_ids and response_ids.");
    }

    @Override
    public String decode(int[] ids) {
        return java.util.Arrays.toString(ids);
    }
}
