package org.align4j.recipes.recipe;

import java.util.Optional;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;

/** A fresh Llama of the given shape; its vocabulary is the tokenizer's. */
@Doc("A fresh Llama with random weights; its vocabulary is the tokenizer's.")
public record ModelInit(
        @Doc("Width of the residual stream.") @Default("128") @Range(min = 2, max = 65536) @Synonyms({"dim", "d_model", "n_embd"}) int hiddenSize,
        @Doc("Transformer blocks.") @Default("4") @Range(min = 1, max = 1024) @Synonyms({"num_hidden_layers", "n_layers", "n_layer"}) int layers,
        @Doc("Attention heads; must divide hidden_size.") @Default("4") @Range(min = 1, max = 4096) @Synonyms({"num_attention_heads", "n_heads", "n_head"}) int heads,
        @Doc("Key and value heads; must divide heads. Null for as many as heads.") @Range(min = 1, max = 4096) @Synonyms("num_key_value_heads") Optional<Integer> kvHeads,
        @Doc("Width of the feed-forward layer. Null for 8/3 of hidden_size, rounded up to a multiple of 32.") @Range(min = 1, max = 1 << 20) Optional<Integer> intermediateSize,
        @Doc("Longest sequence the model is made for.") @Default("512") @Range(min = 8, max = 1 << 24) @Synonyms({"max_position_embeddings", "n_ctx"}) int contextLength,
        @Doc("Whether the output head is the embedding table.") @Default("true") boolean tieEmbeddings,
        @Doc("Base of the rotary position frequencies.") @Default("10000.0") @Range(above = 0) double ropeTheta)
        implements Checked {

    public ModelInit {
        kvHeads = Optional.of(kvHeads.orElse(heads));
        intermediateSize = Optional.of(intermediateSize.orElse((hiddenSize * 8 / 3 + 31) / 32 * 32));
    }

    @Override
    public void check(Findings f) {
        if (hiddenSize % heads != 0) {
            f.problem(f.given("heads") ? "heads" : "hidden_size", "hidden_size " + hiddenSize + " must be divisible by heads " + heads, "");
        } else if (hiddenSize / heads % 2 != 0) {
            f.problem("hidden_size", "hidden_size / heads must be even for rotary positions, found " + hiddenSize / heads, "");
        }
        if (heads % kvHeads.get() != 0) {
            f.problem("kv_heads", "heads " + heads + " must be divisible by kv_heads " + kvHeads.get(), "");
        }
    }
}
