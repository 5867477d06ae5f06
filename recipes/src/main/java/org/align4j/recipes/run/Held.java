package org.align4j.recipes.run;

/** How weights are held in memory. */
enum Held {
    /** float32: what is trained, and what is written. */
    FLOAT32("frozen", 4, 4),
    /** Matrices in bfloat16, frozen: products that round to bfloat16 see the same weights. */
    BFLOAT16("frozen bfloat16", 2, 2),
    /** Linear layers in four bits, frozen; embeddings and head in float32. */
    NF4("4-bit", 0.5 + 1.0 / 64 + 4.0 / (64 * 256), 4),
    /** Linear layers in four bits, embeddings and head in bfloat16, frozen. */
    NF4_BFLOAT16("4-bit", NF4.linear, 2);

    private final String words;
    private final double linear;
    private final double others;

    Held(String words, double linear, double others) {
        this.words = words;
        this.linear = linear;
        this.others = others;
    }

    /** Under an adapter, where products are made of bfloat16 operands or of float32 ones. */
    static Held underAdapter(boolean nf4, boolean bf16) {
        return nf4 ? bf16 ? NF4_BFLOAT16 : NF4 : bf16 ? BFLOAT16 : FLOAT32;
    }

    String words() {
        return words;
    }

    /** Bytes per weight of linear layers; of four bits a code, a part of a scale and a part of the scales' scale. */
    double linear() {
        return linear;
    }

    /** Bytes per weight of embeddings and head. */
    double others() {
        return others;
    }

    boolean fourBits() {
        return this == NF4 || this == NF4_BFLOAT16;
    }
}
