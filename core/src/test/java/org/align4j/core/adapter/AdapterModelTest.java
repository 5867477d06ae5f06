package org.align4j.core.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Precision;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.testing.TinyModels;
import org.align4j.core.train.Reference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What an adapter does to the forward pass: nothing at the start, what the merged matrices do later, nothing when it is off. */
class AdapterModelTest {
    private static final PackedBatch BATCH = PackedBatch.of(TinyModels.groups(3, 2, 9, 4));
    private static final long[] NOISE = {1, 2, 3};

    static Stream<Arguments> cases() {
        return Stream.concat(TinyModels.FAMILIES.stream().map(f -> Arguments.of("onednn", f)), Stream.of("llama-gqa-tied", "gpt2").map(f -> Arguments.of("nd4j", f)));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("cases")
    void startsAsTheBaseBitForBitAndIsOffExactly(String backend, String family) throws Exception {
        startsAsTheBase(TinyModels.backend(backend), family);
    }

    /** Products of rounded operands as well. */
    @Test
    void startsAsTheBaseInBfloat16() throws Exception {
        startsAsTheBase(TinyModels.backend("nd4j", Precision.BF16), "qwen2");
    }

    private static void startsAsTheBase(Backend backend, String family) throws Exception {
        TinyModels.with(TinyModels.config(family), backend, 8, model -> {
            double[] base = model.logProbs(BATCH);
            for (boolean dora : new boolean[] {false, true}) {
                try (LoraAdapter start = Adapters.fresh(Adapters.config(dora, 0.3), model); LoraAdapter later = Adapters.trained(Adapters.config(dora, 0.3), model)) {
                    assertArrayEquals(base, Adapters.on(model, start).logProbs(BATCH), "start");
                    assertArrayEquals(base, Adapters.on(model, start).logProbs(BATCH, NOISE), "start, under dropout");
                    Transformer adapted = Adapters.on(model, later);
                    assertFalse(Arrays.equals(base, adapted.logProbs(BATCH)), "a trained adapter changes something");
                    try (Reference off = Reference.adapterOff(adapted)) {
                        assertArrayEquals(base, off.logProbs(new int[] {0, 1, 2}, BATCH), "off");
                    }
                }
            }
        });
    }

    /**
     * The same sum in another order: log-probabilities of a merged model differ by rounding, for which 10⁻⁴ is half of what the reference tests of
     * whole models allow and a thousandth of what the adapter changes.
     */
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("cases")
    void mergedMatricesDoTheSame(String backend, String family) throws Exception {
        TinyModels.with(TinyModels.config(family), TinyModels.backend(backend), 8, model -> {
            for (LoraConfig config : List.of(Adapters.config(false, 0.3), Adapters.config(true, 0), new LoraConfig(4, 3, 0, List.of(LoraConfig.ALL_LINEAR), true, false))) {
                try (LoraAdapter adapter = Adapters.trained(config, model); Parameters merged = model.values().copy(DType.F32)) {
                    double[] expected = Adapters.on(model, adapter).logProbs(BATCH);
                    adapter.mergeInto(merged);
                    assertArrayEquals(expected, new Transformer(model.config(), merged, null).logProbs(BATCH), 1e-4, config.toString());
                    assertTrue(largestDifference(expected, model.logProbs(BATCH)) > 0.1, "what is merged matters");
                }
            }
        });
    }

    @Test
    void aCopyKeepsWhatTheAdapterWas() throws Exception {
        TinyModels.with(TinyModels.config("llama"), TinyModels.backend("onednn"), 8, model -> {
            try (LoraAdapter adapter = Adapters.trained(Adapters.config(false, 0.3), model)) {
                Transformer adapted = Adapters.on(model, adapter);
                double[] then = adapted.logProbs(BATCH);
                try (Reference reference = Reference.adapterCopy(adapted)) {
                    adapter.values().fill(0.01f);
                    assertArrayEquals(then, reference.logProbs(new int[] {0, 1, 2}, BATCH));
                    assertFalse(Arrays.equals(then, adapted.logProbs(BATCH)));
                }
            }
        });
    }

    /** A mask belongs to a row of a group, wherever that is packed: halves of a batch see the dropout of the whole. */
    @Test
    void dropoutFollowsTheRow() throws Exception {
        TinyModels.with(TinyModels.config("llama-gqa-tied"), TinyModels.backend("onednn"), 8, model -> {
            try (LoraAdapter adapter = Adapters.trained(Adapters.config(false, 0.3), model)) {
                Transformer adapted = Adapters.on(model, adapter);
                double[] whole = adapted.logProbs(BATCH, NOISE);
                int from = 0;
                for (int g = 0; g < 3; g++) {
                    double[] one = adapted.logProbs(PackedBatch.of(List.of(BATCH.groups().get(g))), new long[] {NOISE[g]});
                    // Products of other shapes may sum in another order.
                    assertArrayEquals(Arrays.copyOfRange(whole, from, from + one.length), one, 2e-5, "group " + g);
                    from += one.length;
                }
                double[] other = adapted.logProbs(BATCH, new long[] {1, 2, 4});
                assertTrue(largestDifference(whole, other) > 1e-3, "another number gives another mask");
            }
        });
    }

    private static double largestDifference(double[] a, double[] b) {
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            largest = Math.max(largest, Math.abs(a[i] - b[i]));
        }
        return largest;
    }

    @Test
    void targetsAreSuffixesOfNames() throws Exception {
        TinyModels.with(TinyModels.config("gpt2"), TinyModels.backend("onednn"), 8, model -> {
            assertEquals(8, LoraModule.targeted(model.config(), List.of(LoraConfig.ALL_LINEAR)).size());
            assertEquals(4, LoraModule.targeted(model.config(), List.of("c_proj")).size());
            assertEquals(List.of("transformer.h.0.mlp.c_proj", "transformer.h.1.mlp.c_proj"),
                    LoraModule.targeted(model.config(), List.of("mlp.c_proj")).stream().map(LoraModule::name).toList());
            String wrong = assertThrows(UserException.class, () -> LoraModule.targeted(model.config(), List.of("c_proj", "q_proj"))).getMessage();
            assertTrue(wrong.contains("'q_proj'") && wrong.contains("c_attn, c_fc, c_proj"), wrong);
            assertThrows(UserException.class, () -> LoraModule.targeted(model.config(), List.of("proj")));
        });
    }

    @Test
    void impossibleSettingsAreRefused() {
        List<String> q = List.of("q_proj");
        for (String part : new String[] {"rank", "alpha", "dropout", "targets", "stands alone"}) {
            UserException e = assertThrows(UserException.class, () -> new LoraConfig(part.equals("rank") ? 0 : 1, part.equals("alpha") ? 0 : 1,
                    part.equals("dropout") ? 1 : 0, part.equals("targets") ? List.of() : part.equals("stands alone") ? List.of("q_proj", "all-linear") : q, false, false));
            assertTrue(e.getMessage().contains(part), e.getMessage());
        }
    }
}
