package org.align4j.losses.policy;

import org.align4j.losses.Kl;
import org.align4j.losses.internal.Checks;

/**
 * Group relative policy optimization and its kin: one advantage per response, weighed tokens, an optional pull to the reference.
 *
 * <pre>
 *   ρ_t = π(y_t) / π_old(y_t)                                    TOKEN
 *   ρ_t = exp(mean_s log(π(y_s) / π_old(y_s)))                   SEQUENCE, the same for every token
 *   L_t = max(−A·ρ_t, −A·clip(ρ_t, 1 − ε_low, 1 + ε_high))       Clipped
 *   L_t = −[min(ρ_t, cap)]·A·log π(y_t), [·] without gradient    Capped
 *   L_t + β·k3_t,  k3_t = e^(r_t) − r_t − 1,  r_t = log π_ref(y_t) − log π(y_t)
 * </pre>
 *
 * <table><caption>Members of the family</caption>
 * <tr><th>name</th><th>weights</th><th>aggregation</th></tr>
 * <tr><td>{@link #grpo}</td><td>clipped 0.2, 0.2</td><td>sequence mean</td></tr>
 * <tr><td>{@link #drGrpo}</td><td>clipped 0.2, 0.2</td><td>fixed length</td></tr>
 * <tr><td>{@link #bnpo}</td><td>clipped 0.2, 0.2</td><td>token mean</td></tr>
 * <tr><td>{@link #dapo}</td><td>clipped 0.2, 0.28</td><td>token mean</td></tr>
 * <tr><td>{@link #cispo}</td><td>capped at 5</td><td>token mean</td></tr>
 * <tr><td>{@link #gspo}</td><td>clipped 3e-4, 4e-4, per sequence</td><td>sequence mean</td></tr>
 * </table>
 *
 * <p>GRPO: Shao et al., <a href="https://arxiv.org/abs/2402.03300">DeepSeekMath</a> (2024). Dr. GRPO: Liu et al.,
 * <a href="https://arxiv.org/abs/2503.20783">Understanding R1-Zero-Like Training</a> (2025). DAPO: Yu et al.,
 * <a href="https://arxiv.org/abs/2503.14476">DAPO</a> (2025). CISPO: MiniMax, <a href="https://arxiv.org/abs/2506.13585">MiniMax-M1</a> (2025). GSPO: Zheng
 * et al., <a href="https://arxiv.org/abs/2507.18071">Group Sequence Policy Optimization</a> (2025). TRL's {@code bnpo} takes its token mean over one
 * device's micro-batch, here the batch is whoever {@link Counts} says it is.
 *
 * <p>Metrics: {@code clip_ratio/low_mean} and {@code clip_ratio/high_mean} (share of tokens, or sequences, held at that side),
 * {@code clip_ratio/region_mean} (both), for capped weights {@code cispo_clip_ratio}; with β &gt; 0 {@code kl}, mean over tokens.
 *
 * @param weighting   how the importance ratio enters
 * @param level       ratio per token or per sequence
 * @param beta        β &ge; 0; 0 in TRL, 0.04 in the paper
 * @param aggregation how tokens are put together
 */
public record GrpoLoss(Weighting weighting, Level level, double beta, Aggregation aggregation) {

    /** Whether the importance ratio is a token's or a response's. */
    public enum Level { TOKEN, SEQUENCE }

    /** How the importance ratio enters. */
    public sealed interface Weighting {
        /** The pessimistic surrogate of PPO; ε_low, ε_high &gt; 0. */
        record Clipped(double epsilonLow, double epsilonHigh) implements Weighting {
            public Clipped {
                Checks.positive("grpo", "epsilonLow", epsilonLow);
                Checks.positive("grpo", "epsilonHigh", epsilonHigh);
            }
        }

        /** Weights without gradient, held at {@code cap} &gt; 0 from above; TRL's {@code epsilon_high} for {@code cispo} is this cap itself. */
        record Capped(double cap) implements Weighting {
            public Capped {
                Checks.positive("grpo", "cap", cap);
            }
        }
    }

    public GrpoLoss {
        Checks.notNegative("grpo", "beta", beta);
    }

    /** As published, without a reference. */
    public static GrpoLoss grpo() {
        return new GrpoLoss(new Weighting.Clipped(0.2, 0.2), Level.TOKEN, 0, new Aggregation.SequenceMean());
    }

    /** Dr. GRPO for responses of at most {@code maxTokens} tokens. */
    public static GrpoLoss drGrpo(int maxTokens) {
        return new GrpoLoss(new Weighting.Clipped(0.2, 0.2), Level.TOKEN, 0, new Aggregation.FixedLength(maxTokens));
    }

    /** GRPO with a mean over tokens. */
    public static GrpoLoss bnpo() {
        return new GrpoLoss(new Weighting.Clipped(0.2, 0.2), Level.TOKEN, 0, new Aggregation.TokenMean());
    }

    /** DAPO's loss: token mean and a higher upper range. */
    public static GrpoLoss dapo() {
        return new GrpoLoss(new Weighting.Clipped(0.2, 0.28), Level.TOKEN, 0, new Aggregation.TokenMean());
    }

    /** CISPO: every token keeps its gradient, its weight is capped. */
    public static GrpoLoss cispo() {
        return new GrpoLoss(new Weighting.Capped(5), Level.TOKEN, 0, new Aggregation.TokenMean());
    }

