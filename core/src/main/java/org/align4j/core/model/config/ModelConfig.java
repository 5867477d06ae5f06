package org.align4j.core.model.config;

import org.align4j.core.backend.Activation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.align4j.core.UserException;
import org.align4j.core.io.internal.IoFailures;
import org.align4j.core.io.internal.StrictJson;

/**
 * A decoder-only transformer as {@code config.json} describes it, with every default filled in.
 *
 * @param family the architecture
 * @param vocabSize rows of the token embedding
 * @param hiddenSize width of the residual stream
 * @param intermediateSize width of the feed-forward block
 * @param layers number of blocks
 * @param heads query heads
 * @param kvHeads key and value heads; {@code heads} is a multiple of it
 * @param headDim width of one head; {@code heads · headDim} may differ from {@code hiddenSize}
 * @param maxPositions the longest sequence the model was made for
 * @param normEps ε of the norms
 * @param norm which norm
 * @param normPlusOne whether norms multiply by (1 + w) in place of w
 * @param activation of the feed-forward block
 * @param gated feed-forward: down(act(gate(x)) · up(x)) if true, proj(act(fc(x))) if false
 * @param position how positions enter
 * @param ropeTheta base of the rotary frequencies; 0 with learned positions
 * @param ropeScaling their scaling; {@link RopeScaling.None} where there is none
 * @param slidingWindow a token sees itself and the {@code slidingWindow − 1} tokens before it; 0: all before it
 * @param qkvBias bias on the query, key and value projections
 * @param outBias bias on the attention output projection
 * @param mlpBias bias on the feed-forward projections
 * @param tied whether the head uses the token embedding
 * @param embeddingScale token embeddings are multiplied by this
 * @param qkNorm RMS norm over each head of queries and keys before the rotation
 * @param transposedWeights block matrices are stored [in, out] (GPT-2) rather than [out, in]
 * @param bosId begin-of-sequence id, {@link #NO_ID} where there is none
 * @param eosIds end-of-sequence ids; may be empty
 * @param padId padding id, {@link #NO_ID} where there is none
 * @param initializerRange standard deviation of freshly drawn weights
 * @param raw the whole JSON object as it was read, in order, to be written back unchanged
 */
