package org.align4j.rewardmodels.combine;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.align4j.core.io.Digests;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;

/**
 * Several rewards as one. Members that were trained from different seeds or data err in different places, and a policy that is optimised against what
 * they agree on finds fewer of the errors (<a href="https://arxiv.org/abs/2310.02743">Coste et al., Reward Model Ensembles Help Mitigate Overoptimization,
 * 2023</a>). Members of different scales are brought to one by {@link Normalised} first. Closes its members.
 */
public final class Ensemble implements Reward {
    private final List<Reward> members;
    private final String how;
    private final ToDoubleFunction<double[]> combine;

    private Ensemble(List<? extends Reward> members, String how, ToDoubleFunction<double[]> combine) {
        this.members = List.copyOf(members);
        if (this.members.isEmpty()) {
            throw new IllegalArgumentException("an ensemble needs at least one member, found none");
        }
        this.how = how;
        this.combine = combine;
    }

    /** The mean of the members. */
    public static Ensemble mean(List<? extends Reward> members) {
        return new Ensemble(members, "mean", Ensemble::mean);
    }

    /** The least of the members: worst-case optimisation. */
    public static Ensemble worstCase(List<? extends Reward> members) {
        return new Ensemble(members, "min", v -> Arrays.stream(v).min().getAsDouble());
    }

    /**
     * mean − λ · std over the members (÷ k): a penalty for disagreement in the unit of the scores. (Coste et al. subtract λ times the variance.)
     *
     * @param lambda 0 or more
     */
    public static Ensemble lessDeviation(List<? extends Reward> members, double lambda) {
        if (!(lambda >= 0) || Double.isInfinite(lambda)) {
            throw new IllegalArgumentException("lambda must be a finite number of 0 or more, found " + lambda);
        }
        return new Ensemble(members, "mean − " + lambda + " std", v -> {
            double mean = mean(v);
            return mean - lambda * Math.sqrt(Arrays.stream(v).map(x -> (x - mean) * (x - mean)).sum() / v.length);
        });
    }

    /**
     * Σ_k w_k r_k.
     *
     * @param weights one for every member, finite; negative ones count against
     */
    public static Ensemble weightedSum(List<? extends Reward> members, double... weights) {
        if (weights.length != members.size() || !Arrays.stream(weights).allMatch(Double::isFinite)) {
            throw new IllegalArgumentException("a weighted sum needs one finite weight for each of " + members.size() + " members, found " + Arrays.toString(weights));
        }
        double[] w = weights.clone();
        return new Ensemble(members, "sum with weights " + Arrays.toString(w), v -> {
            double sum = 0;
            for (int i = 0; i < w.length; i++) {
                sum += w[i] * v[i];
            }
            return sum;
        });
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).sum() / values.length;
    }

    @Override
    public List<double[]> score(List<Question> questions) {
        List<List<double[]>> all = members.stream().map(m -> m.score(questions)).toList();
        List<double[]> out = new ArrayList<>(questions.size());
        double[] values = new double[members.size()];
        for (int q = 0; q < questions.size(); q++) {
            double[] combined = new double[questions.get(q).answers().size()];
            for (int a = 0; a < combined.length; a++) {
                for (int m = 0; m < values.length; m++) {
                    values[m] = all.get(m).get(q)[a];
                }
                combined[a] = combine.applyAsDouble(values);
            }
            out.add(combined);
        }
        return out;
    }

    @Override
    public String name() {
        return how + " of " + members.stream().map(Reward::name).collect(Collectors.joining("; "));
    }

    @Override
    public String digest() {
        String parts = members.stream().map(Reward::digest).collect(Collectors.joining("\n"));
        return Digests.sha256(("ensemble 1\n" + how + "\n" + parts).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        members.forEach(Reward::close);
    }
}