    /** GSPO: one ratio per response. */
    public static GrpoLoss gspo() {
        return new GrpoLoss(new Weighting.Clipped(3e-4, 4e-4), Level.SEQUENCE, 0, new Aggregation.SequenceMean());
    }

    /** The same with another β. */
    public GrpoLoss withBeta(double value) {
        return new GrpoLoss(weighting, level, value, aggregation);
    }

    /** Evaluates a whole batch. */
    public PolicyEvaluation evaluate(double[][] logProbs, double[][] old, double[][] reference, double[] advantages) {
        Ragged.check("grpo", "log-probabilities", logProbs);
        return evaluate(logProbs, old, reference, advantages, Counts.of(logProbs));
    }

    /**
     * Evaluates a part of a batch.
     *
     * @param logProbs   log π of every token
     * @param old        the same under the policy that sampled, or null where that is this policy itself: all ratios are 1, their gradient is not 0
     * @param reference  the same under the reference; may be null when β = 0
     * @param advantages one per response, see {@link GroupAdvantages}
     * @param batch      counts of the whole batch
     * @throws IllegalArgumentException when something needed is missing, lengths differ, a number is not finite, or a ratio overflows; the message names
     *                                  sequence and token
     */
    public PolicyEvaluation evaluate(double[][] logProbs, double[][] old, double[][] reference, double[] advantages, Counts batch) {
        Ragged.check("grpo", "log-probabilities", logProbs);
        Ragged.check("grpo", "advantages", advantages, logProbs.length);
        if (old != null) {
            Ragged.check("grpo", "old log-probabilities", old, "log-probabilities", logProbs);
        }
        if (beta > 0) {
            Ragged.check("grpo", "reference log-probabilities", reference, "log-probabilities", logProbs);
        }
        double loss = 0;
        double[][] gradients = new double[logProbs.length][];
        PolicyEvaluation.Metrics metrics = new PolicyEvaluation.Metrics();
        for (int i = 0; i < logProbs.length; i++) {
            double weight = aggregation.weight(logProbs[i].length, batch);
            double[] g = new double[logProbs[i].length];
            loss += weight * surrogate(i, logProbs[i], old == null ? logProbs[i] : old[i], advantages[i], g, metrics);
            if (beta > 0) {
                loss += weight * pull(logProbs[i], reference[i], g, metrics);
            }
            for (int t = 0; t < g.length; t++) {
                g[t] *= weight;
            }
            gradients[i] = g;
        }
        return new PolicyEvaluation(loss, gradients, metrics.means());
    }

    /** Sum over one response's tokens; adds its derivatives to {@code g}. */
    private double surrogate(int i, double[] lp, double[] old, double advantage, double[] g, PolicyEvaluation.Metrics metrics) {
        if (level == Level.SEQUENCE) {
            double mean = 0;
            for (int t = 0; t < lp.length; t++) {
                mean += (lp[t] - old[t]) / lp.length;
            }
            double ratio = Ragged.ratio("grpo", "sequence " + i, mean);
            double sum = 0;
            double common = 0;
            for (int t = 0; t < lp.length; t++) {
                Term term = term(ratio, advantage, lp[t]);
                sum += term.loss;
                g[t] += term.own;
                common += term.ratio / lp.length;
            }
            for (int t = 0; t < lp.length; t++) {
                g[t] += common;
            }
            count(ratio, advantage, metrics);
            return sum;
        }
        double sum = 0;
        for (int t = 0; t < lp.length; t++) {
            double ratio = Ragged.ratio("grpo", "sequence " + i + ", token " + t, lp[t] - old[t]);
            Term term = term(ratio, advantage, lp[t]);
            sum += term.loss;
            g[t] += term.own + term.ratio;
            count(ratio, advantage, metrics);
        }
        return sum;
    }

    /** A token's loss, its derivative with respect to the token's log-probability at a fixed ratio, and with respect to the ratio's logarithm. */
    private record Term(double loss, double own, double ratio) {
    }

    private Term term(double ratio, double advantage, double logProb) {
        if (weighting instanceof Weighting.Clipped c) {
            Clip clip = Clip.of(advantage, ratio, c.epsilonLow(), c.epsilonHigh());
            return new Term(clip.loss(), 0, clip.derivative());
        }
        double pull = -Math.min(ratio, ((Weighting.Capped) weighting).cap()) * advantage;
        return new Term(pull * logProb, pull, 0);
    }

    private void count(double ratio, double advantage, PolicyEvaluation.Metrics metrics) {
        if (weighting instanceof Weighting.Clipped c) {
            boolean low = ratio < 1 - c.epsilonLow() && advantage < 0;
            boolean high = ratio > 1 + c.epsilonHigh() && advantage > 0;
            metrics.add("clip_ratio/low_mean", low ? 1 : 0);
            metrics.add("clip_ratio/high_mean", high ? 1 : 0);
            metrics.add("clip_ratio/region_mean", low || high ? 1 : 0);
        } else {
            metrics.add("cispo_clip_ratio", ratio > ((Weighting.Capped) weighting).cap() && advantage > 0 ? 1 : 0);
        }
    }

    private double pull(double[] lp, double[] reference, double[] g, PolicyEvaluation.Metrics metrics) {
        double sum = 0;
        for (int t = 0; t < lp.length; t++) {
            double kl = Kl.K3.value(lp[t], reference[t]);
            sum += beta * kl;
            g[t] += beta * Kl.K3.derivative(lp[t], reference[t]);
            metrics.add("kl", kl);
        }
        return sum;
    }
}
