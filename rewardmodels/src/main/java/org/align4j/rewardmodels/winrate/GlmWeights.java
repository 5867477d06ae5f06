package org.align4j.rewardmodels.winrate;

import java.util.stream.DoubleStream;
import org.align4j.rewardmodels.internal.Logistic;

/**
 * A model's part of AlpacaEval 2's generalised linear model: logit P(model's answer is better on x) = θ + φ · tanh(Δ ÷ sd(Δ)) + ψ · γ_x, with Δ the baseline's length less the
 * model's and γ_x the instruction's difficulty (<a href="https://arxiv.org/abs/2404.04475">Dubois et al., 2024</a>). The baseline's own weights are 0.
 *
 * @param length     φ, published as {@code tanh_std_delta_len}: less than 0 where longer answers are liked
 * @param difficulty ψ, published as {@code instruction_difficulty}
 * @param model      θ, published as {@code not_gamed_baseline}
 */
public record GlmWeights(double length, double difficulty, double model) {
    /** A baseline's. */
    public static final GlmWeights BASELINE = new GlmWeights(0, 0, 0);

    /** P(better) at equal lengths on an instruction of difficulty γ_x: σ(θ + ψ γ_x). */
    public double probability(double difficultyOfInstruction) {
        return Logistic.sigmoid(model + difficulty * difficultyOfInstruction);
    }

    /** The length-controlled win rate in percent: 100 · mean over instructions of σ(θ + ψ γ_x). */
    public double winRate(double... difficulties) {
        return 100 * DoubleStream.of(difficulties).map(this::probability).sum() / difficulties.length;
    }
}
