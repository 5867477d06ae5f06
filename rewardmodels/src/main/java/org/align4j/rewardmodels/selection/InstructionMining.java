package org.align4j.rewardmodels.selection;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Keeps rows by a loss that is predicted from indicators of theirs: log L̂ = c + c_rew·Rew + c_len·Len + c_knn·kNN_k + c_ppl·Ppl, lower is better. Cao et al.,
 * <a href="https://arxiv.org/abs/2307.06290">Instruction Mining</a> (2023). Rew is a reward of the response, Len its tokens, kNN_k the Euclidean distance to the k-th
 * nearest other row, Ppl the perplexity of the response. An indicator whose coefficient is 0 is not computed. The score is log L̂.
 */
public final class InstructionMining implements Step {
    private final Coefficients coefficients;
    private final Indicators indicators;
    private final Choice choice;
    private final SelectionStores stores;

    /** The intercept, and what each indicator weighs. */
    public record Coefficients(double intercept, double rew, double len, double knn, double ppl) {
        /**
         * Those the authors published first, fitted on LLaMA-7B with their reward model and embeddings (kNN_6). They do not transfer to other models, rewards or embeddings:
         * refit them ({@link LinearFit}) on runs of one's own.
         */
        public static final Coefficients PUBLISHED = new Coefficients(1.0694, -0.1498, 8.257e-5, -0.9350, 0);
    }

    /**
     * Where indicators come from; null for one whose coefficient is 0.
     *
     * @param k which neighbour
     */
    public record Indicators(RowScorer reward, RowScorer perplexity, Embedder embedder, int k) {}

    public InstructionMining(Coefficients coefficients, Indicators indicators, Choice choice, SelectionStores stores) {
        this.coefficients = Objects.requireNonNull(coefficients, "coefficients");
        this.indicators = Objects.requireNonNull(indicators, "indicators");
        this.choice = Objects.requireNonNull(choice, "choice");
        this.stores = stores;
        require("rew", coefficients.rew, indicators.reward);
        require("knn", coefficients.knn, indicators.embedder);
        require("ppl", coefficients.ppl, indicators.perplexity);
    }

    private static void require(String name, double coefficient, Object source) {
        if (coefficient != 0 && source == null) {
            throw new IllegalArgumentException("The coefficient " + name + " is " + coefficient + ", and nothing gives the indicator");
        }
    }

    @Override
    public String name() {
        return "instruction_mining";
    }

    @Override
    public List<Verdict> judge(List<Candidate> rows) {
        double[] loss = new double[rows.size()];
        Arrays.setAll(loss, i -> coefficients.intercept + coefficients.len * rows.get(i).ids(Part.RESPONSE).length);
        if (coefficients.rew != 0) {
            add(loss, coefficients.rew, stores.scores(indicators.reward, rows));
        }
        if (coefficients.ppl != 0) {
            add(loss, coefficients.ppl, stores.scores(indicators.perplexity, rows));
        }
        if (coefficients.knn != 0) {
            add(loss, coefficients.knn, Neighbours.distances(indicators.embedder.embed(rows, stores), indicators.k));
        }
        return ScoredStep.verdicts(loss, choice, "predicted log loss");
    }

    private static void add(double[] loss, double coefficient, double[] indicator) {
        for (int i = 0; i < loss.length; i++) {
            loss[i] += coefficient * indicator[i];
        }
    }
}
