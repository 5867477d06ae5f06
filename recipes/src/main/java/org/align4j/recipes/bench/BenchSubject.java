package org.align4j.recipes.bench;

import org.align4j.core.adapter.LoraAdapter;
import org.align4j.core.adapter.LoraConfig;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Precision;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.model.FreshWeights;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.train.Lisa;
import org.align4j.core.train.Reference;
import org.align4j.core.train.Streams;

/**
 * A model of random weights, ready to train in one of the ways that are compared, and the reference that goes with it.
 *
 * @param model     what is trained
 * @param reference for DPO; null for SFT
 * @param lisa      null unless blocks are sampled
 */
record BenchSubject(Transformer model, Reference reference, Lisa lisa) implements AutoCloseable {
    /** TRL's rank and alpha; without dropout, so that every way computes the same number of products. */
    private static final LoraConfig LORA = new LoraConfig(16, 32, 0, java.util.List.of(LoraConfig.ALL_LINEAR), false, false);

    /** The ways to train, by their names in the table. */
    enum Tune {
        /** All weights; a frozen copy as reference. */
        FULL,
        /** All weights; the reference's log-probabilities come from a cache. */
        CACHED,
        /** As CACHED in the least memory: 8-bit moments, and no block keeps more than its input. */
        LEAN,
        /** A low-rank adapter beside a frozen base; the base with the adapter off as reference. */
        LORA,
        /** The same with magnitudes. */
        DORA,
        /** The same as LORA on a base in four bits. */
        QLORA,
        /** Two blocks at a time; the reference's log-probabilities come from a cache. */
        LISA
    }

    static BenchSubject of(ModelConfig config, Backend b, Tune tune, boolean dpo) {
        ParameterLayout layout = new ParameterLayout(config);
        return switch (tune) {
            case FULL -> {
                Transformer model = full(config, b, layout, true);
                DType held = b.precision() == Precision.BF16 ? DType.BF16 : DType.F32;
                yield new BenchSubject(model, dpo ? Reference.frozen(new Transformer(config, model.values().copy(held), null)) : null, null);
            }
            case CACHED, LEAN -> new BenchSubject(full(config, b, layout, true), dpo ? cached() : null, null);
            case LISA -> new BenchSubject(full(config, b, layout, false), dpo ? cached() : null, new Lisa());
            case LORA, DORA, QLORA -> {
                DType held = b.precision() == Precision.BF16 ? DType.BF16 : DType.F32;
                Parameters base = tune == Tune.QLORA ? Parameters.nf4(b, layout, held) : new Parameters(b, layout, held);
                FreshWeights.draw(config, base, Streams.of(0, "init", 0));
                LoraConfig lora = new LoraConfig(LORA.rank(), LORA.alpha(), LORA.dropout(), LORA.targets(), false, tune == Tune.DORA);
                Transformer model = Transformer.adapted(config, base, LoraAdapter.fresh(lora, config, base, Streams.of(0, "init", 1)));
                yield new BenchSubject(model, dpo ? Reference.adapterOff(model) : null, null);
            }
        };
    }

    private static Transformer full(ModelConfig config, Backend b, ParameterLayout layout, boolean gradients) {
        Parameters values = new Parameters(b, layout, DType.F32);
        FreshWeights.draw(config, values, Streams.of(0, "init", 0));
        return new Transformer(config, values, gradients ? new Parameters(b, layout, DType.F32) : null);
    }

    /** What a cache costs: nothing but a lookup. */
    private static Reference cached() {
        return new Reference() {
            @Override
            public double[] logProbs(int[] indices, PackedBatch batch) {
                double[] values = new double[batch.targets().length];
                java.util.Arrays.fill(values, -10);
                return values;
            }
        };
    }

    @Override
    public void close() {
        if (reference != null) {
            reference.close();
        }
        if (model.adapter() instanceof LoraAdapter adapter) {
            adapter.close();
        } else if (model.gradients() != null) {
            model.gradients().close();
        }
        model.values().close();
    }
}
