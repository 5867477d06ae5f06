package org.align4j.core.model.config;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/** Rotary frequencies against values computed by hand from the published formulas. */
class RopeTest {

    private static ModelConfig config(int headDim, double theta, String scaling) {
        return ModelConfig.parse("""
                {"architectures": ["LlamaForCausalLM"], "vocab_size": 10, "hidden_size": %d, "intermediate_size": 8, "num_hidden_layers": 1,
                 "num_attention_heads": 1, "max_position_embeddings": 64, "rope_theta": %s, "rope_scaling": %s}"""
                .formatted(headDim, theta, scaling), "test");
    }

    @Test
    void unscaledFrequenciesAreGeometric() {
        assertArrayEquals(new double[] {1, 0.1, 0.01, 0.001}, config(8, 10000, "null").inverseFrequencies(), 1e-17);
        assertArrayEquals(new double[] {1, 0.1, 0.01, 0.001}, config(8, 10000, "{\"rope_type\": \"default\"}").inverseFrequencies(), 1e-17);
    }

    @Test
    void linearScalingDividesAll() {
        assertArrayEquals(new double[] {0.25, 0.025, 0.0025, 0.00025},
                config(8, 10000, "{\"type\": \"linear\", \"factor\": 4}").inverseFrequencies(), 1e-17);
    }

    @Test
    void llama3KeepsShortWavesDividesLongOnesAndBlendsBetween() {
        // L = 64, waves: 6.28 < 64/4 stays; 62.8 lies between 16 and 64: s = (64/62.83185 - 1)/3 = 0.00619720,
        // 0.1 * ((1 - s)/8 + s) = 0.0130422560; 628 and 6283 > 64 are divided by 8.
        String scaling = "{\"rope_type\": \"llama3\", \"factor\": 8.0, \"low_freq_factor\": 1.0, \"high_freq_factor\": 4.0,"
                + " \"original_max_position_embeddings\": 64}";
        assertArrayEquals(new double[] {1, 0.013042256043820465, 0.00125, 0.000125}, config(8, 10000, scaling).inverseFrequencies(), 1e-15);
    }

    @Test
    void theLargeModelsOfThatFamily() {
        // theta 500000, 64 wide heads, factor 32, L = 8192: evaluated separately in double precision.
        String scaling = "{\"rope_type\": \"llama3\", \"factor\": 32.0, \"low_freq_factor\": 1.0, \"high_freq_factor\": 4.0,"
                + " \"original_max_position_embeddings\": 8192}";
        double[] f = config(64, 500000, scaling).inverseFrequencies();
        assertEquals(32, f.length);
        int[] at = {0, 1, 10, 14, 15, 16, 17, 18, 31};
        double[] expected = {1.0, 0.6636012376960885, 0.016560440080994446, 0.0032114459947525913, 0.001290547928209264,
            0.00042955679655936815, 9.70828780262767e-05, 1.9461638184831125e-05, 9.418306725434909e-08};
        for (int i = 0; i < at.length; i++) {
            assertEquals(expected[i], f[at[i]], expected[i] * 1e-13, "element " + at[i]);
        }
    }

    @Test
    void impossibleScalingCannotBeMade() {
        assertThrows(IllegalArgumentException.class, () -> new RopeScaling.Linear(0.5));
        assertThrows(IllegalArgumentException.class, () -> new RopeScaling.Linear(Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> new RopeScaling.Llama3(8, 4, 4, 64));
        assertThrows(IllegalArgumentException.class, () -> new RopeScaling.Llama3(8, 1, 4, 0));
    }
}
