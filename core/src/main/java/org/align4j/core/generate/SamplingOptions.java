package org.align4j.core.generate;

import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.UserException;

/**
 * How tokens are chosen. Logits of tokens that stand in the prompt or in what was sampled so far are penalised: with the penalty θ a positive one
 * is divided by θ, a negative one multiplied (Keskar et al., <a href="https://arxiv.org/abs/1909.05858">CTRL</a>, 2019, in the form of Hugging
 * Face's transformers). Logits are then divided by the temperature, cut to the {@code topK} largest, then to the smallest set of most probable
 * tokens that holds at least {@code topP} of what is left (Holtzman et al., <a href="https://arxiv.org/abs/1904.09751">nucleus sampling</a>, 2020),
 * then to those at least {@code minP} times as probable as the most probable one (Nguyen et al.,
 * <a href="https://arxiv.org/abs/2407.01082">min-p</a>, 2024); what remains is renormalised and sampled from. Of equal logits the lower id goes first.
 *
 * @param maxNewTokens      most tokens sampled for one continuation, a stop token included; at least 1
 * @param temperature       0 for greedy decoding (the largest logit, of equal ones the lowest id), else positive
 * @param topK              0 for no limit
 * @param topP              in (0, 1]; 1 for no limit
 * @param minP              in [0, 1); 0 for no limit
 * @param stopTokens        a continuation ends after any of these; the generator adds the model's own end tokens when {@code stopAtEos}
 * @param stopAtEos         whether the model's end-of-sequence tokens end a continuation
 * @param repetitionPenalty θ above, positive; 1 for none, more than 1 against repetition
 */
public record SamplingOptions(int maxNewTokens, double temperature, int topK, double topP, double minP, Set<Integer> stopTokens,
        boolean stopAtEos, double repetitionPenalty) {

    public SamplingOptions {
        stopTokens = java.util.Collections.unmodifiableSet(new TreeSet<>(stopTokens));
        require(maxNewTokens >= 1, "maxNewTokens must be at least 1", maxNewTokens);
        require(temperature >= 0 && temperature <= Double.MAX_VALUE, "temperature must be a number ≥ 0 (0 is greedy decoding)", temperature);
        require(topK >= 0, "topK must be at least 0 (0 means no limit)", topK);
        require(topP > 0 && topP <= 1, "topP must lie in (0, 1] (1 means no limit)", topP);
        require(minP >= 0 && minP < 1, "minP must lie in [0, 1) (0 means no limit)", minP);
        require(repetitionPenalty > 0 && repetitionPenalty <= Double.MAX_VALUE, "repetitionPenalty must be a positive number (1 means none)", repetitionPenalty);
    }

    /** Without a repetition penalty. */
    public SamplingOptions(int maxNewTokens, double temperature, int topK, double topP, double minP, Set<Integer> stopTokens, boolean stopAtEos) {
        this(maxNewTokens, temperature, topK, topP, minP, stopTokens, stopAtEos, 1);
    }

    private static void require(boolean held, String what, Number found) {
        if (!held) {
            throw new UserException("Sampling: " + what + ", got " + found);
        }
    }

    /** The most probable token every time, until the model's end token. */
    public static SamplingOptions greedy(int maxNewTokens) {
        return new SamplingOptions(maxNewTokens, 0, 0, 1, 0, Set.of(), true);
    }

    /** Samples from the model itself (temperature 1, nothing cut off), until its end token. */
    public static SamplingOptions plain(int maxNewTokens) {
        return new SamplingOptions(maxNewTokens, 1, 0, 1, 0, Set.of(), true);
    }

    public SamplingOptions withTemperature(double t) {
        return new SamplingOptions(maxNewTokens, t, topK, topP, minP, stopTokens, stopAtEos, repetitionPenalty);
    }

    public SamplingOptions withTopK(int k) {
        return new SamplingOptions(maxNewTokens, temperature, k, topP, minP, stopTokens, stopAtEos, repetitionPenalty);
    }

    public SamplingOptions withTopP(double p) {
        return new SamplingOptions(maxNewTokens, temperature, topK, p, minP, stopTokens, stopAtEos, repetitionPenalty);
    }

    public SamplingOptions withMinP(double p) {
        return new SamplingOptions(maxNewTokens, temperature, topK, topP, p, stopTokens, stopAtEos, repetitionPenalty);
    }

    public SamplingOptions withStopTokens(Set<Integer> tokens) {
        return new SamplingOptions(maxNewTokens, temperature, topK, topP, minP, tokens, stopAtEos, repetitionPenalty);
    }

    public SamplingOptions withStopAtEos(boolean stop) {
        return new SamplingOptions(maxNewTokens, temperature, topK, topP, minP, stopTokens, stop, repetitionPenalty);
    }

    public SamplingOptions withRepetitionPenalty(double penalty) {
        return new SamplingOptions(maxNewTokens, temperature, topK, topP, minP, stopTokens, stopAtEos, penalty);
    }

    /** Whether the largest logit always wins. */
    public boolean isGreedy() {
        return temperature == 0;
    }

    /** Whether logits depend on which tokens occurred before. */
    public boolean penalizes() {
        return repetitionPenalty != 1;
    }
}
