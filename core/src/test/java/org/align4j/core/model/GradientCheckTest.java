package org.align4j.core.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.align4j.core.backend.Tensor;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.model.ParameterLayout.Slot;
import org.align4j.core.testing.TinyModels;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The backward pass of the whole model against central differences of the forward pass, for the largest and a random entry of the gradient of
 * every parameter (some 40 to 60 entries a model).
 *
 * <p>Two step sizes, h and h/2, are combined to the fourth order: (4·D(h/2) − D(h))/3; their disagreement shows that the truncation error is small.
 * The forward pass is float32, so the difference of two losses carries about 2·10⁻⁵ of rounding, 10⁻³ after division by h: entries are compared
 * to 1% of the largest entry of their parameter plus 4·10⁻³. A lost or doubled term shows up as tens of per cent.
 */
class GradientCheckTest {
    private static final double STEP = 0.02;

    static Stream<Arguments> cases() {
        return TinyModels.FAMILIES.stream().map(f -> Arguments.of("onednn", f));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("cases")
    void agreesWithCentralDifferences(String backend, String family) throws Exception {
        check(backend, family, PackedBatch.of(TinyModels.groups(2, 2, 9, 4)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-gqa-tied", "gpt2", "mistral-window"})
    void promptsAsTargets(String family) throws Exception {
        PackedBatch batch = PackedBatch.of(TinyModels.groups(2, 2, 9, 4), true);
        assertTrue(batch.targets().length >= PackedBatch.of(batch.groups()).targets().length + 4, "the prompts must have tokens to predict");
        check("onednn", family, batch);
    }

    private static void check(String backend, String family, PackedBatch batch) throws Exception {
        double[] c = new SplittableRandom(9).doubles(batch.targets().length, -1, 1).toArray();
        TinyModels.with(TinyModels.config(family), TinyModels.backend(backend), 8, model -> {
            try (ForwardPass pass = model.forward(batch)) {
                pass.logProbs();
                pass.backward(c);
            }
            SplittableRandom random = new SplittableRandom(1);
            int checked = 0;
            for (Slot slot : model.values().layout().slots()) {
                float[] g = new float[(int) slot.size()];
                model.backend().download(model.gradients().get(slot.name()), g, 0);
                int largest = 0;
                for (int i = 1; i < g.length; i++) {
                    largest = Math.abs(g[i]) > Math.abs(g[largest]) ? i : largest;
                }
                for (int i : List.of(largest, random.nextInt(g.length))) {
                    check(model, batch, c, slot, i, g[i], Math.abs(g[largest]));
                    checked++;
                }
            }
            assertTrue(checked >= 36, checked + " entries");
        });
    }

    private static void check(Transformer model, PackedBatch batch, double[] c, Slot slot, int i, double gradient, double largest) {
        Tensor entry = model.values().get(slot.name()).flat(i, 1, 1);
        double coarse = difference(model, batch, c, entry, STEP);
        double fine = difference(model, batch, c, entry, STEP / 2);
        String what = slot.name() + "[" + i + "]";
        assertEquals(coarse, fine, 0.05 * largest + 0.01, what + ": the step is too large");
        assertEquals((4 * fine - coarse) / 3, gradient, 0.01 * largest + 4e-3, what);
    }

    private static double difference(Transformer model, PackedBatch batch, double[] c, Tensor entry, double h) {
        float[] w = new float[1];
        model.backend().download(entry, w, 0);
        float up = (float) (w[0] + h);
        float down = (float) (w[0] - h);
        double result = (loss(model, batch, c, entry, up) - loss(model, batch, c, entry, down)) / ((double) up - down);
        model.backend().upload(entry, w, 0);
        return result;
    }

    private static double loss(Transformer model, PackedBatch batch, double[] c, Tensor entry, float value) {
        model.backend().upload(entry, new float[] {value}, 0);
        double[] found = model.logProbs(batch);
        double sum = 0;
        for (int t = 0; t < c.length; t++) {
            sum += c[t] * found[t];
        }
        return sum;
    }
}
