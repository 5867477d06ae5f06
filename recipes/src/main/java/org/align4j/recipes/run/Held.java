package org.align4j.recipes.run;

import org.align4j.core.backend.DType;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.config.ModelConfig;

/** How weights are held in memory. */
enum Held {
    /** float32: what is trained, and what is written. */
    FLOAT32("frozen", false, DType.F32),
    /** Matrices in bfloat16, frozen: products that round to bfloat16 see the same weights. */
    BFLOAT16("frozen bfloat16", false, DType.BF16),
    /** Linear layers in four bits, frozen; embeddings and head in float32. */
    NF4("4-bit", true, DType.F32),
    /** Linear layers in four bits, embeddings and head in bfloat16, frozen. */
    NF4_BFLOAT16("4-bit", true, DType.BF16);

    private final String words;
    private final boolean fourBits;
    private final DType type;

    Held(String words, boolean fourBits, DType type) {
        this.words = words;
        this.fourBits = fourBits;
        this.type = type;
    }

    /** Under an adapter, where products are made of bfloat16 operands or of float32 ones. */
    static Held underAdapter(boolean nf4, boolean bf16) {
        return nf4 ? bf16 ? NF4_BFLOAT16 : NF4 : bf16 ? BFLOAT16 : FLOAT32;
    }

    String words() {
        return words;
    }

    /** Whether linear layers are in four bits. */
    boolean fourBits() {
        return fourBits;
    }

    /** Type of embeddings and head, and of linear layers that are not in four bits. */
    DType type() {
        return type;
    }

    /** Bytes of a model's weights. */
    long bytes(ModelConfig config) {
        return Parameters.bytes(new ParameterLayout(config), type, fourBits);
    }
}
