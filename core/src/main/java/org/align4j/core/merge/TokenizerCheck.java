package org.align4j.core.merge;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.UserException;
import org.align4j.core.io.Digests;
import org.align4j.core.io.internal.StrictJson;

/**
 * Whether the tokenizers of models agree, by what {@code tokenizer.json} says and not by its bytes. Without a choice they must say the same. With one, the others may
 * differ in rules, and one may have tokens that the other lacks, but no id may stand for different tokens.
 */
final class TokenizerCheck {
    private static final String FILE = "tokenizer.json";
    /** Settings of one call, and a version of the format. */
    private static final Set<String> OF_NO_EFFECT = Set.of("version", "truncation", "padding");

    private TokenizerCheck() {}

    /**
     * The directory whose tokenizer goes with the result; empty where no model has one.
     *
     * @throws UserException naming two models whose tokenizers cannot be reconciled
     */
    static Optional<Path> choose(List<MergeInput> inputs, Optional<Path> wanted) {
        if (wanted.isPresent() && !Files.isRegularFile(wanted.get().resolve(FILE))) {
            throw new UserException("tokenizer_source " + wanted.get() + " has no " + FILE + ". Name a directory with a tokenizer.");
        }
        Optional<Path> chosen = wanted.or(() -> inputs.stream().map(MergeInput::path).filter(p -> Files.isRegularFile(p.resolve(FILE))).findFirst());
        if (chosen.isEmpty()) {
            return chosen;
        }
        String digest = Digests.sha256(chosen.get().resolve(FILE));
        for (MergeInput input : inputs) {
            Path file = input.path().resolve(FILE);
            if (Files.isRegularFile(file) && !Digests.sha256(file).equals(digest)) {
                compare(chosen.get(), input.path(), wanted.isPresent());
            }
        }
        return chosen;
    }

    private static void compare(Path chosen, Path other, boolean told) {
        Map<String, Object> a = read(chosen.resolve(FILE));
        Map<String, Object> b = read(other.resolve(FILE));
        Map<String, Long> left = vocabulary(a);
        Map<String, Long> right = vocabulary(b);
        Map<Long, String> tokens = new LinkedHashMap<>();
        left.forEach((token, id) -> tokens.put(id, token));
        for (Map.Entry<String, Long> e : right.entrySet()) {
            Long id = left.get(e.getKey());
            String token = tokens.get(e.getValue());
            if (id != null && !id.equals(e.getValue()) || token != null && !token.equals(e.getKey())) {
                throw refused(chosen, other, "the id " + e.getValue() + " is \"" + e.getKey() + "\" in the second and " + (token == null ? "no token" : "\"" + token + "\"")
                        + " in the first, so that rows of their embeddings stand for different tokens. Merge models with the same tokenizer.");
            }
        }
        if (told) {
            return;
        }
        if (!left.keySet().equals(right.keySet())) {
            throw refused(chosen, other, "the first has " + left.size() + " tokens, the second " + right.size()
                    + ". Say which one to keep with tokenizer_source, if one extends the other.");
        }
        TreeSet<String> parts = new TreeSet<>(a.keySet());
        parts.addAll(b.keySet());
        parts.removeIf(key -> OF_NO_EFFECT.contains(key) || Objects.equals(a.get(key), b.get(key)));
        if (!parts.isEmpty()) {
            throw refused(chosen, other, "they differ in " + String.join(", ", parts) + ". Say which one to keep with tokenizer_source.");
        }
    }

    private static UserException refused(Path a, Path b, String why) {
        return new UserException("The tokenizers of " + a + " and " + b + " differ: " + why);
    }

    private static Map<String, Object> read(Path file) {
        try {
            return StrictJson.object(Files.readAllBytes(file), file.toString());
        } catch (IOException e) {
            throw new UserException("Cannot read " + file + ": " + e.getMessage() + ". Grant access, or fetch it again.", e);
        }
    }

    /** Ids by token: an object in most kinds of tokenizers, a list of tokens with scores in one. */
    private static Map<String, Long> vocabulary(Map<String, Object> tokenizer) {
        Map<String, Long> ids = new LinkedHashMap<>();
        Object vocab = tokenizer.get("model") instanceof Map<?, ?> model ? model.get("vocab") : null;
        if (vocab instanceof Map<?, ?> map) {
            map.forEach((token, id) -> ids.put((String) token, id instanceof Long n ? n : Long.valueOf(-1)));
        } else if (vocab instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                ids.put(list.get(i) instanceof List<?> entry && !entry.isEmpty() ? String.valueOf(entry.get(0)) : String.valueOf(list.get(i)), (long) i);
            }
        }
        if (tokenizer.get("added_tokens") instanceof List<?> added) {
            for (Object o : added) {
                if (o instanceof Map<?, ?> t && t.get("content") instanceof String token && t.get("id") instanceof Long id) {
                    ids.put(token, id);
                }
            }
        }
        return ids;
    }
}
