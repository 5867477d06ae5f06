package org.align4j.core.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.align4j.core.adapter.LoraAdapter;
import org.align4j.core.adapter.LoraConfig;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.MomentType;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.testing.TinyModels;
import org.align4j.core.train.AdamW;
import org.align4j.core.train.Lisa;
import org.align4j.core.train.LrSchedule;
import org.align4j.core.train.Reference;
import org.align4j.core.train.TrainListener;
import org.align4j.core.train.TrainSettings;
import org.align4j.core.train.Trainer;
import org.align4j.losses.pair.DpoLoss;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plans against the most bytes in use during an update. */
class MemoryPlanTest {
    private static final ModelConfig LLAMA = llama(2000);
    private static final int LONGEST = 200;
    private static final List<Group> DATA = data();

    private final Backend backend = TinyModels.backend("onednn");

    private static ModelConfig llama(int vocabulary) {
        return ModelConfig.freshLlama(vocabulary, 96, 256, 3, 4, 2, 512, false);
    }

    /** Six pairs of 200 tokens, 1200 in all: one micro-batch. */
    private static List<Group> data() {
        SplittableRandom random = new SplittableRandom(1);
        List<Group> groups = new ArrayList<>();
        for (int g = 0; g < 6; g++) {
            List<Group.Response> pair = List.of(TinyModels.response(random.ints(75, 3, 2000).toArray()), TinyModels.response(random.ints(75, 3, 2000).toArray()));
            groups.add(new Group(new Location("random", g + 1), random.ints(50, 3, 2000).toArray(), pair));
        }
        return groups;
    }

    @AfterEach
    void close() {
        backend.close();
    }

    private void check(String what, MemoryPlan plan, Transformer model, Reference reference, Lisa lisa) {
        check(what, plan, model, reference, lisa, AdamW.Settings.DEFAULT, 0, 1.5);
    }

    /** What is in use fits into the plan, and the plan is not much more. */
    private void check(String what, MemoryPlan plan, Transformer model, Reference reference, Lisa lisa, AdamW.Settings optimizer, int recompute, double slack) {
        int steps = lisa == null ? 1 : 2;
        TrainSettings settings = new TrainSettings(steps, 6, 1 << 20, new LrSchedule(LrSchedule.Shape.CONSTANT, 1e-4, 0, steps, 0), optimizer, 0, 0, 1, 1, 7, 0).with(lisa)
                .recomputing(recompute);
        backend.resetPeak();
        try (reference; Trainer t = new Trainer(model, new DpoLoss(), reference, DATA, settings, new TrainListener() {})) {
            t.run();
        }
        long peak = backend.memory().peak();
        assertTrue(peak <= plan.total() && plan.total() <= slack * peak, what + ": " + peak + " bytes were in use, the plan says " + plan);
    }

    private void full(String what, ModelConfig config, Lisa lisa) {
        try (Parameters values = new Parameters(backend, new ParameterLayout(config), DType.F32);
                Parameters gradients = lisa == null ? new Parameters(backend, values.layout(), DType.F32) : null) {
            TinyModels.fill(values, 1);
            MemoryPlan plan = MemoryPlan.of(config, 4, 1200, LONGEST);
            check(what, lisa == null ? plan : plan.withWeights(lisa.bytes(config, AdamW.Settings.DEFAULT)), new Transformer(config, values, gradients),
                    Reference.frozen(new Transformer(config, values.copy(DType.F32), null)), lisa);
        }
    }

    private void adapter(String what, LoraConfig lora, boolean nf4) {
        ParameterLayout layout = new ParameterLayout(LLAMA);
        try (Parameters base = nf4 ? Parameters.nf4(backend, layout, DType.F32) : new Parameters(backend, layout, DType.F32)) {
            FreshWeights.draw(LLAMA, base, new SplittableRandom(1));
            assertEquals(Parameters.bytes(layout, DType.F32, nf4), base.bytes(), 2 * 4096, "flat memory is in blocks of 1024 values");
            try (LoraAdapter adapter = LoraAdapter.fresh(lora, LLAMA, base, new SplittableRandom(2))) {
                Transformer model = Transformer.adapted(LLAMA, base, adapter);
                check(what, MemoryPlan.ofAdapter(LLAMA, base.bytes(), LoraAdapter.parameters(lora, LLAMA), true, 1200, LONGEST), model, Reference.adapterCopy(model), null);
            }
        }
    }

    @Test
    void allWeights() {
        full("more logits than the head holds at a time", llama(20_000), null);
        full("gpt2", ModelConfig.parse("{\"architectures\": [\"GPT2LMHeadModel\"], \"model_type\": \"gpt2\", \"vocab_size\": 2000, \"n_positions\": 512,"
                + " \"n_embd\": 96, \"n_layer\": 3, \"n_head\": 4, \"bos_token_id\": 1, \"eos_token_id\": 2}", "gpt2"), null);
    }

    /** The estimate is within a quarter, whatever is kept and in whatever bytes. */
    @ParameterizedTest
    @CsvSource({"6, 0, FLOAT32", "6, 3, FLOAT32", "6, 6, FLOAT32", "6, 6, INT8", "2, 2, BFLOAT16", "12, 12, INT8"})
    void leaner(int layers, int recompute, MomentType moments) {
        ModelConfig config = ModelConfig.freshLlama(4000, 128, 384, layers, 4, 2, 512, true);
        AdamW.Settings optimizer = AdamW.Settings.DEFAULT.with(moments);
        try (Parameters values = new Parameters(backend, new ParameterLayout(config), DType.F32);
                Parameters gradients = new Parameters(backend, values.layout(), DType.F32)) {
            TinyModels.fill(values, 1);
            MemoryPlan plan = MemoryPlan.of(config, 4, 1200, LONGEST).withWeights(8 * values.layout().size() + optimizer.bytes(values.layout()));
            check(layers + " layers, " + recompute + " again, " + moments, plan.recomputing(config, recompute, 1200), new Transformer(config, values, gradients),
                    Reference.frozen(new Transformer(config, values.copy(DType.F32), null)), null, optimizer, recompute, 1.25);
        }
    }

    @Test
    void someBlocks() {
        full("lisa, other blocks in the second update", LLAMA, new Lisa(1, 1, false));
    }

    @Test
    void adapters() {
        adapter("lora", new LoraConfig(8, 16, 0.1, List.of("all-linear"), false, false), false);
        adapter("dora on four bits", new LoraConfig(8, 16, 0.1, List.of("all-linear"), false, true), true);
    }
}
