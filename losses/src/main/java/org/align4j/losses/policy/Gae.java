package org.align4j.losses.policy;

import java.util.Arrays;

/**
 * Generalized advantage estimation.
 *
 * <pre>
 *   δ_t = r_t + γ·V_{t+1} − V_t      V after the last state is 0
 *   A_t = δ_t + γλ·A_{t+1}           return_t = A_t + V_t
 * </pre>
 *
 * <p>Schulman et al., <a href="https://arxiv.org/abs/1506.02438">High-Dimensional Continuous Control Using Generalized Advantage Estimation</a> (2015).
 * Every sequence has one reward and one value per state; see {@link ScorePlace} for how many states that is.
 *
 * @param gamma  discount γ in [0, 1]; 1 in TRL
 * @param lambda λ in [0, 1]: 0 trusts the value function, 1 the rewards; 0.95 in TRL
 */
public record Gae(double gamma, double lambda) {
    public Gae {
        unit("gamma", gamma);
        unit("lambda", lambda);
    }

    /** γ = 1, λ = 0.95. */
    public Gae() {
        this(1, 0.95);
    }

    /**
     * Advantages and returns of every state.
     *
     * @throws IllegalArgumentException when a sequence has not as many rewards as values, or a number is not finite
     */
    public Estimate of(double[][] rewards, double[][] values) {
        Ragged.check("gae", "rewards", rewards);
        Ragged.check("gae", "values", values, "rewards", rewards);
        double[][] advantages = Ragged.zeros(values);
        double[][] returns = Ragged.zeros(values);
        for (int i = 0; i < values.length; i++) {
            double following = 0;
            double next = 0;
            for (int t = values[i].length - 1; t >= 0; t--) {
                following = rewards[i][t] + gamma * next - values[i][t] + gamma * lambda * following;
                next = values[i][t];
                advantages[i][t] = following;
                returns[i][t] = following + values[i][t];
            }
        }
        return new Estimate(advantages, returns);
    }

    /**
     * What GAE estimates.
     *
     * @param advantages A_t of every state
     * @param returns    what the value function is to learn
     */
    public record Estimate(double[][] advantages, double[][] returns) {

        /** Advantages of the tokens alone: a state after the last token has none, since nothing is chosen there. */
        public double[][] tokenAdvantages(double[][] logProbs) {
            double[][] out = new double[advantages.length][];
            for (int i = 0; i < out.length; i++) {
                if (logProbs[i].length > advantages[i].length) {
                    throw new IllegalArgumentException("gae: sequence " + i + " has " + logProbs[i].length + " tokens but advantages of "
                            + advantages[i].length + " states");
                }
                out[i] = Arrays.copyOf(advantages[i], logProbs[i].length);
            }
            return out;
        }
    }

    private static void unit(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException("gae: " + name + " must be in [0, 1], found " + value);
        }
    }
}
