package org.align4j.recipes.quickstart;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.io.AtomicFiles;
import tools.jackson.databind.json.JsonMapper;

/**
 * A tokenizer of whole words and numbers, made from text and written as the files {@code tokenizer.json} and {@code tokenizer_config.json} that
 * Hugging Face's libraries read.
 *
 * <p>A word or number carries the space before it, so that joining the tokens gives back the text; what never occurred becomes {@code <unk>}.
 *
 * @param tokens the vocabulary; a token's place is its id
 */
record WordTokenizer(List<String> tokens) {
    /** Padding, begin of text, end of text: ids 0, 1 and 2, as in a fresh Llama's configuration. */
    static final List<String> SPECIAL = List.of("<pad>", "<s>", "</s>", "<unk>");
    /** The same expression for Java and for the library that reads the file. */
    private static final String PIECE = " ?[A-Za-z]+| ?[0-9]+| ?[^\\sA-Za-z0-9]+|\\s";

    WordTokenizer {
        tokens = List.copyOf(tokens);
    }

    /** A tokenizer of everything that occurs in some texts, in alphabetical order. */
    static WordTokenizer of(Iterable<String> texts) {
        TreeSet<String> pieces = new TreeSet<>();
        for (String text : texts) {
            Matcher m = Pattern.compile(PIECE).matcher(text);
            while (m.find()) {
                pieces.add(m.group());
            }
        }
        List<String> all = new ArrayList<>(SPECIAL);
        all.addAll(pieces);
        return new WordTokenizer(all);
    }

    /** Writes both files into a directory, which is made if need be. */
    void write(Path directory) {
        AtomicFiles.createDirectories(directory);
        JsonMapper json = JsonMapper.builder().build();
        AtomicFiles.writeString(directory.resolve("tokenizer.json"), json.writerWithDefaultPrettyPrinter().writeValueAsString(tokenizer()) + "\n");
        AtomicFiles.writeString(directory.resolve("tokenizer_config.json"), json.writerWithDefaultPrettyPrinter().writeValueAsString(config()) + "\n");
    }

    private Map<String, Object> tokenizer() {
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        tokens.forEach(t -> vocabulary.put(t, vocabulary.size()));
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("version", "1.0");
        all.put("truncation", null);
        all.put("padding", null);
        all.put("added_tokens", SPECIAL.stream().map(t -> added(t, vocabulary.get(t))).toList());
        all.put("normalizer", null);
        all.put("pre_tokenizer", fields("type", "Split", "pattern", Map.of("Regex", PIECE), "behavior", "Isolated", "invert", false));
        all.put("post_processor", begin());
        all.put("decoder", Map.of("type", "Fuse"));
        all.put("model", fields("type", "WordLevel", "vocab", vocabulary, "unk_token", "<unk>"));
        return all;
    }

    private static Map<String, Object> added(String token, int id) {
        return fields("id", id, "content", token, "single_word", false, "lstrip", false, "rstrip", false, "normalized", false, "special", true);
    }

    /** Puts the beginning-of-text token in front. */
    private static Map<String, Object> begin() {
        Map<String, Object> begin = Map.of("SpecialToken", fields("id", "<s>", "type_id", 0));
        Map<String, Object> single = Map.of("Sequence", fields("id", "A", "type_id", 0));
        Map<String, Object> pair = Map.of("Sequence", fields("id", "B", "type_id", 0));
        return fields("type", "TemplateProcessing", "single", List.of(begin, single), "pair", List.of(begin, single, pair), "special_tokens",
                Map.of("<s>", fields("id", "<s>", "ids", List.of(SPECIAL.indexOf("<s>")), "tokens", List.of("<s>"))));
    }

    private static Map<String, Object> config() {
        return fields("tokenizer_class", "PreTrainedTokenizerFast", "bos_token", "<s>", "eos_token", "</s>", "pad_token", "<pad>", "unk_token", "<unk>",
                "add_bos_token", true, "clean_up_tokenization_spaces", false, "model_max_length", 256);
    }

    /** A map that keeps its order. */
    private static Map<String, Object> fields(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }
}
