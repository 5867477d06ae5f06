package org.align4j.core.merge;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
 * Whether the tokenizers of models agree, by what their files say and not by their bytes: {@code tokenizer.json}, or the {@code vocab.json} of older ones. A
 * {@code tokenizer.model} is compared by its bytes where neither has these. Without a choice they must say the same. With one, the others may differ in rules, and
 * one may have tokens that the other lacks, but no id may stand for different tokens, and every id must be that of an embedding.
 */
final class TokenizerCheck {
    private static final String FILE = "tokenizer.json";
    private static final String VOCABULARY = "vocab.json";
    private static final String PIECES = "tokenizer.model";
    private static final String MERGES = "merges.txt";
    private static final List<String> KINDS = List.of(FILE, VOCABULARY, PIECES);
    /** Settings of one call, and a version of the format. */
    private static final Set<String> OF_NO_EFFECT = Set.of("version", "truncation", "padding");
    private final Path chosen;
    private final boolean told;
    private final List<String> notCompared = new ArrayList<>();

    /**
     * @param chosen      the directory whose tokenizer goes with the result; empty where no model has one
     * @param notCompared what could not be compared, in words
     */
    record Found(Optional<Path> chosen, List<String> notCompared) {
        Found {
            notCompared = List.copyOf(notCompared);
        }
    }

    private TokenizerCheck(Path chosen, boolean told) {
        this.chosen = chosen;
        this.told = told;
    }

    /**
     * Finds the tokenizer of the result.
     *
     * @throws UserException naming two models whose tokenizers cannot be reconciled, or a choice that does not fit the embeddings
     */
    static Found choose(List<MergeInput> inputs, Optional<Path> wanted) {
        wanted.ifPresent(dir -> requireFit(dir, inputs.get(0)));
        List<Path> models = inputs.stream().map(MergeInput::path).distinct().toList();
        Optional<Path> chosen = wanted.or(() -> KINDS.stream().flatMap(kind -> models.stream().filter(dir -> has(dir, kind))).findFirst());
        if (chosen.isEmpty()) {
            return new Found(chosen, models.size() > 1 ? List.of("no model has a tokenizer") : List.of());
        }
        TokenizerCheck check = new TokenizerCheck(chosen.get(), wanted.isPresent());
        models.stream().filter(dir -> !dir.equals(chosen.get())).forEach(check::compare);
        return new Found(chosen, check.notCompared);
    }

    private static void requireFit(Path wanted, MergeInput first) {
        if (!has(wanted, FILE) && !has(wanted, VOCABULARY)) {
            throw new UserException("tokenizer_source " + wanted + " has no " + FILE + " or " + VOCABULARY + ". Name a directory with a tokenizer.");
        }
        Map.Entry<String, Long> last = vocabulary(wanted).entrySet().stream().max(Map.Entry.comparingByValue())
                .orElseThrow(() -> new UserException("The tokenizer of tokenizer_source " + wanted + " has no tokens. Name a directory with a tokenizer."));
        if (first.json().get("vocab_size") instanceof Number size && last.getValue() >= size.longValue()) {
            throw new UserException("The tokenizer of tokenizer_source " + wanted + " does not fit the models: its largest id is " + last.getValue() + " (\"" + last.getKey()
                    + "\"), and they have " + size + " embeddings, ids 0 to " + (size.longValue() - 1) + ". Name a directory whose tokenizer has no others.");
        }
    }

    private static boolean has(Path directory, String file) {
        return Files.isRegularFile(directory.resolve(file));
    }

    private static String kind(Path directory) {
        return KINDS.stream().filter(kind -> has(directory, kind)).findFirst().orElse("none");
    }

    private void compare(Path other) {
        boolean whole = has(chosen, FILE) && has(other, FILE);
        boolean tokens = (has(chosen, FILE) || has(chosen, VOCABULARY)) && (has(other, FILE) || has(other, VOCABULARY));
        if (whole && same(FILE, other)) {
            return;
        }
        if (tokens) {
            tokens(other);
            if (!told && whole) {
                rules(read(chosen.resolve(FILE)), read(other.resolve(FILE)), other);
            } else if (!told && kind(chosen).equals(VOCABULARY) && kind(other).equals(VOCABULARY) && has(chosen, MERGES) && has(other, MERGES) && !same(MERGES, other)) {
                throw refused(chosen, other, "they differ in " + MERGES + ". Say which one to keep with tokenizer_source.");
            } else if (!whole && !kind(chosen).equals(kind(other))) {
                notCompared.add("the rules of the tokenizers of " + chosen + " (" + kind(chosen) + ") and " + other + " (" + kind(other) + "); their tokens agree");
            }
        } else if (has(chosen, PIECES) && has(other, PIECES)) {
            if (!same(PIECES, other)) {
                throw refused(chosen, other, "their " + PIECES + " are not the same, and both do not have a " + FILE
                        + " whose tokens could be compared. Merge models with the same tokenizer, or save a " + FILE + " in both.");
            }
        } else {
            notCompared.add("the tokenizers of " + chosen + " (" + kind(chosen) + ") and " + other + " (" + kind(other) + ")");
        }
    }

    private boolean same(String file, Path other) {
        return Digests.sha256(chosen.resolve(file)).equals(Digests.sha256(other.resolve(file)));
    }

    private void tokens(Path other) {
        Map<String, Long> left = vocabulary(chosen);
        Map<String, Long> right = vocabulary(other);
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
        // A tokenizer.json has the special tokens, too, which a vocab.json may leave to other files.
        boolean may = has(chosen, FILE) != has(other, FILE) && (has(chosen, FILE) ? left.keySet().containsAll(right.keySet()) : right.keySet().containsAll(left.keySet()));
        if (!told && !may && !left.keySet().equals(right.keySet())) {
            throw refused(chosen, other, "the first has " + left.size() + " tokens, the second " + right.size()
                    + ". Say which one to keep with tokenizer_source, if one extends the other.");
        }
    }

    private void rules(Map<String, Object> a, Map<String, Object> b, Path other) {
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

    /** Ids by token. */
    private static Map<String, Long> vocabulary(Path directory) {
        if (has(directory, FILE)) {
            return vocabulary(read(directory.resolve(FILE)));
        }
        Map<String, Long> ids = new LinkedHashMap<>();
        for (String name : List.of(VOCABULARY, "added_tokens.json")) {
            if (has(directory, name)) {
                ids(read(directory.resolve(name)), ids);
            }
        }
        return ids;
    }

    private static void ids(Map<?, ?> map, Map<String, Long> ids) {
        map.forEach((token, id) -> ids.put((String) token, id instanceof Long n ? n : Long.valueOf(-1)));
    }

    /** Ids by token: an object in most kinds of tokenizers, a list of tokens with scores in one. */
    private static Map<String, Long> vocabulary(Map<String, Object> tokenizer) {
        Map<String, Long> ids = new LinkedHashMap<>();
        Object vocab = tokenizer.get("model") instanceof Map<?, ?> model ? model.get("vocab") : null;
        if (vocab instanceof Map<?, ?> map) {
            ids(map, ids);
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