public record ModelConfig(
        ModelFamily family, int vocabSize, int hiddenSize, int intermediateSize, int layers, int heads, int kvHeads, int headDim,
        int maxPositions, double normEps, Norm norm, boolean normPlusOne, Activation activation, boolean gated, Position position,
        double ropeTheta, RopeScaling ropeScaling, int slidingWindow, boolean qkvBias, boolean outBias, boolean mlpBias, boolean tied,
        double embeddingScale, boolean qkNorm, boolean transposedWeights, int bosId, List<Integer> eosIds, int padId,
        double initializerRange, Map<String, Object> raw) {

    /** Stands for an id that the model does not have. */
    public static final int NO_ID = -1;

    private static final long MAX_FILE_BYTES = 16 << 20;

    public ModelConfig {
        eosIds = List.copyOf(eosIds);
        raw = Frozen.copy(raw);
        if (vocabSize < 1 || hiddenSize < 1 || intermediateSize < 1 || layers < 1 || heads < 1 || kvHeads < 1 || headDim < 1
                || maxPositions < 1 || slidingWindow < 0) {
            throw new IllegalArgumentException("every size of a model must be positive");
        }
        if (heads % kvHeads != 0 || position == Position.ROTARY && headDim % 2 != 0) {
            throw new IllegalArgumentException("heads must be a multiple of kvHeads, and headDim even with rotary positions");
        }
    }

    /**
     * Reads {@code config.json} of a model directory.
     *
     * @throws UserException naming the file and the field
     */
    public static ModelConfig read(Path directory) {
        Path file = directory.resolve("config.json");
        try {
            if (Files.isDirectory(directory) && !Files.exists(file)) {
                throw new UserException(directory + " has no config.json; a Hugging Face model directory (config.json, model.safetensors,"
                        + " tokenizer.json) is required, check the path");
            }
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new UserException(file + " has " + Files.size(file) + " bytes; a model configuration has a few thousand, check the path");
            }
            return parse(Files.readAllBytes(file), file.toString());
        } catch (IOException e) {
            throw IoFailures.of("read", file, e);
        }
    }

    /** Parses the JSON of a configuration; {@code source} names it in messages. */
    public static ModelConfig parse(String json, String source) {
        return ConfigReader.read(StrictJson.object(json, source), source);
    }

    private static ModelConfig parse(byte[] json, String source) {
        return ConfigReader.read(StrictJson.object(json, source), source);
    }

    /**
     * A Llama configuration for a model to be trained from nothing: RMS norm, SiLU gate, rotary positions with base 10000, no biases.
     * Ids 0, 1 and 2 are padding, begin and end, and may be changed with {@link #withSpecialIds}.
     */
    public static ModelConfig freshLlama(int vocabSize, int hiddenSize, int intermediateSize, int layers, int heads, int kvHeads,
                                         int maxPositions, boolean tied) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("architectures", List.of(ModelFamily.LLAMA.architecture()));
        json.put("model_type", ModelFamily.LLAMA.modelType());
        json.put("vocab_size", (long) vocabSize);
        json.put("hidden_size", (long) hiddenSize);
        json.put("intermediate_size", (long) intermediateSize);
        json.put("num_hidden_layers", (long) layers);
        json.put("num_attention_heads", (long) heads);
        json.put("num_key_value_heads", (long) kvHeads);
        if (heads > 0 && hiddenSize % heads == 0) {
            json.put("head_dim", (long) hiddenSize / heads);
        }
        json.put("max_position_embeddings", (long) maxPositions);
        json.put("hidden_act", "silu");
        json.put("rms_norm_eps", 1e-5);
        json.put("rope_theta", 10000.0);
        json.put("rope_scaling", null);
        json.put("attention_bias", false);
        json.put("mlp_bias", false);
        json.put("attention_dropout", 0.0);
        json.put("tie_word_embeddings", tied);
        json.put("pad_token_id", 0L);
        json.put("bos_token_id", 1L);
        json.put("eos_token_id", 2L);
        json.put("initializer_range", 0.02);
        json.put("torch_dtype", "float32");
        json.put("use_cache", true);
        return ConfigReader.read(json, "the configuration of a new Llama");
    }

    /** The same model with other special ids, which {@link #toJson} writes as well; pass {@link #NO_ID} for none. */
    public ModelConfig withSpecialIds(int bos, int eos, int pad) {
        Map<String, Object> json = new LinkedHashMap<>(raw);
        json.put("bos_token_id", bos == NO_ID ? null : (Object) (long) bos);
        json.put("eos_token_id", eos == NO_ID ? null : (Object) (long) eos);
        json.put("pad_token_id", pad == NO_ID ? null : (Object) (long) pad);
        return ConfigReader.read(json, "the changed configuration");
    }

    /** The same model saying that its weights are stored as the given type ("float32", "bfloat16", "float16"). */
    public ModelConfig withStoredType(String dtype) {
        Map<String, Object> json = new LinkedHashMap<>(raw);
        json.put(json.containsKey("dtype") ? "dtype" : "torch_dtype", dtype);
        if (json.containsKey("dtype")) {
            json.remove("torch_dtype");
        }
        return ConfigReader.read(json, "the changed configuration");
    }

    /** The JSON object that {@link #raw} holds, indented by two spaces and ended by a newline. */
    public String toJson() {
        return StrictJson.write(raw, 2) + "\n";
    }

    /** What the names of all parameters of a block begin with. */
    public String blockPrefix(int block) {
        return (family == ModelFamily.GPT2 ? "transformer.h." : "model.layers.") + block + ".";
    }

    /** Query heads that share one key and value head. */
    public int groupSize() {
        return heads / kvHeads;
    }

    /** The first end-of-sequence id, where there is one. */
    public OptionalInt eosId() {
        return eosIds.isEmpty() ? OptionalInt.empty() : OptionalInt.of(eosIds.get(0));
    }

    /** Number of parameters, tied ones counted once. */
    public long parameterCount() {
        return ParameterNames.expected(this).stream().mapToLong(Parameter::elements).sum();
    }

    /**
     * Rotary frequencies in radians per position, {@code headDim / 2} of them: ropeTheta^(−2i / headDim), scaled by {@link #ropeScaling}.
     * Element i turns the pair (i, i + headDim/2) of each head. Empty with learned positions.
     */
    public double[] inverseFrequencies() {
        if (position != Position.ROTARY) {
            return new double[0];
        }
        double[] result = new double[headDim / 2];
        for (int i = 0; i < result.length; i++) {
            result[i] = ropeScaling.scale(Math.pow(ropeTheta, -2.0 * i / headDim));
        }
        return result;
    }
}
