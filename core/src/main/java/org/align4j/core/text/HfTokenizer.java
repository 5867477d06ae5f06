package org.align4j.core.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.align4j.core.UserException;
import org.align4j.core.data.DataException;
import tools.jackson.databind.JsonNode;

/**
 * A Hugging Face tokenizer read from a model directory: {@code tokenizer.json} does the work, and the files beside it
 * ({@code tokenizer_config.json}, {@code special_tokens_map.json}, {@code generation_config.json}, {@code config.json})
 * say which tokens begin and end a text.
 *
 * <p>Nothing is truncated, padded or added: {@link #encode} gives the ids of the text and no others. Special tokens
 * written out in the text are recognised as such. Instances may be shared between threads; they hold native memory until
 * {@link #close()}.
 *
 * <p>Errors: {@link UserException} for a directory that cannot be used, {@link DataException} for text that is not valid Unicode.
 */
public final class HfTokenizer implements AutoCloseable {
    private final TokenizerFiles files;
    private final HuggingFaceTokenizer tokenizer;
    private final Map<String, Integer> added = new LinkedHashMap<>();
    private final Set<Integer> special = new TreeSet<>();
    private final Map<String, String> named;
    private final int vocabularySize;
    private final OptionalInt bos;
    private final OptionalInt eos;
    private final Set<Integer> eosIds = new TreeSet<>();
    private final boolean addsBos;
    private final String chatTemplate;
    private final boolean drops;
    private final Map<Integer, Boolean> known = new ConcurrentHashMap<>();

    private HfTokenizer(TokenizerFiles files, HuggingFaceTokenizer tokenizer) {
        this.files = files;
        this.tokenizer = tokenizer;
        int highest = highestId(files.tokenizer().path("model").path("vocab"));
        for (JsonNode token : files.tokenizer().path("added_tokens")) {
            int id = token.path("id").asInt(-1);
            added.put(token.path("content").asString(""), id);
            highest = Math.max(highest, id);
            if (token.path("special").asBoolean(false)) {
                special.add(id);
            }
        }
        vocabularySize = highest + 1;
        named = Collections.unmodifiableMap(files.namedTokens());
        bos = id("bos_token", "bos_token_id");
        eos = id("eos_token", "eos_token_id");
        eos.ifPresent(eosIds::add);
        collectIds(files.generation().path("eos_token_id"));
        if (files.generation().path("eos_token_id").isMissingNode()) {
            collectIds(files.model().path("eos_token_id"));
        }
        addsBos = bos.isPresent() && readAddsBos();
        chatTemplate = files.chatTemplate();
        drops = dropsUnknown(files.tokenizer());
    }

    /**
     * Loads the tokenizer of a model directory. Never touches the network.
     *
     * @throws UserException when {@code tokenizer.json} is missing or cannot be read by this version of the tokenizers library
     */
    public static HfTokenizer load(Path directory) {
        TokenizerFiles files = TokenizerFiles.read(directory);
        TokenizerLibrary.prepare();
        HuggingFaceTokenizer tokenizer;
        try {
            tokenizer = HuggingFaceTokenizer.builder()
                    .optTokenizerPath(directory.resolve("tokenizer.json"))
                    .optAddSpecialTokens(false)
                    .optTruncation(false)
                    .optPadding(false)
                    .build();
        } catch (IOException | RuntimeException e) {
            throw new UserException(directory.resolve("tokenizer.json") + ": not a tokenizer this version can read (" + e.getMessage()
                    + "). Check that the file is complete; if it was written by a newer tokenizers library, save it again with an older one.", e);
        } catch (LinkageError e) {
            throw new UserException("The native tokenizers library could not be loaded (" + e.getMessage() + "). It is shipped for Linux (x86-64,"
                    + " aarch64), macOS (arm64) and Windows (x86-64), and unpacked under DJL_CACHE_DIR (default: the home directory), which must be writable.", e);
        }
        return new HfTokenizer(files, tokenizer);
    }

    /**
     * Ids of {@code text}, no special token added.
     *
     * @throws DataException for a lone surrogate, and for a character the tokenizer knows no token for and would leave out
     */
    public int[] encode(String text) {
        int[] ids = raw(text);
        if (drops) {
            text.codePoints().filter(c -> !Character.isWhitespace(c)).forEach(this::requireKnown);
        }
        return ids;
    }

    /** As {@link #encode}, but unknown characters may be left out. */
    int[] raw(String text) {
        Unicode.check(text);
        return narrow(tokenizer.encode(text, false, false).getIds());
    }

