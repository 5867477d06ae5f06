package org.align4j.recipes.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.model.config.ModelConfig;

/** A Llama shape to measure: A 15 M, B 110 M, C 135 M parameters (SmolLM2-135M's shape); input and output embeddings are one table. */
record BenchShape(String name, int dim, int layers, int heads, int kvHeads, int ffn, int vocab) {
    private static final Map<String, BenchShape> ALL = new LinkedHashMap<>();

    static {
        for (BenchShape s : new BenchShape[] {new BenchShape("A", 288, 6, 6, 6, 768, 32000), new BenchShape("B", 768, 12, 12, 12, 2048, 32000),
            new BenchShape("C", 576, 30, 9, 3, 1536, 49152)}) {
            ALL.put(s.name, s);
        }
    }

    static BenchShape of(String name) {
        BenchShape s = ALL.get(name);
        if (s == null) {
            throw new org.align4j.core.UserException("There is no shape " + name + "; there are " + ALL.keySet() + ".");
        }
        return s;
    }

    /** Updates of 2048 tokens after which times are steady. */
    int warm() {
        return blockParameters() < 20_000_000 ? 14 : 2;
    }

    ModelConfig config(int positions) {
        return ModelConfig.freshLlama(vocab, dim, ffn, layers, heads, kvHeads, positions, true);
    }

    /** Parameters that multiply every token (blocks without the embedding). */
    private long blockParameters() {
        long hd = dim / heads;
        return layers * (2L * dim * dim + 2L * dim * kvHeads * hd + 3L * dim * ffn);
    }

    /**
     * Useful floating-point operations of an update, counted as the literature does: 2 per parameter and token forward, 4 backward, 2·(keys seen)·
     * width per token and layer and pass for each of the two attention products; the head over target tokens alone, and nothing recomputed.
     *
     * @param rows    rows computed (a shared prompt once)
     * @param keys    Σ over rows of keys seen
     * @param targets target tokens
     */
    double flops(long rows, long keys, long targets, boolean reference) {
        double forward = 2.0 * blockParameters() * rows + 4.0 * layers * dim * keys + 2.0 * dim * vocab * targets;
        return forward * (reference ? 4 : 3);
    }
}
