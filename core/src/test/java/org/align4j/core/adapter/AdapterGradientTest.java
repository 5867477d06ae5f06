package org.align4j.core.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.model.ParameterLayout.Slot;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.backend.Backend;
import org.align4j.core.testing.Shared;
import org.align4j.core.testing.TinyModels;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Gradients of A, B and m. Against central differences with dropout on (its masks are fixed by the rows' names), for LoRA all and for DoRA m, since
 * DoRA takes the norm as a constant where a difference does not; and against the gradient of the merged matrix by the chain rule, for all of both.
 * Entries of the first block depend on the gradient of the input of every layer above.
 */
@Tag("slow")
class AdapterGradientTest {
    private static final double STEP = 0.02;
    private static final PackedBatch BATCH = PackedBatch.of(TinyModels.groups(2, 2, 9, 4));
    private static final long[] NOISE = {11, 12};

    static Stream<Arguments> cases() {
        return Stream.concat(TinyModels.FAMILIES.stream().map(f -> Arguments.of("onednn", f)), Stream.of("llama-gqa-tied", "gpt2").map(f -> Arguments.of("nd4j", f)));
    }

    private static double[] coefficients() {
        return new SplittableRandom(9).doubles(BATCH.targets().length, -1, 1).toArray();
    }

    /** On one backend: the derivation is the same on the other, whose products the chain rule checks. */
    @ParameterizedTest
    @FieldSource("org.align4j.core.testing.TinyModels#FAMILIES")
    void agreesWithCentralDifferences(String family) throws Exception {
        TinyModels.with(TinyModels.config(family), TinyModels.backend("onednn"), 8, model -> {
            for (boolean dora : new boolean[] {false, true}) {
                try (LoraAdapter adapter = Adapters.trained(Adapters.config(dora, 0.2), model)) {
                    differences(Adapters.on(model, adapter), adapter, dora);
                }
            }
        });
    }

    private static void differences(Transformer model, LoraAdapter adapter, boolean dora) {
        double[] c = coefficients();
        Adapters.backward(model, BATCH, c, NOISE);
        SplittableRandom random = new SplittableRandom(1);
        int checked = 0;
        for (Slot slot : adapter.values().layout().slots()) {
            if (dora && !slot.name().endsWith("magnitude_vector")) {
                continue;
            }
            float[] g = Adapters.get(adapter.gradients(), slot.name());
            int largest = 0;
            for (int i = 1; i < g.length; i++) {
                largest = Math.abs(g[i]) > Math.abs(g[largest]) ? i : largest;
            }
            for (int i : List.of(largest, random.nextInt(g.length))) {
                Tensor entry = adapter.values().get(slot.name()).flat(i, 1, 1);
                double coarse = difference(model, c, entry, STEP);
                double fine = difference(model, c, entry, STEP / 2);
                // Rounding and truncation as in the check of whole models.
                double size = Math.abs(g[largest]);
                assertEquals(coarse, fine, 0.05 * size + 0.01, slot.name() + "[" + i + "]: the step is too large");
                assertEquals((4 * fine - coarse) / 3, g[i], 0.01 * size + 4e-3, slot.name() + "[" + i + "]");
                checked++;
            }
        }
        assertTrue(checked >= 16, checked + " entries");
    }

    private static double difference(Transformer model, double[] c, Tensor entry, double h) {
        float[] w = new float[1];
        model.backend().download(entry, w, 0);
        float up = (float) (w[0] + h);
        float down = (float) (w[0] - h);
        double result = (loss(model, c, entry, up) - loss(model, c, entry, down)) / ((double) up - down);
        model.backend().upload(entry, w, 0);
        return result;
    }

    private static double loss(Transformer model, double[] c, Tensor entry, float value) {
        model.backend().upload(entry, new float[] {value}, 0);
        double[] found = model.logProbs(BATCH, NOISE);
        double sum = 0;
        for (int t = 0; t < c.length; t++) {
            sum += c[t] * found[t];
        }
        return sum;
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("cases")
    void followsFromTheGradientOfTheMergedMatrix(String backend, String family) throws Exception {
        TinyModels.with(TinyModels.config(family), TinyModels.backend(backend), 8, AdapterGradientTest::chainRule);
    }

    /** The reference models, where they are there. */
    @ParameterizedTest
    @CsvSource({"llama, onednn", "llama_gqa_tied, nd4j", "llama_rope_llama3, onednn", "qwen2, onednn", "mistral_sliding, onednn", "gpt2, onednn", "gpt2, nd4j", "gemma, onednn"})
    void followsFromTheGradientOfTheMergedMatrixOfReferenceModels(String name, String backend) throws Exception {
        Path dir = Shared.path("golden/models/" + name);
        ModelConfig config = ModelConfig.read(dir);
        try (Backend b = TinyModels.backend(backend); Parameters values = ModelFiles.load(b, config, dir);
                Parameters gradients = new Parameters(b, values.layout(), DType.F32)) {
            chainRule(new Transformer(config, values, gradients));
        }
    }

    /** ∂B = s·(g∘∂W′)·Aᵀ, ∂A = s·Bᵀ·(g∘∂W′), ∂m = Σ ∂W′∘(W + s·B·A)/norm with W′ = g∘(W + s·B·A), g constant. */
    private static void chainRule(Transformer model) {
        double[] c = coefficients();
        for (boolean dora : new boolean[] {false, true}) {
            try (LoraAdapter adapter = Adapters.trained(Adapters.config(dora, 0.2), model); Parameters merged = model.values().copy(DType.F32)) {
                Transformer adapted = Adapters.on(model, adapter);
                Adapters.backward(adapted, BATCH, c, null);
                adapter.mergeInto(merged);
                Transformer whole = new Transformer(model.config(), merged, model.gradients());
                Adapters.backward(whole, BATCH, c, null);
                for (LoraModule m : adapter.modules()) {
                    compare(model, adapter, m, Factors.of(model.values(), model.gradients(), adapter, m));
                }
                assertNull(adapted.base().gradients());
            }
        }
    }

    private static void compare(Transformer model, LoraAdapter adapter, LoraModule m, Factors expected) {
        close(m.a(), expected.a(), Adapters.get(adapter.gradients(), m.a()));
        close(m.b(), expected.b(), Adapters.get(adapter.gradients(), m.b()));
        if (adapter.config().dora()) {
            close(m.magnitude(), expected.m(), Adapters.get(adapter.gradients(), m.magnitude()));
        }
    }

    /** Two float32 backward passes that sum in different orders: 10⁻³ of the largest entry covers rounding that the depth of the model amplifies. */
    private static void close(String what, double[] expected, float[] found) {
        double largest = 0;
        for (double x : expected) {
            largest = Math.max(largest, Math.abs(x));
        }
        assertTrue(largest > 0, what + " has a gradient");
        assertEquals(expected.length, found.length);
        for (int i = 0; i < found.length; i++) {
            assertEquals(expected[i], found[i], 1e-3 * largest + 1e-5, what + "[" + i + "]");
        }
    }
}