    /**
     * Text of {@code ids}. A token that starts a word carries its space, so pieces of a text may not decode to the same pieces of text.
     *
     * @param skipSpecial whether special tokens are left out
     */
    public String decode(int[] ids, boolean skipSpecial) {
        long[] wide = new long[ids.length];
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] >= vocabularySize) {
                throw new DataException("Token id " + ids[i] + " at position " + i + " is not in the vocabulary of " + files.directory()
                        + ", whose ids are 0 to " + (vocabularySize - 1) + ". Were the ids made by another tokenizer?");
            }
            wide[i] = ids[i];
        }
        return ids.length == 0 ? "" : tokenizer.decode(wide, skipSpecial);
    }

    /** Beginning-of-text token, when the model names one. */
    public OptionalInt bosId() {
        return bos;
    }

    /** End-of-text token as the tokenizer names it, or else the model's configuration. */
    public OptionalInt eosId() {
        return eos;
    }

    /** Every id that ends a generation: {@link #eosId()} and those of {@code generation_config.json}. */
    public Set<Integer> eosIds() {
        return Collections.unmodifiableSet(eosIds);
    }

    /** Ids of tokens marked special. */
    public Set<Integer> specialIds() {
        return Collections.unmodifiableSet(special);
    }

    /** Tokens added on top of the learned vocabulary, special or not, with their ids. */
    public Map<String, Integer> addedTokens() {
        return Collections.unmodifiableMap(added);
    }

    /** Special tokens by role, e.g. {@code bos_token}; what chat templates see under these names. */
    public Map<String, String> namedTokens() {
        return named;
    }

    /** Highest id + 1, added tokens included. A model's embedding may have more rows (padding), never fewer. */
    public int vocabularySize() {
        return vocabularySize;
    }

    /** Whether this tokenizer puts the beginning-of-text token before every text ({@code add_bos_token}, or else its post-processor). */
    public boolean addBosToken() {
        return addsBos;
    }

    /** Source of the model's chat template, or null when it has none. */
    public String chatTemplate() {
        return chatTemplate;
    }

    /** SHA-256 over all files beside it that decide how text becomes tokens, chat template and special tokens included, as they are now. */
    public String digest() {
        return TokenizerFiles.digest(files.directory());
    }

    /** Where it was loaded from. */
    public Path directory() {
        return files.directory();
    }

    @Override
    public void close() {
        tokenizer.close();
    }

    private boolean readAddsBos() {
        JsonNode flag = files.config().path("add_bos_token");
        if (flag.isBoolean()) {
            return flag.asBoolean();
        }
        long[] ids = tokenizer.encode("a", true, false).getIds();
        return ids.length > 0 && ids[0] == bos.getAsInt();
    }

    private OptionalInt id(String role, String configKey) {
        String token = named.get(role);
        if (token != null) {
            Integer id = added.get(token);
            if (id == null) {
                id = vocabularyId(token);
            }
            if (id != null) {
                return OptionalInt.of(id);
            }
            throw new UserException("tokenizer_config.json in " + files.directory() + ": " + role + " is '" + token
                    + "', which tokenizer.json does not contain. The two files belong to different models; fetch both from the same one.");
        }
        for (JsonNode node : new JsonNode[] {files.generation().path(configKey), files.model().path(configKey)}) {
            JsonNode first = node.isArray() ? node.path(0) : node;
            if (first.isInt()) {
                return OptionalInt.of(checked(first.asInt(), configKey));
            }
        }
        return OptionalInt.empty();
    }

    private Integer vocabularyId(String token) {
        JsonNode vocab = files.tokenizer().path("model").path("vocab");
        if (vocab.isObject()) {
            JsonNode id = vocab.path(token);
            return id.isInt() ? id.asInt() : null;
        }
        int i = 0;
        for (JsonNode entry : vocab) {
            if (entry.path(0).asString("").equals(token)) {
                return i;
            }
            i++;
        }
        return null;
    }

    private void collectIds(JsonNode node) {
        if (node.isInt()) {
            eosIds.add(checked(node.asInt(), "eos_token_id"));
        } else if (node.isArray()) {
            node.forEach(this::collectIds);
        }
    }

    private int checked(int id, String key) {
        if (id < 0 || id >= vocabularySize) {
            throw new UserException(files.directory() + ": " + key + " is " + id + ", but tokenizer.json has ids 0 to " + (vocabularySize - 1)
                    + " only. Correct generation_config.json or config.json.");
        }
        return id;
    }

    /** BPE and WordPiece write {@code {token: id}}, Unigram {@code [[token, score], …]} with the position as id. */
    private static int highestId(JsonNode vocab) {
        if (vocab.isArray()) {
            return vocab.size() - 1;
        }
        int highest = -1;
        for (JsonNode id : vocab) {
            highest = Math.max(highest, id.asInt(-1));
        }
        return highest;
    }

    /** A BPE model without unknown token, bytes or byte fallback silently leaves out what it has no token for. */
    private static boolean dropsUnknown(JsonNode tokenizer) {
        JsonNode model = tokenizer.path("model");
        boolean unknown = model.path("unk_token").isString() || model.path("byte_fallback").asBoolean(false);
        String bytes = tokenizer.path("pre_tokenizer").toString() + tokenizer.path("normalizer") + tokenizer.path("decoder");
        return model.path("type").asString("").equals("BPE") && !unknown && !bytes.contains("\"ByteLevel\"");
    }

    private void requireKnown(int character) {
        if (!known.computeIfAbsent(character, c -> raw(Character.toString(c)).length > 0)) {
            throw new DataException(String.format("The tokenizer in %s has no token for '%s' (U+%04X) and would leave it out. Remove the character"
                    + " from the text (or write it another way), or use another model.", directory(), Character.toString(character), character));
        }
    }

    private static int[] narrow(long[] ids) {
        int[] out = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            out[i] = Math.toIntExact(ids[i]);
        }
        return out;
    }
}
