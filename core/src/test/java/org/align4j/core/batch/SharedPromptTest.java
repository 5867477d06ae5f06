package org.align4j.core.batch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.data.Group;
import org.align4j.core.model.ForwardPass;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.WeightFiles;
import org.align4j.core.testing.TinyModels;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A packed batch with shared prompts against the plain computation, in which every response is a sequence of its own with its own copy of
 * the prompt, computed alone. Both do the same multiplications; they differ in the order of float32 sums only.
 *
 * <p>Tolerances: a log-probability comes out of sums of some hundred terms of magnitude 1 to 10, each rounded at 6·10⁻⁸, so 2·10⁻⁵ absolute is
 * some ten times the largest difference measured (2·10⁻⁶). Gradients are sums over up to 400 rows: 2·10⁻⁵ of the largest entry of the
 * parameter. Seeing one token too many or too few, or one position off, changes both by 10⁻² and more.
 */
class SharedPromptTest {
    private static final double TOLERANCE = 2e-5;

    static Stream<Arguments> cases() {
        Stream<Arguments> fast = TinyModels.FAMILIES.stream().flatMap(family -> Stream.of(1, 2, 8).map(responses -> Arguments.of("onednn", family, responses)));
        // The portable backend is slow on tiny operands: one case of every kind.
        Stream<Arguments> portable = Stream.of(Arguments.of("nd4j", "llama-gqa-tied", 2), Arguments.of("nd4j", "llama", 8), Arguments.of("nd4j", "mistral-window", 2),
                Arguments.of("nd4j", "gpt2", 2), Arguments.of("nd4j", "gemma", 2));
        return Stream.concat(fast, portable);
    }

    @ParameterizedTest(name = "{0} {1}, {2} responses")
    @MethodSource("cases")
    void equalsTheUnsharedComputation(String backend, String family, int responses) throws Exception {
        List<Group> groups = TinyModels.groups(responses == 8 || backend.equals("nd4j") ? 2 : 6, responses, 14, 11 * responses);
        TinyModels.with(TinyModels.config(family), TinyModels.backend(backend), 5, model -> {
            PackedBatch packed = PackedBatch.of(groups);
            double[] c = new SplittableRandom(3).doubles(packed.targets().length, -1, 1).toArray();
            model.gradients().fill(0f);
            double[] shared = pass(model, packed, c);
            Map<String, float[]> sharedGradients = gradients(model);
            model.gradients().fill(0f);
            for (int g = 0; g < groups.size(); g++) {
                for (int r = 0; r < responses; r++) {
                    Group.Response response = groups.get(g).responses().get(r);
                    PackedBatch alone = PackedBatch.of(List.of(new Group(groups.get(g).at(), groups.get(g).prompt(), List.of(response))));
                    double[] expected = pass(model, alone, packed.slice(c, g, r));
                    double[] found = packed.slice(shared, g, r);
                    for (int t = 0; t < expected.length; t++) {
                        assertEquals(expected[t], found[t], TOLERANCE, "group " + g + " response " + r + " token " + t);
                    }
                }
            }
            gradients(model).forEach((name, expected) -> same(name, expected, sharedGradients.get(name)));
        });
    }

    /** A prompt's tokens as targets are what they would be as the beginning of a longer response to the prompt's first token. */
    @ParameterizedTest
    @ValueSource(strings = {"llama-gqa-tied", "mistral-window", "gpt2"})
    void promptsAsTargetsEqualRunningText(String family) throws Exception {
        List<Group> groups = TinyModels.groups(5, 2, 12, 17);
        TinyModels.with(TinyModels.config(family), TinyModels.backend("onednn"), 5, model -> {
            PackedBatch packed = PackedBatch.of(groups, true);
            double[] c = new SplittableRandom(3).doubles(packed.targets().length, -1, 1).toArray();
            model.gradients().fill(0f);
            double[] shared = pass(model, packed, c);
            Map<String, float[]> sharedGradients = gradients(model);
            model.gradients().fill(0f);
            int prompts = 0;
            for (int g = 0; g < groups.size(); g++) {
                int[] prompt = groups.get(g).prompt();
                for (int r = 0; r < 2; r++) {
                    double[] ofPrompt = packed.prompt(c, g);
                    // The first running text brings the prompt's gradient, the second one that of its response alone.
                    double[] coefficients = joined(r == 0 ? ofPrompt : new double[ofPrompt.length], packed.slice(c, g, r));
                    int[] rest = joined(Arrays.copyOfRange(prompt, 1, prompt.length), groups.get(g).responses().get(r).ids());
                    Group running = new Group(groups.get(g).at(), new int[] {prompt[0]}, List.of(TinyModels.response(rest)));
                    double[] expected = pass(model, PackedBatch.of(List.of(running)), coefficients);
                    assertArrayEquals(expected, joined(packed.prompt(shared, g), packed.slice(shared, g, r)), TOLERANCE, "group " + g + " response " + r);
                    prompts += ofPrompt.length;
                }
            }
            assertTrue(prompts > 10, prompts + " prompt tokens");
            gradients(model).forEach((name, expected) -> same(name, expected, sharedGradients.get(name)));
        });
    }

    private static double[] joined(double[] a, double[] b) {
        return DoubleStream.concat(Arrays.stream(a), Arrays.stream(b)).toArray();
    }

    private static int[] joined(int[] a, int[] b) {
        return IntStream.concat(Arrays.stream(a), Arrays.stream(b)).toArray();
    }

    private static double[] pass(Transformer model, PackedBatch batch, double[] c) {
        try (ForwardPass pass = model.forward(batch)) {
            double[] found = pass.logProbs();
            pass.backward(c);
            return found;
        }
    }

    private static Map<String, float[]> gradients(Transformer model) {
        Map<String, float[]> all = new HashMap<>();
        WeightFiles.forEach(model.gradients(), (slot, values) -> all.put(slot.name(), values));
        return all;
    }

    private static void same(String name, float[] expected, float[] found) {
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs(expected[i] - found[i]));
        }
        assertTrue(largest > 0, name + " has no gradient at all");
        assertTrue(difference <= TOLERANCE * largest, name + ": gradients differ by " + difference + ", the largest entry is " + largest);
    }
}
