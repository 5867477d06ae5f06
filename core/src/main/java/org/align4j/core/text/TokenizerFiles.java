package org.align4j.core.text;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.io.Digests;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The small JSON files that stand beside {@code tokenizer.json}; a missing one reads as an empty object. */
record TokenizerFiles(Path directory, JsonNode tokenizer, JsonNode config, JsonNode specialTokens, JsonNode generation, JsonNode model) {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String[] NAMED = {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"};

    static TokenizerFiles read(Path directory) {
        Path tokenizer = directory.resolve("tokenizer.json");
        if (!Files.isRegularFile(tokenizer)) {
            throw new UserException("No tokenizer.json in " + directory + ". A model directory needs the tokenizer in Hugging Face's fast"
                    + " format; convert other formats with transformers (AutoTokenizer.from_pretrained(...).save_pretrained(...)).");
        }
        return new TokenizerFiles(directory, object(tokenizer), object(directory.resolve("tokenizer_config.json")),
                object(directory.resolve("special_tokens_map.json")), object(directory.resolve("generation_config.json")),
                object(directory.resolve("config.json")));
    }

    /** SHA-256 over all files that decide how text becomes tokens. */
    static String digest(Path directory) {
        StringBuilder all = new StringBuilder();
        for (String name : List.of("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "config.json", "chat_template.jinja")) {
            Path file = directory.resolve(name);
            all.append(name).append(' ').append(Files.isRegularFile(file) ? Digests.sha256(file) : "none").append('\n');
        }
        return Digests.sha256(all.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Text of the chat template: {@code chat_template.jinja} first, as transformers does, then {@code tokenizer_config.json}; null when there is none. */
    String chatTemplate() {
        Path file = directory.resolve("chat_template.jinja");
        if (Files.isRegularFile(file)) {
            return text(file);
        }
        JsonNode template = config.path("chat_template");
        if (template.isString()) {
            return template.asString();
        }
        if (template.isArray()) {
            for (JsonNode entry : template) {
                if (entry.path("name").asString("").equals("default") && entry.path("template").isString()) {
                    return entry.path("template").asString();
                }
            }
            throw new UserException("tokenizer_config.json in " + directory + ": chat_template is a list of named templates, but none is named"
                    + " 'default'. Save the one you want to a file and name that file as chat_template in the recipe.");
        }
        if (!template.isMissingNode() && !template.isNull()) {
            throw new UserException("tokenizer_config.json in " + directory + ": chat_template must be a string or a list of named templates,"
                    + " found " + template.getNodeType() + ".");
        }
        return null;
    }

    /** Special tokens by role, e.g. {@code bos_token → <s>}; a token is written as a string or as an object with {@code content}. */
    Map<String, String> namedTokens() {
        Map<String, String> tokens = new LinkedHashMap<>();
        for (String name : NAMED) {
            String token = content(config.path(name));
            // An explicit null in tokenizer_config.json means "none", whatever the older map says.
            if (token == null && !config.path(name).isNull()) {
                token = content(specialTokens.path(name));
            }
            if (token != null) {
                tokens.put(name, token);
            }
        }
        return tokens;
    }

    private static String content(JsonNode node) {
        if (node.isString()) {
            return node.asString();
        }
        JsonNode content = node.path("content");
        return content.isString() ? content.asString() : null;
    }

    static JsonNode object(Path file) {
        if (!Files.isRegularFile(file)) {
            return JSON.createObjectNode();
        }
        JsonNode node;
        try {
            node = JSON.readTree(text(file));
        } catch (JacksonException e) {
            throw new UserException(file + ": not valid JSON (" + e.getOriginalMessage() + "). Fetch the file again from where the model came from.", e);
        }
        if (!node.isObject()) {
            throw new UserException(file + ": must hold a JSON object, found " + node.getNodeType() + ".");
        }
        return node;
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (MalformedInputException e) {
            throw new UserException(file + ": must be UTF-8 text, found bytes that are not.", e);
        } catch (IOException e) {
            throw new UserException("Cannot read " + file + " (" + e + "). Check that it exists and may be read.", e);
        }
    }
}
